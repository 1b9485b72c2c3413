//! What admins see: rules, rulesets, failed calls and people.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::call::CallId;
use crate::lane::Lane;
use crate::ruleset::Rule;
use crate::user::Role;

/// Failed calls of one lane and one reason: an element of what `api.failed_calls` returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedGroup {
    pub lane: Lane,
    /// The failure's short name where it has one, its sentence otherwise: what calls of a lane are chosen by.
    pub kind: String,
    /// The newest call's, as a person reads it.
    pub reason: String,
    pub calls: i64,
    #[serde(deserialize_with = "crate::moment::read")]
    pub first_failed_at: DateTime<Utc>,
    #[serde(deserialize_with = "crate::moment::read")]
    pub last_failed_at: DateTime<Utc>,
    pub newest: Vec<FailedCall>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedCall {
    pub call_id: CallId,
    pub campaign_name: Option<String>,
    #[serde(deserialize_with = "crate::moment::read")]
    pub start_time_utc: DateTime<Utc>,
    #[serde(deserialize_with = "crate::moment::read")]
    pub failed_at: DateTime<Utc>,
    pub reason: String,
}

/// The rules that a vertical's calls are judged under from now on: an element of what `api.rules_in_force` returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerticalRules {
    /// `common` for calls whose campaign is not mapped.
    pub vertical: String,
    pub title: String,
    pub description: Option<String>,
    pub ruleset_id: String,
    pub rules: Vec<Rule>,
    /// Titles of the vertical's own rules that do not hold.
    pub switched_off: Vec<String>,
    /// Newest first.
    pub versions: Vec<RulesetVersion>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesetVersion {
    pub ruleset_id: String,
    #[serde(deserialize_with = "crate::moment::read")]
    pub made_at: DateTime<Utc>,
    pub rules: i64,
    /// Titles of rules, against the version before.
    pub added: Vec<String>,
    pub changed: Vec<String>,
    pub removed: Vec<String>,
}

/// Everybody who can sign in: what `api.people` returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    pub total: i64,
    /// The first few hundred, admins first.
    pub people: Vec<Person>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub user_id: Uuid,
    pub email: Option<String>,
    /// Absent for somebody who may do nothing.
    pub role: Option<Role>,
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub created_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub last_sign_in_at: Option<DateTime<Utc>>,
    /// Set while sign-in is refused.
    #[serde(default, deserialize_with = "crate::moment::read_if_any")]
    pub banned_until: Option<DateTime<Utc>>,
}
