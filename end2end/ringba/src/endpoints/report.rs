//! What call logs and insights ask alike: a range of call starts, and filters.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::answer::Refusal;
use crate::filter::{self, FilterGroup};
use crate::ledger::{Ledger, LedgerCall};
use crate::record::record;
use crate::world::is_visible;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
    /// Of the call's start. Inclusive here; Ringba does not say.
    report_start: DateTime<Utc>,
    /// Of the call's start. Exclusive here, so that windows side by side share no call; Ringba does
    /// not say.
    report_end: DateTime<Utc>,
    #[serde(default)]
    filters: Vec<FilterGroup>,
    #[serde(default)]
    format_timespans: bool,
    #[serde(default)]
    format_percentages: bool,
    #[serde(default)]
    format_date_time: bool,
}

#[derive(Debug, Deserialize)]
pub struct NamedColumn {
    pub column: String,
}

impl Selection {
    pub fn check(&self) -> Result<(), Refusal> {
        if self.report_start > self.report_end {
            return Err(Refusal::bad_request("reportStart is after reportEnd"));
        }
        if self.format_timespans || self.format_percentages || self.format_date_time {
            return Err(Refusal::bad_request("the simulator does not format values: leave format* off"));
        }
        filter::check(&self.filters)
    }

    /// The calls asked for, in order of id.
    pub fn of<'ledger>(
        &self,
        ledger: &'ledger Ledger,
        now: DateTime<Utc>,
        origin: &str,
    ) -> Vec<&'ledger LedgerCall> {
        ledger
            .calls()
            .filter(|call| is_visible(call, now))
            .filter(|call| (self.report_start..self.report_end).contains(&call.start))
            .filter(|call| {
                self.filters.is_empty() || filter::passes(&self.filters, &record(call, now, origin))
            })
            .collect()
    }
}
