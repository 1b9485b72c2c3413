//! The calls as they really were.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::demo;

/// Someone or something that Ringba knows by id and name: a campaign, a publisher, a target, a buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    pub id: String,
    pub name: String,
}

impl Party {
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into() }
    }
}

/// One call from beginning to end, with what it brings and costs once it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerCall {
    /// Ringba's `inboundCallId`.
    pub id: String,
    /// Ringba's `callDt`.
    pub start: DateTime<Utc>,
    /// The moment of hang-up; until then the call is live.
    pub end: DateTime<Utc>,
    pub campaign: Party,
    pub publisher: Party,
    pub target: Party,
    pub buyer: Option<Party>,
    /// E.164, or a word such as `Restricted` for hidden numbers.
    pub caller_number: String,
    /// The tracking number that was dialled, E.164.
    pub dialled_number: String,
    /// Ringba's `conversionAmount`, US dollars.
    pub revenue: Decimal,
    /// US dollars.
    pub payout: Decimal,
    /// Ringba's `totalCost`, US dollars.
    pub cost: Decimal,
    /// The recorded sound; absent when the call was never recorded.
    pub recording: Option<PathBuf>,
    /// How long after its start the API shows the call at all.
    pub appears_after: Duration,
    /// How long after hang-up the recording link appears. Ringba was seen to take a second.
    pub link_after: Duration,
}

impl LedgerCall {
    /// A call without recording and without money; the caller sets what matters.
    pub fn new(id: impl Into<String>, start: DateTime<Utc>, length: Duration) -> Self {
        Self {
            id: id.into(),
            start,
            end: start + length,
            campaign: demo::aca_campaign(),
            publisher: Party::new("AF00000000000000000000000000000001", "Example Leads"),
            target: Party::new("TA00000000000000000000000000000001", "Example Desk"),
            buyer: None,
            caller_number: "+12025550123".to_owned(),
            dialled_number: "+18005550100".to_owned(),
            revenue: Decimal::ZERO,
            payout: Decimal::ZERO,
            cost: Decimal::ZERO,
            recording: None,
            appears_after: Duration::ZERO,
            link_after: Duration::from_secs(1),
        }
    }
}

/// All calls of the account, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger {
    calls: BTreeMap<String, LedgerCall>,
}

impl Ledger {
    /// The labelled recordings of a folder as calls that end around now: see [`Ledger::demo_at`].
    pub fn demo(folder: &Path) -> anyhow::Result<Self> {
        Self::demo_at(folder, Utc::now())
    }

    /// The labelled recordings of a folder (see [`call_truth::load_folder`]) as calls that end one
    /// by one, 12 seconds apart, the first of them 20 seconds before `moment`.
    pub fn demo_at(folder: &Path, moment: DateTime<Utc>) -> anyhow::Result<Self> {
        Ok(demo::calls(&call_truth::load_folder(folder)?, moment).into_iter().collect())
    }

    /// The same calls in compressed time: hang-ups come `speed` times as fast after `origin`. Calls
    /// keep their length, since their recordings have it.
    #[must_use]
    pub fn at_speed(self, origin: DateTime<Utc>, speed: u32) -> Self {
        let speed = i32::try_from(speed.max(1)).unwrap_or(i32::MAX);
        let sooner = |mut call: LedgerCall| {
            let length = call.end - call.start;
            if call.end > origin {
                call.end = origin + (call.end - origin) / speed;
                call.start = call.end - length;
            }
            call
        };
        self.calls.into_values().map(sooner).collect()
    }

    /// Adds a call; one with the same id is replaced.
    pub fn add(&mut self, call: LedgerCall) {
        self.calls.insert(call.id.clone(), call);
    }

    #[must_use]
    pub fn get(&self, id: &str) -> Option<&LedgerCall> {
        self.calls.get(id)
    }

    #[must_use]
    pub fn get_mut(&mut self, id: &str) -> Option<&mut LedgerCall> {
        self.calls.get_mut(id)
    }

    /// In order of id.
    pub fn calls(&self) -> impl ExactSizeIterator<Item = &LedgerCall> {
        self.calls.values()
    }

    /// Drops calls that ended before `moment`.
    pub fn forget_before(&mut self, moment: DateTime<Utc>) {
        self.calls.retain(|_, call| call.end >= moment);
    }

    /// Reads what [`Ledger::save`] wrote.
    pub fn load(file: &Path) -> anyhow::Result<Self> {
        let json = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_slice(&json).with_context(|| format!("{} is no ledger", file.display()))
    }

    /// Writes the ledger so that a reader sees the old file or the new one, never a half.
    pub fn save(&self, file: &Path) -> anyhow::Result<()> {
        let unfinished = file.with_extension("unfinished");
        std::fs::write(&unfinished, serde_json::to_vec_pretty(self)?)
            .and_then(|()| std::fs::rename(&unfinished, file))
            .with_context(|| format!("cannot write {}", file.display()))
    }
}

impl FromIterator<LedgerCall> for Ledger {
    fn from_iter<I: IntoIterator<Item = LedgerCall>>(calls: I) -> Self {
        Self { calls: calls.into_iter().map(|call| (call.id.clone(), call)).collect() }
    }
}

impl Extend<LedgerCall> for Ledger {
    fn extend<I: IntoIterator<Item = LedgerCall>>(&mut self, calls: I) {
        self.calls.extend(calls.into_iter().map(|call| (call.id.clone(), call)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment() -> DateTime<Utc> {
        "2026-03-02T10:00:00Z".parse().unwrap()
    }

    fn demo_ledger() -> Ledger {
        Ledger::demo_at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../calls"), moment()).unwrap()
    }

    fn hang_ups_s(ledger: &Ledger) -> Vec<i64> {
        let mut seconds: Vec<i64> = ledger.calls().map(|call| (call.end - moment()).num_seconds()).collect();
        seconds.sort_unstable();
        seconds
    }

    #[test]
    fn the_demo_fills_the_queue_within_a_minute() {
        let ledger = demo_ledger();
        assert_eq!(hang_ups_s(&ledger), [-20, -8, 4, 16, 28, 40]);
        let medicare = ledger.calls().filter(|call| call.campaign.name == "Medicare Advantage");
        let recordings: Vec<_> = medicare.filter_map(|call| call.recording.as_ref()?.file_name()).collect();
        assert_eq!(recordings, ["call3_government_pressure.mp3"]);
    }

    #[test]
    fn compressed_time_keeps_the_length_of_calls() {
        let ledger = demo_ledger();
        let faster = ledger.clone().at_speed(moment(), 4);
        assert_eq!(hang_ups_s(&faster), [-20, -8, 1, 4, 7, 10]);
        for call in faster.calls() {
            let original = ledger.get(&call.id).unwrap();
            assert_eq!(call.end - call.start, original.end - original.start);
        }
    }

    #[test]
    fn a_ledger_survives_being_written_and_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ledger.json");
        let ledger = demo_ledger();
        ledger.save(&file).unwrap();
        assert_eq!(Ledger::load(&file).unwrap(), ledger);
    }

    #[test]
    fn old_calls_can_be_forgotten() {
        let mut ledger = demo_ledger();
        ledger.forget_before(moment());
        assert_eq!(hang_ups_s(&ledger), [4, 16, 28, 40]);
    }
}
