//! `callscript-server reingest --from … --to …`: reads any range of call starts again.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use supabase_client::ingest::{WindowPurpose, WindowsLeft};

use crate::lanes::Context;
use crate::lanes::ingest::ReadError;
use crate::lanes::ingest::reader::Reader;
use crate::lanes::ingest::ringba::RingbaError;

/// How often windows that have to rest are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Lines up the range and reads it to the end; other servers may take some of its windows. Whoever breaks
/// this off loses nothing: the ingest lane goes on with what was lined up.
pub async fn run(
    context: &Context,
    reader: &Reader,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> anyhow::Result<ExitCode> {
    if from >= to {
        bail!("--from must be before --to");
    }
    reader.check_columns().await?;
    let api = &context.api;
    let ids = api
        .reingest(reader.account(), from, to, WindowPurpose::Asked)
        .await
        .context("the range could not be lined up")?;
    println!("{} windows of call starts from {from} to {to} are lined up.", ids.len());
    let mut shown = u64::MAX;
    loop {
        match reader.read_among(&ids).await {
            Ok(()) => {}
            Err(ReadError::Ringba(RingbaError::TokenRefused)) => bail!("{}", RingbaError::TokenRefused),
            // Such a window rests for a while; the next look finds it again.
            Err(failure) => eprintln!("A window could not be read: {failure}."),
        }
        let WindowsLeft { open, incomplete } =
            api.windows_left(&ids).await.context("the range is lost sight of")?;
        if open == 0 {
            if incomplete > 0 {
                println!("Ringba never gave {incomplete} windows whole; the alert names them.");
                return Ok(ExitCode::FAILURE);
            }
            println!("The range is read.");
            return Ok(ExitCode::SUCCESS);
        }
        if open != shown {
            println!("{open} windows to go.");
            shown = open;
        }
        context.clock.sleep(LOOK_EVERY).await;
    }
}
