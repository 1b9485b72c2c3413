//! The ingest lane: call records from Ringba into the database.
//!
//! [`ringba`] asks, [`window`] says how far a window was read, [`wire`] and [`normalize`] read the
//! records, [`reader`] brings them into the database. Three loops run beside each other: [`live`] reads
//! the last minutes every minute, [`backlog`] every other window that the database has lined up,
//! [`awaited`] asks by id for calls without a link. Each asks first whether the lane is paused. Which windows there are, and which of them may be
//! believed, is the database's to say.

pub mod awaited;
pub mod backlog;
pub mod live;
pub mod normalize;
pub mod reader;
pub mod ringba;
pub mod window;
mod wire;

use std::time::Duration;

use chrono::TimeDelta;
use supabase_client::criterion::AlertLevel;
use supabase_client::http::{Error, traces};
use supabase_client::ingest::{LeasedWindow, WindowState};
use supabase_client::lane::PausableLane;
use tracing::{Instrument as _, error, info_span, warn};

use super::Context;
use reader::Reader;
use ringba::RingbaError;

/// The alerts while the lane cannot run.
const TOKEN_ALERT: &str = "ringba_token_refused";
const COLUMN_ALERT: &str = "ringba_column_missing";

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

/// What can go wrong while calls are read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Ringba(#[from] RingbaError),
    #[error(transparent)]
    Supabase(#[from] Error),
}

impl ReadError {
    /// An error when no waiting can mend this.
    pub fn stops_the_lane(&self) -> Result<(), Stopped> {
        match self {
            Self::Ringba(RingbaError::TokenRefused) => Err(Stopped::TokenRefused),
            _ => Ok(()),
        }
    }

    /// Whether Ringba did not understand what it was asked.
    pub fn is_refused_request(&self) -> bool {
        matches!(self, Self::Ringba(failure) if failure.is_refused_request())
    }
}

/// Reads calls until asked to stop. Windows in hand are given back then.
pub async fn run(context: Context, reader: Reader, pace: Pace) -> Result<(), Stopped> {
    // Three loops with all that they await are a large future.
    let ending = Box::pin(read(&context, &reader, pace)).await;
    if let Err(reason) = &ending {
        error!(%reason, "the lane stops");
        report_end(&context, reader.account(), reason).await;
    }
    ending
}

async fn read(context: &Context, reader: &Reader, pace: Pace) -> Result<(), Stopped> {
    reader.check_columns_for(PausableLane::Ingest).await?;
    for alert in [TOKEN_ALERT, COLUMN_ALERT] {
        let clearing = context.api.clear_alert(alert, reader.account());
        if let Some(Err(failure)) = context.stop.run_until_cancelled(clearing).await {
            warn!(error = %failure, "an alert could not be cleared");
        }
    }
    tokio::try_join!(
        live::run(context, reader, pace),
        backlog::run(context, reader),
        awaited::run(context, reader, pace),
    )?;
    Ok(())
}

/// Reads a window in a span of its own, unless the lanes are asked to stop meanwhile.
async fn read_window(reader: &Reader, window: &LeasedWindow) -> Result<Option<WindowState>, ReadError> {
    let LeasedWindow { purpose, window_start, window_end, .. } = window;
    let span = info_span!("window", lane = "ingest", ?purpose, %window_start, %window_end);
    let reading = async {
        let read = reader.read_or_give_back(window).await;
        match &read {
            Ok(Some(state)) => traces::ended(Ok(&format!("{state:?}").to_lowercase())),
            Ok(None) => traces::ended(Ok("given back")),
            Err(failure) => traces::ended(Err(&failure.to_string())),
        }
        read
    };
    reading.instrument(span).await
}

/// Somebody has to correct what ended the lane: an alert says so.
async fn report_end(context: &Context, account: &str, reason: &Stopped) {
    let kind = match reason {
        Stopped::TokenRefused => TOKEN_ALERT,
        Stopped::NoColumn(_) => COLUMN_ALERT,
    };
    let message = format!("No calls are read from Ringba any more: {reason}.");
    let told = context.api.raise_alert(kind, account, AlertLevel::Critical, &message).await;
    if let Err(failure) = told {
        warn!(error = %failure, "an alert could not be raised");
    }
}
