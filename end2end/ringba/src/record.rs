//! A call as the API tells it at one moment.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Number, Value, json};

use crate::ledger::LedgerCall;

pub type Record = Map<String, Value>;

/// From the start of a call to the moment when somebody picks up.
const TIME_TO_CONNECT: TimeDelta = TimeDelta::seconds(2);

/// What stands in the call log at `now`. Keys without a value are absent: until hang-up those of
/// the end and of the money, and later the link for as long as there is none.
pub fn record(call: &LedgerCall, now: DateTime<Utc>, origin: &str) -> Record {
    let is_over = call.end <= now;
    let connected_at = connected_at(call);
    let has_connected = connected_at <= now;
    let mut record = Record::new();
    let mut set = |key: &str, value: Value| {
        record.insert(key.to_owned(), value);
    };

    set("inboundCallId", json!(call.id));
    set("callDt", json!(call.start.timestamp_millis()));
    set("campaignId", json!(call.campaign.id));
    set("campaignName", json!(call.campaign.name));
    set("publisherId", json!(call.publisher.id));
    set("publisherName", json!(call.publisher.name));
    set("publisherSubId", json!(""));
    set("inboundPhoneNumber", json!(call.caller_number));
    set("number", json!(call.dialled_number));
    set("isFromNumberPool", json!(false));
    set("isLive", json!(!is_over));
    set("isDuplicate", json!(false));
    set("isIncomplete", json!(false));
    set("hasConnected", json!(has_connected));
    set("hasConverted", json!(is_over && call.revenue > Decimal::ZERO));
    set("hasPayout", json!(is_over && call.payout > Decimal::ZERO));
    set("hasRecording", json!(is_over && call.recording.is_some()));
    if has_connected {
        set("callConnectionDt", json!(connected_at.timestamp_millis()));
        set("timeToConnectInSeconds", json!((connected_at - call.start).num_seconds()));
        set("targetId", json!(call.target.id));
        set("targetName", json!(call.target.name));
        if let Some(buyer) = &call.buyer {
            set("buyerId", json!(buyer.id));
            set("buyer", json!(buyer.name));
        }
    }
    if is_over {
        set("callCompletedDt", json!(call.end.timestamp_millis()));
        set("callLengthInSeconds", json!((call.end - call.start).num_seconds()));
        set("connectedCallLengthInSeconds", json!((call.end - connected_at).num_seconds()));
        set("endCallSource", json!("Caller"));
        set("conversionAmount", money(call.revenue));
        set("payoutAmount", money(call.payout));
        set("profitGross", money(call.revenue - call.payout));
        set("profitNet", money(call.revenue - call.payout - call.cost));
        set("totalCost", money(call.cost));
        set("telcoCost", money(call.cost));
    }
    if let Some(link) = recording_link(call, now, origin) {
        set("recordingUrl", json!(link));
    }
    record
}

/// Never later than hang-up.
pub fn connected_at(call: &LedgerCall) -> DateTime<Utc> {
    (call.start + TIME_TO_CONNECT).min(call.end)
}

/// When the recording link appears; never for a call that was not recorded.
pub fn linked_at(call: &LedgerCall) -> Option<DateTime<Utc>> {
    call.recording.is_some().then(|| call.end + call.link_after)
}

/// The public link, once there is one. Its key is percent-encoded in lower case, as Ringba's is.
pub fn recording_link(call: &LedgerCall, now: DateTime<Utc>, origin: &str) -> Option<String> {
    linked_at(call).filter(|linked_at| *linked_at <= now)?;
    let key = recording_key(&call.id).replace('/', "%2f").replace('+', "%2b").replace('=', "%3d");
    Some(format!("{origin}/recording-public?v=v1&k={key}"))
}

/// The bits of the id turned over: opaque, and with the characters that links have to encode.
fn recording_key(id: &str) -> String {
    STANDARD.encode(id.bytes().map(|byte| !byte).collect::<Vec<u8>>())
}

/// The id of the call that a recording key belongs to.
pub fn call_of_recording_key(key: &str) -> Option<String> {
    let bytes = STANDARD.decode(key).ok()?;
    String::from_utf8(bytes.into_iter().map(|byte| !byte).collect()).ok()
}

/// A JSON number with the same decimal digits: a double keeps 15 of them, and money has fewer.
fn money(amount: Decimal) -> Value {
    amount.to_f64().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}
