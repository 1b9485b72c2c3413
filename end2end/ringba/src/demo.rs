//! The calls of the demo: labelled recordings with fictional parties, numbers and amounts.

use std::time::Duration;

use call_truth::{CallTruth, LabelledCall};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use crate::ledger::{LedgerCall, Party};

/// The first call ended this long before the moment that [`calls`] is given.
const FIRST_HANG_UP_BEFORE: TimeDelta = TimeDelta::seconds(20);
/// The other hang-ups follow at this distance: six calls are over within a minute.
const BETWEEN_HANG_UPS: TimeDelta = TimeDelta::seconds(12);

pub fn aca_campaign() -> Party {
    Party::new("CA00000000000000000000000000000001", "ACA Health Insurance")
}

fn medicare_campaign() -> Party {
    Party::new("CA00000000000000000000000000000002", "Medicare Advantage")
}

const PUBLISHERS: [(&str, &str); 3] = [
    ("AF00000000000000000000000000000001", "Bright Search Media"),
    ("AF00000000000000000000000000000002", "Harbor Leads"),
    ("AF00000000000000000000000000000003", "Northside Radio"),
];

const BUYERS: [(&str, &str); 2] = [
    ("BU00000000000000000000000000000001", "Health Choice"),
    ("BU00000000000000000000000000000002", "Family Care"),
];

/// Revenue, payout and cost in ten-thousandths of a dollar: a converted call, a cheap one, one that
/// nobody paid for.
const AMOUNTS: [(i64, i64, i64); 3] = [(625_000, 450_000, 1_432), (380_000, 275_000, 976), (0, 0, 1_105)];

/// One call per recording. The first recording ends last, so that the demo's first calls to arrive
/// are ones with violations.
pub fn calls(recordings: &[LabelledCall], moment: DateTime<Utc>) -> Vec<LedgerCall> {
    let count = recordings.len();
    let position = |at: usize| (at + count - 1) % count;
    let step = |at: usize| i32::try_from(position(at)).unwrap_or(i32::MAX);
    recordings
        .iter()
        .enumerate()
        .map(|(at, recording)| {
            call(recording, at, moment - FIRST_HANG_UP_BEFORE + BETWEEN_HANG_UPS * step(at))
        })
        .collect()
}

/// A call of this recording that hangs up at `end`; `number` tells calls of one moment apart.
pub fn call(recording: &LabelledCall, number: usize, end: DateTime<Utc>) -> LedgerCall {
    let length = Duration::from_secs_f64(recording.truth.duration_s);
    let (publisher, buyer) = (PUBLISHERS[number % PUBLISHERS.len()], BUYERS[number % BUYERS.len()]);
    let (revenue, payout, cost) = AMOUNTS[number % AMOUNTS.len()];
    let dollars = |ten_thousandths: i64| Decimal::new(ten_thousandths, 4).normalize();
    LedgerCall {
        campaign: if agent_speaks_of_medicare(&recording.truth) {
            medicare_campaign()
        } else {
            aca_campaign()
        },
        publisher: Party::new(publisher.0, publisher.1),
        target: Party::new(buyer.0.replacen("BU", "TA", 1), format!("{} Desk", buyer.1)),
        buyer: Some(Party::new(buyer.0, buyer.1)),
        caller_number: format!("+130555501{:02}", number % 100),
        dialled_number: format!("+180055501{:02}", number % PUBLISHERS.len()),
        revenue: dollars(revenue),
        payout: dollars(payout),
        cost: dollars(cost),
        recording: Some(recording.recording.clone()),
        ..LedgerCall::new(call_id(number, end), end - length, length)
    }
}

/// A call of half a minute that was not recorded.
pub fn unrecorded_call(number: usize, end: DateTime<Utc>) -> LedgerCall {
    let length = Duration::from_secs(30);
    LedgerCall::new(call_id(number, end), end - length, length)
}

/// Opaque, in the shape of the ids that Ringba gives out.
fn call_id(number: usize, end: DateTime<Utc>) -> String {
    format!("RGB{:012X}{number:04X}V3D00", end.timestamp_millis())
}

fn agent_speaks_of_medicare(truth: &CallTruth) -> bool {
    truth.segments.iter().any(|segment| segment.channel == 0 && segment.text.contains("Medicare"))
}
