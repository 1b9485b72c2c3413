//! What the language model uses, and what it may use in a day.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Tokens there and back, and their cost in US dollars, exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUse {
    pub tokens: i64,
    pub cost_usd: Decimal,
}

/// The most of it in one day, in UTC; absent means no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelLimits {
    pub tokens_per_day: Option<i64>,
    pub usd_per_day: Option<Decimal>,
}

/// What a day has used so far: the answer of `api.model_use_today`. Requests under way count with what
/// they reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelDay {
    pub day: NaiveDate,
    #[serde(flatten)]
    pub used: ModelUse,
}
