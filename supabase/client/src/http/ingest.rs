//! What the ingest lane and the database tell each other: pages of calls, and windows as leased work.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::ingest::{
    AwaitedCall, CallRecord, IngestReport, LeasedWindow, WindowPurpose, WindowReport, WindowState,
    WindowsLeft,
};

impl Api {
    /// Writes one page of call records; only rows that differ are touched. Takes the records, so that they
    /// are not kept in two forms while the database works.
    pub async fn ingest_calls(&self, account: &str, records: Vec<CallRecord>) -> Result<IngestReport, Error> {
        #[derive(Serialize)]
        struct Arguments<'a> {
            account: &'a str,
            records: Vec<CallRecord>,
        }
        let arguments = serde_json::to_string(&Arguments { account, records })
            .map_err(|error| Error::unexpected(0, &format!("a page cannot be written: {error}")))?;
        self.call_with("ingest_calls", &arguments, Repeat::ForLane).await
    }

    /// Leases the window of the last `width_seconds` of call starts; `None` when another server did so
    /// within half of `every_seconds`.
    ///
    /// Never repeated: a window whose lease got lost on the way is taken over by the next one.
    pub async fn begin_live_window(
        &self,
        account: &str,
        worker: &str,
        width_seconds: i64,
        every_seconds: u64,
    ) -> Result<Option<LeasedWindow>, Error> {
        let arguments = json!({
            "account": account, "worker": worker,
            "width_seconds": width_seconds, "every_seconds": every_seconds,
        });
        let leased: Vec<LeasedWindow> = self.call("begin_live_window", arguments, Repeat::Never).await?;
        Ok(leased.into_iter().next())
    }

    /// Leases the newest window whose turn it is, of all or among some and their halves.
    ///
    /// Never repeated, as [`Api::claim`].
    pub async fn claim_window(
        &self,
        account: &str,
        worker: &str,
        among: Option<&[i64]>,
    ) -> Result<Option<LeasedWindow>, Error> {
        let arguments = json!({ "account": account, "worker": worker, "among": among });
        let leased: Vec<LeasedWindow> = self.call("claim_window", arguments, Repeat::Never).await?;
        Ok(leased.into_iter().next())
    }

    /// Keeps the lease of a window; false when it is lost.
    pub async fn beat_window(&self, lease_token: Uuid) -> Result<bool, Error> {
        self.call("beat_window", json!({ "lease_token": lease_token }), Repeat::ForLane).await
    }

    /// Tells what one try at a window brought, and learns where that leaves it.
    pub async fn complete_window(
        &self,
        lease_token: Uuid,
        report: &WindowReport,
    ) -> Result<WindowState, Error> {
        let arguments = json!({ "lease_token": lease_token, "report": report });
        self.call("complete_window", arguments, Repeat::ForLane).await
    }

    /// Gives a window back unread.
    pub async fn release_window(&self, lease_token: Uuid) -> Result<(), Error> {
        self.call("release_window", json!({ "lease_token": lease_token }), Repeat::ForLane).await
    }

    /// Lines up a range of call starts to be read again; answers with the ids of its windows.
    pub async fn reingest(
        &self,
        account: &str,
        starts: DateTime<Utc>,
        ends: DateTime<Utc>,
        purpose: WindowPurpose,
    ) -> Result<Vec<i64>, Error> {
        let arguments = json!({ "account": account, "starts": starts, "ends": ends, "purpose": purpose });
        self.call("reingest", arguments, Repeat::Never).await
    }

    /// How far these windows and their halves are.
    pub async fn windows_left(&self, ids: &[i64]) -> Result<WindowsLeft, Error> {
        self.call("windows_left", json!({ "ids": ids }), Repeat::ForLane).await
    }

    /// One page of the calls that are live, or over without a link, newest first: of those that started
    /// before a moment (at that moment, with a smaller id).
    pub async fn calls_awaiting_link(
        &self,
        account: &str,
        started_before: DateTime<Utc>,
        before_id: Option<&str>,
        max: u32,
    ) -> Result<Vec<AwaitedCall>, Error> {
        let arguments = json!({
            "account": account, "started_before": started_before, "before_id": before_id, "max": max,
        });
        self.call("calls_awaiting_link", arguments, Repeat::ForLane).await
    }
}
