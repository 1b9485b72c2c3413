//! What the dashboard counts: lanes, days, flags, and how often reviewers agree with the judge.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::lane::{Lane, PausableLane};

/// How a lane stands: a row of `api.lane_report()`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaneReport {
    pub lane: Lane,
    /// Calls in the state in which they wait for it, [`Self::delayed`] and [`Self::without_link`] among them.
    pub waiting: i64,
    /// Calls that wait until it is time to try again.
    pub delayed: i64,
    /// Calls whose recording Ringba has not linked yet; vault only.
    pub without_link: i64,
    /// Of those that could be claimed now.
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub oldest_waiting_since: Option<DateTime<Utc>>,
    pub in_work: i64,
    pub failed: i64,
    pub done_last_hour: i64,
    /// Since midnight UTC.
    pub done_today: i64,
    /// From claim to accepted answer, of what was done today.
    pub p50_seconds: Option<f64>,
    pub p95_seconds: Option<f64>,
}

/// A lane that is paused: a row of `api.paused_lanes()`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PausedLane {
    pub lane: PausableLane,
    #[serde(deserialize_with = "crate::moment::read")]
    pub paused_since: DateTime<Utc>,
    pub paused_by: String,
}

/// The last days: `api.dashboard_report`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DashboardReport {
    /// Start of the first day.
    #[serde(deserialize_with = "crate::moment::read")]
    pub since: DateTime<Utc>,
    #[serde(deserialize_with = "crate::moment::read")]
    pub measured_at: DateTime<Utc>,
    /// UTC days without a gap, oldest first.
    pub days: Vec<DayReport>,
    /// Flags of the shown verdicts.
    pub flags: i64,
    pub flagged_calls: i64,
    /// Most first, ten at most; likewise the next two.
    pub by_rule: Vec<FlagGroup>,
    /// The key is the publisher's name, empty where there is none; likewise the campaign's.
    pub by_publisher: Vec<FlagGroup>,
    pub by_campaign: Vec<FlagGroup>,
    /// Most said first.
    pub agreement: Vec<RuleAgreement>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DayReport {
    pub day: NaiveDate,
    /// Of all hours.
    pub total: Amounts,
    /// Ours over the hours that were compared, as they were then.
    pub ours: Amounts,
    /// Ringba's over the same hours.
    pub ringba: Amounts,
    pub hours_compared: i64,
    /// Of those compared.
    pub hours_differing: i64,
    /// Hours that should have been compared and were not.
    pub hours_overdue: i64,
}

/// Sums over some hours; the money is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    pub calls: i64,
    pub revenue: Decimal,
    pub payout: Decimal,
    pub cost: Decimal,
}

/// Flags that have something in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagGroup {
    /// What the queue filters by.
    pub key: String,
    /// What people read.
    pub title: String,
    pub flags: i64,
    pub calls: i64,
    /// By the newest word of people; what they took back is as if nothing were said.
    pub confirmed: i64,
    pub dismissed: i64,
}

/// What people said about a rule's flags, the newest word on each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleAgreement {
    pub rule_key: String,
    pub title: String,
    pub confirmed: i64,
    pub dismissed: i64,
    /// Flags that people added.
    pub missed: i64,
    /// Times that people settled the rule where the judge could not tell.
    pub settled: i64,
}

impl RuleAgreement {
    /// The share of what people looked at in which they agreed with the judge; where it could not tell, there was
    /// nothing to agree with.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let all = self.confirmed + self.dismissed + self.missed;
        #[expect(clippy::cast_precision_loss, reason = "nobody reviews 2^53 flags")]
        (all > 0).then(|| self.confirmed as f64 / all as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_is_a_share_of_what_the_judge_decided() {
        let mut rule = RuleAgreement {
            rule_key: "r".to_owned(),
            title: "R".to_owned(),
            confirmed: 0,
            dismissed: 0,
            missed: 0,
            settled: 5,
        };
        assert_eq!(rule.share(), None);
        (rule.confirmed, rule.dismissed, rule.missed) = (3, 0, 1);
        assert_eq!(rule.share(), Some(0.75));
    }

    #[test]
    fn money_comes_as_text_and_stays_exact() {
        let amounts: Amounts =
            serde_json::from_str(r#"{"calls": 2, "revenue": "0.3", "payout": "10", "cost": "0.0001"}"#)
                .unwrap();
        assert_eq!(amounts.revenue, Decimal::new(3, 1));
    }
}
