//! What people read and decide.

use serde_json::json;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::call::{CallCount, CallId, CallPage, CallStatus, Review, ReviewVerdict};
use crate::judgement::RuleOutcome;
use crate::rejudge_order::{CallsToRejudge, RejudgeOrder};
use crate::user::Me;

impl Api {
    /// Who asks; [`Error::Forbidden`] for somebody without a role.
    pub async fn me(&self) -> Result<Me, Error> {
        self.call("me", json!({}), Repeat::ForPerson).await
    }

    pub async fn call_counts(&self) -> Result<Vec<CallCount>, Error> {
        self.call("call_counts", json!({}), Repeat::ForPerson).await
    }

    /// Everything about one call; `None` when there is no such call.
    pub async fn call_page(&self, call_id: CallId) -> Result<Option<CallPage>, Error> {
        self.call("call_page", json!({ "call_id": call_id }), Repeat::ForPerson).await
    }

    /// Confirms or dismisses a flag. Never repeated: reviews are append-only, and the person sees
    /// whether it worked.
    pub async fn review_flag(
        &self,
        call_id: CallId,
        flag_id: &str,
        verdict: ReviewVerdict,
        reason: Option<&str>,
    ) -> Result<Review, Error> {
        let arguments =
            json!({ "call_id": call_id, "flag_id": flag_id, "verdict": verdict, "reason": reason });
        self.call("review_flag", arguments, Repeat::Never).await
    }

    /// Settles a rule that the shown verdict left undecided: [`RuleOutcome::Violation`], `Pass`, or
    /// `NotApplicable` with a reason. Never repeated, as [`Api::review_flag`].
    pub async fn settle_rule(
        &self,
        call_id: CallId,
        rule_key: &str,
        outcome: RuleOutcome,
        reason: Option<&str>,
    ) -> Result<Review, Error> {
        let arguments =
            json!({ "call_id": call_id, "rule_key": rule_key, "outcome": outcome, "reason": reason });
        self.call("settle_rule", arguments, Repeat::Never).await
    }

    /// Sends a failed call back to the lane that gave up. Never repeated: the second would be
    /// refused and hide that the first succeeded.
    pub async fn retry_call(&self, call_id: CallId) -> Result<CallStatus, Error> {
        self.call("retry_call", json!({ "call_id": call_id }), Repeat::Never).await
    }

    /// Sends a judged call back to the judge; its verdict stays shown meanwhile. Never repeated,
    /// as [`Api::retry_call`].
    pub async fn rejudge_call(&self, call_id: CallId) -> Result<CallStatus, Error> {
        self.call("rejudge_call", json!({ "call_id": call_id }), Repeat::Never).await
    }

    /// Has calls judged again under the present rules, newest first and bit by bit. Never repeated: the
    /// second order would send them a second time.
    pub async fn order_rejudging(
        &self,
        calls: &CallsToRejudge,
        reason: Option<&str>,
    ) -> Result<RejudgeOrder, Error> {
        let CallsToRejudge { vertical, from_time, to_time, call_id } = calls;
        let arguments = json!({
            "vertical": vertical, "from_time": from_time, "to_time": to_time, "call_id": call_id, "reason": reason,
        });
        self.call("order_rejudging", arguments, Repeat::Never).await
    }

    /// Moves a waiting call to `failed`, with a reason that is kept beside who gave it. Refused for a
    /// call that waits to be judged again. Never repeated, as [`Api::retry_call`].
    pub async fn give_up_call(&self, call_id: CallId, reason: &str) -> Result<CallStatus, Error> {
        let arguments = json!({ "call_id": call_id, "reason": reason });
        self.call("give_up_call", arguments, Repeat::Never).await
    }
}
