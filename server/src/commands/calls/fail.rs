//! `callscript-server calls fail … --reason …`

use std::process::ExitCode;

use supabase_client::by_hand::{Act, CallSelection};
use supabase_client::http::Api;

use super::{Wording, act};
use crate::settings::How;

/// Gives calls up that wait or are in work.
pub async fn run(
    api: &Api,
    selection: CallSelection,
    reason: &str,
    how: How,
    host: &str,
) -> anyhow::Result<ExitCode> {
    act(api, &Wording { act: Act::Fail, done: "given up" }, selection, Some(reason), how, host).await
}
