//! The ingest lane: call records from Ringba into the database, every minute.
//!
//! [`ringba`] asks, [`window`] says how far, [`normalize`] reads the records. Each turn reads the
//! window of the last minutes of call starts, then asks by id for calls that began earlier and still
//! have no recording link. Everything is an upsert, so a turn that broke off loses nothing.

pub mod normalize;
pub mod ringba;
pub mod window;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use serde_json::value::RawValue;
use supabase_client::http::{Error, LogEvent, LogLevel};
use supabase_client::ingest::{CallRecord, IngestReport, WindowReport};
use tracing::{error, info, warn};

use super::{Context, Patience};
use normalize::{NEEDED_COLUMNS, Normalized, normalize};
use ringba::{DETAIL_BATCH, Page, Ringba, RingbaError};
use window::{Paging, Stop};

/// Most calls that are asked for by id in one turn.
const MOST_AWAITED: u32 = 500;

/// How often, and how far back.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// From the beginning of one turn to the beginning of the next.
    pub every: Duration,
    /// Width of the window of call starts.
    pub window: TimeDelta,
}

/// Why the lane ended although nobody asked it to.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    #[error(
        "Ringba refuses CALLSCRIPT_RINGBA_ACCOUNT or CALLSCRIPT_RINGBA_TOKEN; correct them and start again"
    )]
    TokenRefused,
    #[error("Ringba's call logs have no column {0}")]
    NoColumn(&'static str),
}

#[derive(Debug, thiserror::Error)]
enum TurnError {
    #[error(transparent)]
    Ringba(#[from] RingbaError),
    #[error(transparent)]
    Supabase(#[from] Error),
}

/// Reads calls until asked to stop.
pub async fn run(context: Context, ringba: Ringba, pace: Pace) -> Result<(), Stopped> {
    let lane = Ingest { context: context.clone(), ringba, pace };
    // A turn can be dropped anywhere: what it wrote is right, and the rest comes with the next one.
    let ending = context.stop.run_until_cancelled(lane.turns()).await;
    if let Some(Err(reason)) = &ending {
        error!(lane = "ingest", "the lane stops: {reason}");
        let event = LogEvent {
            level: LogLevel::Error,
            lane: "ingest".to_owned(),
            event: "lane_stopped".to_owned(),
            call_id: None,
            worker: Some(context.worker.clone()),
            data: json!({ "reason": reason.to_string() }),
        };
        if let Err(failure) = context.api.write_log(&[event]).await {
            warn!(lane = "ingest", error = %failure, "the end of the lane could not be written down");
        }
    }
    ending.unwrap_or(Ok(()))
}

struct Ingest {
    context: Context,
    ringba: Ringba,
    pace: Pace,
}

impl Ingest {
    async fn turns(&self) -> Result<(), Stopped> {
        let columns = self.check_columns().await?;
        let mut patience = Patience::new();
        loop {
            let begun = self.context.clock.now();
            let mut pause = self.pace.every;
            match self.turn(begun, &columns).await {
                Ok(()) => patience = Patience::new(),
                Err(TurnError::Ringba(RingbaError::TokenRefused)) => return Err(Stopped::TokenRefused),
                Err(failure) => {
                    warn!(lane = "ingest", error = %failure, "a turn failed");
                    pause = pause.max(patience.next_pause());
                }
            }
            let spent = (self.context.clock.now() - begun).to_std().unwrap_or_default();
            self.context.clock.sleep(pause.saturating_sub(spent)).await;
        }
    }

    /// Waits until Ringba tells its columns, and keeps those of ours that it has.
    async fn check_columns(&self) -> Result<Vec<&'static str>, Stopped> {
        let mut patience = Patience::new();
        let known = loop {
            match self.ringba.columns().await {
                Ok(known) => break known,
                Err(RingbaError::TokenRefused) => return Err(Stopped::TokenRefused),
                Err(failure) => {
                    warn!(lane = "ingest", error = %failure, "Ringba's columns are not known yet");
                    self.context.clock.sleep(patience.next_pause()).await;
                }
            }
        };
        let (columns, missing) = ringba::known_columns(&known);
        if let Some(needed) = NEEDED_COLUMNS.into_iter().find(|needed| missing.contains(needed)) {
            return Err(Stopped::NoColumn(needed));
        }
        if !missing.is_empty() {
            error!(lane = "ingest", ?missing, "Ringba no longer has these columns; calls come without them");
        }
        Ok(columns)
    }

    async fn turn(&self, now: DateTime<Utc>, columns: &[&str]) -> Result<(), TurnError> {
        self.window(now - self.pace.window, now, columns).await?;
        self.awaited().await
    }

    /// Reads one window to where it ends or breaks, and has it written down in either case.
    async fn window(
        &self,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        columns: &[&str],
    ) -> Result<(), TurnError> {
        let mut paging = Paging::default();
        let (stop, failure) = match self.pages(start, end, columns, &mut paging).await {
            Ok(stop) => (stop, None),
            Err(failure) => (Stop::Error, Some(failure)),
        };
        let count = |records: usize| i64::try_from(records).unwrap_or(i64::MAX);
        let report = WindowReport {
            account: self.ringba.account().to_owned(),
            window_start: start,
            window_end: end,
            fetched: count(paging.fetched),
            total: count(paging.total),
            partial: paging.partial,
            stop_reason: stop.as_str().to_owned(),
        };
        let recorded = self.context.api.record_window(&report).await;
        if let Some(failure) = failure {
            return Err(failure);
        }
        let answer = recorded?;
        if !answer.whole {
            let (fetched, total) = (paging.fetched, paging.total);
            warn!(lane = "ingest", %start, %end, fetched, total, stop = stop.as_str(), "a window is not whole");
        }
        Ok(())
    }

    async fn pages(
        &self,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        columns: &[&str],
        paging: &mut Paging,
    ) -> Result<Stop, TurnError> {
        loop {
            let Page { records, total_count, partial_result } =
                self.ringba.call_logs(start, end, paging.offset(), columns).await?;
            self.store(&records).await?;
            if let Some(stop) = paging.note(records.len(), total_count, partial_result) {
                return Ok(stop);
            }
        }
    }

    /// Asks by id for calls that are live, or over without a link: their window is long past.
    async fn awaited(&self) -> Result<(), TurnError> {
        let ids = self.context.api.calls_awaiting_link(self.ringba.account(), MOST_AWAITED).await?;
        for batch in ids.chunks(DETAIL_BATCH) {
            let page = self.ringba.details(batch).await?;
            self.store(&page.records).await?;
        }
        Ok(())
    }

    /// One page is one transaction.
    async fn store(&self, records: &[Box<RawValue>]) -> Result<(), TurnError> {
        if records.is_empty() {
            return Ok(());
        }
        let normalized: Vec<Normalized> = records.iter().map(|raw| normalize(raw)).collect();
        let unreadable: usize = normalized.iter().map(|record| record.unreadable).sum();
        let records: Vec<CallRecord> = normalized.into_iter().map(|normalized| normalized.record).collect();
        let IngestReport { inserted, updated, unchanged, set_aside } =
            self.context.api.ingest_calls(self.ringba.account(), &records).await?;
        if inserted + updated + set_aside > 0 || unreadable > 0 {
            info!(lane = "ingest", inserted, updated, unchanged, set_aside, unreadable, "calls read");
        }
        Ok(())
    }
}
