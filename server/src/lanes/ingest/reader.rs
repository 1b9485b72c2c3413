//! Reads windows of call starts, and single calls by id, into the database. Everything it writes is an
//! upsert: a reading that breaks off, or is done twice, does no harm.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use supabase_client::http::Error;
use supabase_client::ingest::{
    AwaitedCall, CallRecord, IngestReport, LeasedWindow, StopReason, WindowPurpose, WindowState, WindowsLeft,
};
use supabase_client::lane::PausableLane;
use tracing::{error, info, warn};

use super::normalize::{NEEDED_COLUMNS, Normalized};
use super::ringba::{DETAIL_BATCH, Page, Ringba, RingbaError, known_columns};
use super::window::Paging;
use super::{ReadError, Stopped};
use crate::lanes::{Context, Patience};

/// Most calls that are listed at a time to be asked for by id.
const AWAITED_PAGE: u32 = 500;

/// Reads one account. Clones read the same one, at one pace together.
#[derive(Clone)]
pub struct Reader {
    context: Context,
    ringba: Arc<Ringba>,
    /// Those of our columns that the account has.
    columns: Arc<RwLock<Vec<&'static str>>>,
}

impl Reader {
    pub fn new(context: Context, ringba: Arc<Ringba>) -> Self {
        Self { context, ringba, columns: Arc::default() }
    }

    pub fn account(&self) -> &str {
        self.ringba.account()
    }

    pub fn ringba(&self) -> &Ringba {
        &self.ringba
    }

    /// Waits until Ringba tells its columns, and keeps those of ours that it has.
    pub async fn check_columns(&self) -> Result<(), Stopped> {
        let mut patience = Patience::new();
        while !self.ask_columns().await? {
            self.context.clock.sleep(patience.next_pause()).await;
        }
        Ok(())
    }

    /// The same for a lane, which asks nothing while it is paused, and ends waiting when it is asked to stop.
    pub async fn check_columns_for(&self, lane: PausableLane) -> Result<(), Stopped> {
        let Self { context, .. } = self;
        let mut patience = Patience::new();
        while context.may_begin(lane).await {
            if context.stop.run_until_cancelled(self.ask_columns()).await.unwrap_or(Ok(true))? {
                break;
            }
            context.pause(patience.next_pause()).await;
        }
        Ok(())
    }

    /// Whether Ringba told its columns.
    async fn ask_columns(&self) -> Result<bool, Stopped> {
        let known = match self.ringba.columns().await {
            Ok(known) => known,
            Err(RingbaError::TokenRefused) => return Err(Stopped::TokenRefused),
            Err(failure) => {
                warn!(error = %failure, "Ringba's columns are not known yet");
                return Ok(false);
            }
        };
        let (columns, missing) = known_columns(&known);
        if let Some(needed) = NEEDED_COLUMNS.into_iter().find(|needed| missing.contains(needed)) {
            return Err(Stopped::NoColumn(needed));
        }
        if !missing.is_empty() {
            error!(?missing, "Ringba no longer has these columns; calls come without them");
        }
        *self.columns.write().unwrap_or_else(PoisonError::into_inner) = columns;
        Ok(true)
    }

    /// Reads one window to where it ends or breaks, and has the database decide what that leaves.
    pub async fn read(&self, window: &LeasedWindow) -> Result<WindowState, ReadError> {
        let mut paging = Paging::default();
        // Two pages on their way make a large future.
        let (stop, failure) = match Box::pin(self.pages(window, &mut paging)).await {
            Ok(stop) => (stop, None),
            // Somebody else reads it now.
            Err(ReadError::Supabase(Error::LeaseLost)) => return Err(Error::LeaseLost.into()),
            Err(failure) => (StopReason::Error, Some(failure)),
        };
        let retry_after = match &failure {
            Some(ReadError::Ringba(failure)) => failure.retry_after(),
            _ => None,
        };
        let report = paging.report(stop, retry_after);
        let state = self.context.api.complete_window(window.lease_token, &report).await;
        if let Some(failure) = failure {
            return Err(failure);
        }
        let state = state?;
        if state != WindowState::Whole {
            let LeasedWindow { window_start, window_end, purpose, .. } = window;
            warn!(%window_start, %window_end, ?purpose, ?report, ?state, "a window is not whole");
        }
        Ok(state)
    }

    async fn pages(&self, window: &LeasedWindow, paging: &mut Paging) -> Result<StopReason, ReadError> {
        let mut page = self.page(window, 0).await?;
        loop {
            let Page { records, total_count, partial_result } = page;
            let ids = records.iter().map(|read| read.record.ringba_call_id.as_deref());
            if let Some(stop) = paging.note(ids, total_count, partial_result) {
                self.store(records).await?;
                return Ok(stop);
            }
            // Ringba and the database work at the same time, on two pages and never more.
            ((), page) = tokio::try_join!(self.store(records), self.next_page(window, paging.offset()))?;
        }
    }

    async fn next_page(&self, window: &LeasedWindow, offset: usize) -> Result<Page, ReadError> {
        if !self.context.api.beat_window(window.lease_token).await? {
            return Err(Error::LeaseLost.into());
        }
        self.page(window, offset).await
    }

    async fn page(&self, window: &LeasedWindow, offset: usize) -> Result<Page, ReadError> {
        let columns = self.columns.read().unwrap_or_else(PoisonError::into_inner).clone();
        let LeasedWindow { window_start, window_end, .. } = window;
        Ok(self.ringba.call_logs(*window_start, *window_end, offset, &columns).await?)
    }

    /// Asks by id for every call that began before a moment and is live, or over without a link: the
    /// window of its start is long past. Answers with how many were asked for.
    pub async fn read_awaited(&self, started_before: DateTime<Utc>) -> Result<usize, ReadError> {
        let (mut asked, mut last) = (0, (started_before, None::<String>));
        loop {
            let awaited = self
                .context
                .api
                .calls_awaiting_link(self.account(), last.0, last.1.as_deref(), AWAITED_PAGE)
                .await?;
            let Some(AwaitedCall { ringba_call_id, start_time_utc }) = awaited.last().cloned() else {
                return Ok(asked);
            };
            let ids: Vec<String> = awaited.into_iter().map(|call| call.ringba_call_id).collect();
            for batch in ids.chunks(DETAIL_BATCH) {
                self.store(self.ringba.details(batch).await?).await?;
            }
            asked += ids.len();
            last = (start_time_utc, Some(ringba_call_id));
        }
    }

    /// Lines up a range and reads what can be read of it now. Answers with how much is left.
    pub async fn read_range(
        &self,
        starts: DateTime<Utc>,
        ends: DateTime<Utc>,
        purpose: WindowPurpose,
    ) -> Result<WindowsLeft, ReadError> {
        let ids = self.context.api.reingest(self.account(), starts, ends, purpose).await?;
        self.read_among(&ids).await?;
        Ok(self.context.api.windows_left(&ids).await?)
    }

    /// Reads those of these windows whose turn it is, until none is.
    pub async fn read_among(&self, ids: &[i64]) -> Result<(), ReadError> {
        let Context { api, worker, .. } = &self.context;
        while let Some(window) = api.claim_window(self.account(), worker, Some(ids)).await? {
            if self.read_or_give_back(&window).await?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Reads a window, unless the lanes are asked to stop meanwhile.
    pub async fn read_or_give_back(&self, window: &LeasedWindow) -> Result<Option<WindowState>, ReadError> {
        match self.context.stop.run_until_cancelled(self.read(window)).await {
            Some(state) => state.map(Some),
            None => {
                self.context.api.release_window(window.lease_token).await?;
                Ok(None)
            }
        }
    }

    /// One page is one transaction.
    async fn store(&self, records: Vec<Normalized>) -> Result<(), ReadError> {
        let unreadable: usize = records.iter().map(|read| read.unreadable).sum();
        let records: Vec<CallRecord> = records.into_iter().map(|read| read.record).collect();
        if records.is_empty() {
            return Ok(());
        }
        let IngestReport { inserted, updated, unchanged, set_aside } =
            self.context.api.ingest_calls(self.account(), records).await?;
        if inserted + updated + set_aside > 0 || unreadable > 0 {
            info!(inserted, updated, unchanged, set_aside, unreadable, "calls read");
        }
        Ok(())
    }
}
