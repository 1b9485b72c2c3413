//! Backtests: ordered by people, worked on under a lease, read as a report.

use serde_json::json;
use uuid::Uuid;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::backtest::{
    BacktestCall, BacktestOrder, BacktestProgress, BacktestReport, BacktestedCall, ClaimedBacktest,
};
use crate::model_use::ModelUse;

impl Api {
    /// Lines up a backtest; answers with its number. Never repeated: there would be two.
    pub async fn order_backtest(&self, order: &BacktestOrder) -> Result<i64, Error> {
        self.call("order_backtest", json!(order), Repeat::Never).await
    }

    /// Takes a backtest under a fresh lease, this one or the oldest that is free; nothing when none is.
    ///
    /// Never repeated, like other claims: a lost answer costs the two minutes of a lease.
    pub async fn claim_backtest(
        &self,
        worker: &str,
        backtest_id: Option<i64>,
    ) -> Result<Option<ClaimedBacktest>, Error> {
        let arguments = json!({ "worker": worker, "backtest_id": backtest_id });
        self.call("claim_backtest", arguments, Repeat::Never).await
    }

    /// Keeps the lease; `false` when it is lost.
    pub async fn beat_backtest(&self, lease_token: Uuid) -> Result<bool, Error> {
        self.call("beat_backtest", json!({ "lease_token": lease_token }), Repeat::ForLane).await
    }

    /// The next calls to try, newest first, 100 at most; the same ones again until they are reported.
    /// Empty when all were.
    pub async fn backtest_batch(&self, lease_token: Uuid, max: u32) -> Result<Vec<BacktestCall>, Error> {
        let arguments = json!({ "lease_token": lease_token, "max": max });
        self.call("backtest_batch", arguments, Repeat::ForLane).await
    }

    /// Keeps what the draft made of at least one call, and what asking the model took. The same report sent
    /// twice is one. Answers with how many calls are left.
    pub async fn report_backtest(
        &self,
        lease_token: Uuid,
        calls: &[BacktestedCall],
        requests: i64,
        used: ModelUse,
    ) -> Result<i64, Error> {
        let arguments = json!({
            "lease_token": lease_token, "calls": calls, "requests": requests, "tokens": used.tokens,
            "cost_usd": used.cost_usd,
        });
        self.call("report_backtest", arguments, Repeat::ForLane).await
    }

    /// Ends a backtest: done once all calls were reported, failed with a sentence. Sent again it answers
    /// with the same report.
    pub async fn finish_backtest(
        &self,
        lease_token: Uuid,
        error: Option<&str>,
    ) -> Result<BacktestReport, Error> {
        let arguments = json!({ "lease_token": lease_token, "error": error });
        self.call("finish_backtest", arguments, Repeat::ForLane).await
    }

    /// How far a backtest is, and its report once it has one.
    pub async fn backtest_report(&self, backtest_id: i64) -> Result<BacktestProgress, Error> {
        self.call("backtest_report", json!({ "backtest_id": backtest_id }), Repeat::ForPerson).await
    }
}
