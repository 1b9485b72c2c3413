//! Calls that are live, or over without a link, are asked for by id, every minute: a long call ends, and
//! gets its link, outside the window in which it began.

use std::time::Duration;

use supabase_client::lane::PausableLane;
use tracing::warn;

use super::reader::Reader;
use super::{Pace, Stopped};
use crate::lanes::Context;

const EVERY: Duration = Duration::from_secs(60);

pub async fn run(context: &Context, reader: &Reader, pace: Pace) -> Result<(), Stopped> {
    while context.may_begin(PausableLane::Ingest).await {
        // Younger calls come with the live window.
        let started_before = context.clock.now() - pace.window;
        let asking = context.stop.run_until_cancelled(reader.read_awaited(started_before));
        if let Some(Err(failure)) = asking.await {
            failure.stops_the_lane()?;
            warn!(error = %failure, "calls without a link could not be asked for");
        }
        context.pause(EVERY.min(pace.every)).await;
    }
    Ok(())
}
