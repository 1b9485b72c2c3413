//! From a record as Ringba sends it to a [`CallRecord`].
//!
//! Ringba leaves out what is empty, and sends numbers as numbers or as text and booleans as booleans
//! or as `yes` and `no`. What cannot be read is left out and counted; it never stops its page.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use supabase_client::ingest::CallRecord;

use super::wire::{Count, Field, Moment, Money, Text, YesNo};

/// The columns that are asked for. Each is a key of [`WireRecord`].
pub const COLUMNS: [&str; 21] = [
    "inboundCallId",
    "callDt",
    "callConnectionDt",
    "callCompletedDt",
    "callLengthInSeconds",
    "connectedCallLengthInSeconds",
    "campaignId",
    "campaignName",
    "publisherId",
    "publisherName",
    "targetId",
    "targetName",
    "buyer",
    "inboundPhoneNumber",
    "number",
    "conversionAmount",
    "payoutAmount",
    "totalCost",
    "isLive",
    "hasRecording",
    "recordingUrl",
];

/// Without these no call can be stored.
pub const NEEDED_COLUMNS: [&str; 2] = ["inboundCallId", "callDt"];

/// One record of `/calllogs` or `/calllogs/detail`; unknown keys are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireRecord {
    inbound_call_id: Field<Text>,
    call_dt: Field<Moment>,
    call_connection_dt: Field<Moment>,
    call_completed_dt: Field<Moment>,
    call_length_in_seconds: Field<Count>,
    connected_call_length_in_seconds: Field<Count>,
    campaign_id: Field<Text>,
    campaign_name: Field<Text>,
    publisher_id: Field<Text>,
    publisher_name: Field<Text>,
    target_id: Field<Text>,
    target_name: Field<Text>,
    buyer: Field<Text>,
    inbound_phone_number: Field<Text>,
    number: Field<Text>,
    conversion_amount: Field<Money>,
    payout_amount: Field<Money>,
    total_cost: Field<Money>,
    is_live: Field<YesNo>,
    has_recording: Field<YesNo>,
    recording_url: Field<Text>,
}

/// A record in our own terms.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Normalized {
    pub record: CallRecord,
    /// How many values were there and could not be read.
    pub unreadable: usize,
}

impl<'de> Deserialize<'de> for Normalized {
    /// Whatever stands in a record's place is read; nothing there stops its page.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(normalize(<&RawValue>::deserialize(deserializer)?))
    }
}

/// Reads one record. Something that is no object at all becomes an empty record, which the database
/// sets aside.
pub fn normalize(raw: &RawValue) -> Normalized {
    let Ok(wire) = serde_json::from_str::<WireRecord>(raw.get()) else {
        let record = CallRecord { unreadable_text: Some(shown(raw.get())), ..CallRecord::default() };
        return Normalized { record, unreadable: 1 };
    };
    let mut unreadable = 0;
    let record = CallRecord {
        ringba_call_id: wire.inbound_call_id.take(&mut unreadable),
        start_time_utc: wire.call_dt.take(&mut unreadable),
        connected_at: wire.call_connection_dt.take(&mut unreadable),
        completed_at: wire.call_completed_dt.take(&mut unreadable),
        call_length_seconds: wire.call_length_in_seconds.take(&mut unreadable),
        connected_length_seconds: wire.connected_call_length_in_seconds.take(&mut unreadable),
        campaign_id: wire.campaign_id.take(&mut unreadable),
        campaign_name: wire.campaign_name.take(&mut unreadable),
        publisher_id: wire.publisher_id.take(&mut unreadable),
        publisher_name: wire.publisher_name.take(&mut unreadable),
        target_id: wire.target_id.take(&mut unreadable),
        target_name: wire.target_name.take(&mut unreadable),
        buyer_name: wire.buyer.take(&mut unreadable),
        caller_number: wire.inbound_phone_number.take(&mut unreadable),
        dialled_number: wire.number.take(&mut unreadable),
        revenue: wire.conversion_amount.take(&mut unreadable).map(as_text),
        payout: wire.payout_amount.take(&mut unreadable).map(as_text),
        cost: wire.total_cost.take(&mut unreadable).map(as_text),
        is_live: wire.is_live.take(&mut unreadable),
        has_recording: wire.has_recording.take(&mut unreadable),
        audio_url: wire.recording_url.take(&mut unreadable),
        unreadable_text: None,
    };
    Normalized { record, unreadable }
}

/// The beginning of a text that is no record, for the log: what could be a phone number is covered.
fn shown(text: &str) -> String {
    const MOST_CHARS: usize = 500;
    const DIGITS_OF_A_NUMBER: usize = 7;
    let mut shown: Vec<char> = text.chars().take(MOST_CHARS).collect();
    for run in shown.chunk_by_mut(|one, other| one.is_ascii_digit() && other.is_ascii_digit()) {
        if run.len() >= DIGITS_OF_A_NUMBER {
            run.fill('•');
        }
    }
    shown.into_iter().collect()
}

/// Every digit, and no float on the way to the database.
fn as_text(amount: Decimal) -> String {
    amount.to_string()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn read(json: &str) -> Normalized {
        normalize(&RawValue::from_string(json.to_owned()).unwrap())
    }

    /// A finished call as Ringba's documentation shows it, with columns that nobody asked for.
    const FINISHED: &str = r#"{
        "inboundCallId": "RGB0A1B2C3V3", "callDt": 1612219718965, "callConnectionDt": 1612219720100,
        "callCompletedDt": 1612219731658, "callLengthInSeconds": 12, "connectedCallLengthInSeconds": 11,
        "campaignId": "CA01", "campaignName": "ACA \u2013 inbound", "publisherId": "AF01", "publisherName": "Leads",
        "publisherSubId": "", "targetId": "TA01", "targetName": "Desk", "inboundPhoneNumber": "+12025550123",
        "number": "+18005550100", "conversionAmount": 25.5, "payoutAmount": 0.04, "profitNet": -0.04,
        "totalCost": 0.0123456789, "isLive": false, "hasRecording": true, "hasConnected": true,
        "recordingUrl": "https://media.ringba.com/recording-public?v=v1&k=a%2fb%3d", "tag:User:x": ["y", {"z": 1}]
    }"#;

    #[test]
    fn a_finished_call_is_read_whole() {
        let text = |text: &str| Some(text.to_owned());
        let time = |text: &str| Some(text.parse().unwrap());
        let expected = CallRecord {
            ringba_call_id: text("RGB0A1B2C3V3"),
            start_time_utc: time("2021-02-01T22:48:38.965Z"),
            connected_at: time("2021-02-01T22:48:40.100Z"),
            completed_at: time("2021-02-01T22:48:51.658Z"),
            call_length_seconds: Some(12),
            connected_length_seconds: Some(11),
            campaign_id: text("CA01"),
            campaign_name: text("ACA – inbound"),
            publisher_id: text("AF01"),
            publisher_name: text("Leads"),
            target_id: text("TA01"),
            target_name: text("Desk"),
            buyer_name: None,
            caller_number: text("+12025550123"),
            dialled_number: text("+18005550100"),
            revenue: text("25.5"),
            payout: text("0.04"),
            cost: text("0.0123456789"),
            is_live: Some(false),
            has_recording: Some(true),
            audio_url: text("https://media.ringba.com/recording-public?v=v1&k=a%2fb%3d"),
            unreadable_text: None,
        };
        assert_eq!(read(FINISHED), Normalized { record: expected, unreadable: 0 });
    }

    #[test]
    fn numbers_and_booleans_may_come_as_text() {
        let as_text = FINISHED
            .replace("1612219718965", "\"1612219718965\"")
            .replace("\"callLengthInSeconds\": 12", "\"callLengthInSeconds\": \"12\"")
            .replace("25.5", "\" 25.5 \"")
            .replace("0.0123456789", "\"0.0123456789\"")
            .replace("\"isLive\": false", "\"isLive\": \"no\"")
            .replace("\"hasRecording\": true", "\"hasRecording\": \"Yes\"");
        assert_eq!(read(&as_text), read(FINISHED));
    }

    #[test]
    fn a_live_call_has_no_end_and_no_link() {
        let live = read(
            r#"{"inboundCallId": "x", "callDt": 1612219718965, "callCompletedDt": null, "isLive": true,
            "conversionAmount": null, "hasRecording": false, "recordingUrl": "", "campaignName": "  "}"#,
        );
        let expected = CallRecord {
            ringba_call_id: Some("x".to_owned()),
            start_time_utc: DateTime::from_timestamp_millis(1_612_219_718_965),
            is_live: Some(true),
            has_recording: Some(false),
            ..CallRecord::default()
        };
        assert_eq!(live, Normalized { record: expected, unreadable: 0 });
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_counted() {
        let spoiled = read(
            r#"{"inboundCallId": "a\u0000b", "callDt": "yesterday", "callLengthInSeconds": -1,
            "payoutAmount": "free", "totalCost": [1], "isLive": 2, "campaignName": "\ud800"}"#,
        );
        let expected = CallRecord { ringba_call_id: Some("ab".to_owned()), ..CallRecord::default() };
        assert_eq!(spoiled, Normalized { record: expected, unreadable: 6 });
        for no_record in ["7", "\"text\""] {
            let text = Some(no_record.to_owned());
            let expected = CallRecord { unreadable_text: text, ..CallRecord::default() };
            assert_eq!(read(no_record).record, expected, "its text is kept for the log");
        }
        let number = read("\"call +12025550123 at 9\"").record.unreadable_text;
        assert_eq!(number.as_deref(), Some("\"call +••••••••••• at 9\""), "phone numbers are not");
    }

    #[test]
    fn values_that_no_call_has_are_left_out() {
        let odd = read(
            r#"{"inboundCallId": "x", "callDt": 1612219718965, "callConnectionDt": 0,
            "callCompletedDt": 99999999999999, "totalCost": 1000000000000000}"#,
        );
        assert_eq!((odd.record.connected_at, odd.record.completed_at, odd.record.cost), (None, None, None));
        assert_eq!(odd.unreadable, 3);
    }

    #[test]
    fn money_keeps_every_digit() {
        for (sent, kept) in [
            ("0.1", "0.1"),
            ("-0.04", "-0.04"),
            ("100", "100"),
            ("25.50", "25.50"),
            ("123456789012345.0123456789", "123456789012345.0123456789"),
            ("0.060000000000000005", "0.060000000000000005"),
            ("1e-7", "0.0000001"),
            ("2.5E3", "2500"),
        ] {
            for sent in [sent.to_owned(), format!("\"{sent}\"")] {
                let read = read(&format!("{{\"totalCost\": {sent}}}"));
                assert_eq!(read.record.cost.as_deref(), Some(kept), "{sent}");
            }
        }
        // Rounding would be a lie; so many digits are no amount.
        assert_eq!(read(r#"{"totalCost": 0.12345678901234567890123456789012345}"#).unreadable, 1);
    }

    #[test]
    fn each_column_is_a_key_of_the_record() {
        let whole: serde_json::Map<_, _> =
            COLUMNS.iter().map(|column| ((*column).to_owned(), serde_json::json!([]))).collect();
        let raw = serde_json::to_string(&whole).unwrap();
        assert_eq!(read(&raw).unreadable, COLUMNS.len(), "every column must have been looked at");
    }
}
