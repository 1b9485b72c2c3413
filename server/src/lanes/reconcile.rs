//! The reconcile lane: our books against Ringba's own totals, hour by hour. An hour that differs is read
//! again; what differs still is kept, shown and alerted with both numbers.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use supabase_client::ingest::WindowPurpose;
use supabase_client::lane::PausableLane;
use tracing::{info, warn};

use super::Context;
use super::ingest::reader::Reader;
use super::ingest::{ReadError, Stopped};

/// From the beginning of one pass to the next. A comparison counts for two hours.
const EVERY: Duration = Duration::from_secs(15 * 60);
/// Most hours of one pass: the last day's, and older ones that still differ.
const MOST_HOURS: u32 = 200;

/// What one pass found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pass {
    pub hours: usize,
    /// Hours that agreed after they were read again.
    pub mended: usize,
    /// Hours that differ still.
    pub differing: usize,
}

/// Compares until asked to stop.
pub async fn run(context: Context, reader: Reader) -> Result<(), Stopped> {
    reader.check_columns_for(PausableLane::Reconcile).await?;
    while context.may_begin(PausableLane::Reconcile).await {
        match pass(&context, &reader).await {
            Ok(Pass { hours, mended, differing }) => {
                info!(hours, mended, differing, "books compared");
            }
            Err(failure) => {
                failure.stops_the_lane()?;
                warn!(error = %failure, "not all books could be compared");
            }
        }
        // A pass that a pause broke off goes on as soon as that is over.
        if !matches!(context.is_paused(PausableLane::Reconcile).await, Ok(true)) {
            context.pause(EVERY).await;
        }
    }
    Ok(())
}

/// Compares every hour that is due once. An hour that cannot be compared does not stop those after it;
/// the last such failure is the answer.
pub async fn pass(context: &Context, reader: &Reader) -> Result<Pass, ReadError> {
    let mut pass = Pass::default();
    let mut failed = None;
    let looking = context.api.hours_to_reconcile(reader.account(), MOST_HOURS);
    let Some(hours) = context.stop.run_until_cancelled(looking).await else { return Ok(pass) };
    for hour in hours? {
        // A pass may ask for hours; a pause does not wait for its end.
        if context.stop.is_cancelled() || context.is_paused(PausableLane::Reconcile).await? {
            break;
        }
        match settle_hour(context, reader, hour).await {
            Ok(Hour::Equal) => {}
            Ok(Hour::Mended) => pass.mended += 1,
            Ok(Hour::Differs) => pass.differing += 1,
            Ok(Hour::Unknown) => break,
            Err(failure) => {
                failed = Some(failure);
                continue;
            }
        }
        pass.hours += 1;
    }
    failed.map_or(Ok(pass), Err)
}

enum Hour {
    Equal,
    Mended,
    Differs,
    /// The lane was asked to stop first.
    Unknown,
}

async fn settle_hour(context: &Context, reader: &Reader, hour: DateTime<Utc>) -> Result<Hour, ReadError> {
    match compare(context, reader, hour, false).await? {
        None => return Ok(Hour::Unknown),
        Some(true) => return Ok(Hour::Equal),
        Some(false) => {}
    }
    let left = reader.read_range(hour, hour + TimeDelta::hours(1), WindowPurpose::Books).await?;
    // What could not be read to the end yet may still mend it.
    let settled = left.open == 0;
    Ok(match compare(context, reader, hour, settled).await? {
        None => Hour::Unknown,
        Some(true) => Hour::Mended,
        Some(false) => Hour::Differs,
    })
}

/// Whether count, revenue, payout and cost of an hour agree; nothing when the lane is asked to stop while
/// Ringba, which may take minutes, is asked.
async fn compare(
    context: &Context,
    reader: &Reader,
    hour: DateTime<Utc>,
    settled: bool,
) -> Result<Option<bool>, ReadError> {
    let asking = reader.ringba().totals(hour, hour + TimeDelta::hours(1));
    let Some(theirs) = context.stop.run_until_cancelled(asking).await else { return Ok(None) };
    let theirs = theirs?;
    let answer = context.api.record_reconciliation(reader.account(), hour, &theirs, settled).await?;
    if !answer.matches {
        warn!(%hour, ours = ?answer.ours, ?theirs, settled, "the books differ");
    }
    Ok(Some(answer.matches))
}
