//! `callscript-server audit storage`: is every kept recording there, and what it was?

use std::process::ExitCode;

use anyhow::Context as _;
use supabase_client::audit::{KeptRecording, MissingWhy};
use supabase_client::http::Api;

use crate::lanes::audit::{Depth, everything};

/// Prints what is missing, a line each. Fails when anything is.
pub async fn run(api: &Api, depth: Depth) -> anyhow::Result<ExitCode> {
    let mut missing = 0;
    let looked_at = everything(api, depth, |recording, why| {
        let KeptRecording { call_id, ringba_call_id, storage_path, audio_bytes, .. } = recording;
        let bytes = audio_bytes.map_or_else(String::new, |bytes| format!(", {bytes} bytes"));
        let why = match why {
            MissingWhy::Gone => "missing",
            MissingWhy::Size => "of another size",
            MissingWhy::Hash => "other bytes",
        };
        println!("{why}: call {call_id} ({ringba_call_id}), {storage_path}{bytes}");
        missing += 1;
    })
    .await
    .context("the recordings could not be looked at")?;
    let how = match depth {
        Depth::Size => "size",
        Depth::Hash => "size and hash",
    };
    println!("{looked_at} recordings looked at by {how}, {missing} missing or not as they were stored.");
    Ok(if missing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
