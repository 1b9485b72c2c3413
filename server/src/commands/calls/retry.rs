//! `callscript-server calls retry …`

use std::process::ExitCode;

use supabase_client::by_hand::{Act, CallSelection};
use supabase_client::http::Api;

use super::{Wording, act};
use crate::settings::How;

/// Gives failed calls back to the lane that gave them up.
pub async fn run(api: &Api, selection: CallSelection, how: How, host: &str) -> anyhow::Result<ExitCode> {
    act(api, &Wording { act: Act::Retry, done: "given back to the lane" }, selection, None, how, host).await
}
