//! `callscript-server calls release …`

use std::process::ExitCode;

use supabase_client::by_hand::{Act, CallSelection};
use supabase_client::http::Api;

use super::{Wording, act};
use crate::settings::How;

/// Takes calls in work back from whoever holds them.
pub async fn run(api: &Api, selection: CallSelection, how: How, host: &str) -> anyhow::Result<ExitCode> {
    act(api, &Wording { act: Act::Release, done: "taken back" }, selection, None, how, host).await
}
