//! The live window: the last minutes of call starts, every minute.

use supabase_client::ingest::WindowState;
use supabase_client::lane::PausableLane;
use tracing::warn;

use super::reader::Reader;
use super::{Pace, ReadError, Stopped, read_window};
use crate::lanes::{Context, Patience};

pub async fn run(context: &Context, reader: &Reader, pace: Pace) -> Result<(), Stopped> {
    let mut patience = Patience::new();
    while context.may_begin(PausableLane::Ingest).await {
        let begun = context.clock.now();
        let mut pause = pace.every;
        match turn(context, reader, pace).await {
            Ok(_) => patience = Patience::new(),
            Err(failure) => {
                failure.stops_the_lane()?;
                warn!(error = %failure, "the live window could not be read");
                if failure.is_refused_request() {
                    reader.check_columns_for(PausableLane::Ingest).await?;
                }
                pause = pause.max(patience.next_pause());
            }
        }
        let spent = (context.clock.now() - begun).to_std().unwrap_or_default();
        context.pause(pause.saturating_sub(spent)).await;
    }
    Ok(())
}

/// Reads the window that ends now; `None` when another server did so just before.
pub async fn turn(context: &Context, reader: &Reader, pace: Pace) -> Result<Option<WindowState>, ReadError> {
    let Context { api, worker, .. } = context;
    let width = pace.window.num_seconds();
    let window = api.begin_live_window(reader.account(), worker, width, pace.every.as_secs()).await?;
    let Some(window) = window else { return Ok(None) };
    read_window(reader, &window).await
}
