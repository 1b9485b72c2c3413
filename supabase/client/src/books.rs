//! Our sums per hour against Ringba's.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Calls that started within one hour, and their money in US dollars, exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourTotals {
    pub calls: i64,
    pub revenue: Decimal,
    pub payout: Decimal,
    pub cost: Decimal,
}

/// What a comparison came to: the answer of `api.record_reconciliation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciled {
    /// All four agree exactly.
    pub matches: bool,
    pub ours: HourTotals,
}
