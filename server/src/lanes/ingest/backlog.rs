//! Every window but the live one, newest first: what a downtime left, what did not come whole, recent
//! starts again, ranges asked for by hand.

use std::time::Duration;

use supabase_client::ingest::WindowState;
use supabase_client::lane::PausableLane;
use tracing::warn;

use super::reader::Reader;
use super::{ReadError, Stopped, read_window};
use crate::lanes::{Context, Patience};

/// How often an idle backlog is looked at.
const POLL_EVERY: Duration = Duration::from_secs(5);

pub async fn run(context: &Context, reader: &Reader) -> Result<(), Stopped> {
    let mut patience = Patience::new();
    while context.may_begin(PausableLane::Ingest).await {
        match turn(context, reader).await {
            Ok(Some(_)) => patience = Patience::new(),
            Ok(None) => context.pause(POLL_EVERY).await,
            Err(failure) => {
                failure.stops_the_lane()?;
                warn!(error = %failure, "a window of the backlog could not be read");
                context.pause(patience.next_pause()).await;
            }
        }
    }
    Ok(())
}

/// Reads the window whose turn it is; `None` when none waits.
pub async fn turn(context: &Context, reader: &Reader) -> Result<Option<WindowState>, ReadError> {
    let Context { api, worker, .. } = context;
    let Some(window) = api.claim_window(reader.account(), worker, None).await? else { return Ok(None) };
    read_window(reader, &window).await
}
