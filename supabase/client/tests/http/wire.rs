//! The types read what the database writes and write what it reads.

use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use supabase_client::backtest::BacktestProgress;
use supabase_client::call::CallPage;
use supabase_client::flag::Proof;
use supabase_client::http::{LogEvent, LogLevel};
use supabase_client::ingest::CallRecord;
use supabase_client::judgement::Judgement;
use supabase_client::lane::ClaimedCall;
use supabase_client::model_use::ModelDay;
use supabase_client::rejudge_order::RejudgeOrder;
use supabase_client::review_copy::ReviewCopy;
use supabase_client::ruleset::Ruleset;
use supabase_client::transcript::Transcript;

/// Reads a literal and expects to write the same again.
fn round_trip<T: DeserializeOwned + Serialize>(literal: &Value) {
    let value: T = serde_json::from_value(literal.clone()).unwrap();
    assert_eq!(&serde_json::to_value(value).unwrap(), literal);
}

fn transcript() -> Value {
    json!({
        "model": "ggml-micro-call-en.bin", "language": "en", "duration_ms": 61_000,
        "segments": [{
            "channel": 0, "speaker": "agent", "start_ms": 100, "end_ms": 900,
            "words": [["hello", 100, 400, 0.5], ["there", 400, 900, 0.75]],
        }, {
            "channel": 1, "speaker": "caller", "start_ms": 950, "end_ms": 1000,
            "words": [], "doubts": ["low_probability", "no_speech", "repetition"],
        }],
        "peaks": [[0, 255], [1, 2]],
        "unheard": [{ "channel": 1, "start_ms": 1_000, "end_ms": 61_000 }],
    })
}

fn flag() -> Value {
    json!({
        "id": "guarantee:4-9", "rule_key": "guarantee", "rule_title": "No guarantees", "severity": "critical",
        "speaker": "agent", "quote": "i guarantee you", "start_ms": 100, "end_ms": 900, "words": [4, 9],
        "proof": "approximate", "doubtful": true,
    })
}

#[test]
fn transcript_is_compact() {
    round_trip::<Transcript>(&transcript());
}

#[test]
fn judgement_keeps_money_exact() {
    let missing = json!({
        "id": "recorded-line:missing", "rule_key": "recorded-line", "rule_title": "Say that the line is recorded",
        "severity": "minor", "speaker": "unknown", "quote": "", "start_ms": 0, "end_ms": 0, "words": null,
        "proof": "exact", "doubtful": false,
    });
    round_trip::<Judgement>(&json!({
        "verdict": "flagged", "ruleset_id": "aca-1", "prompt_version": "judge-1", "judge_model": "m",
        "returned_model": "m-2", "endpoint": "https://models.example.test/v1",
        "flags": [flag(), missing],
        "rule_results": [
            { "rule_key": "guarantee", "rule_title": "No guarantees", "outcome": "violation", "reason": null },
            { "rule_key": "pressure", "rule_title": "No pressure", "outcome": "undecided", "reason": "no endpoint",
              "unasked": "no_endpoint" },
            { "rule_key": "x", "rule_title": "X", "outcome": "not_applicable", "reason": null },
            { "rule_key": "y", "rule_title": "Y", "outcome": "pass", "reason": null },
        ],
        "refused_findings": [
            { "rule_key": "guarantee", "line": 4, "speaker": "agent", "quote": "you win", "reason": "quote_not_found" },
            { "rule_key": "z", "line": null, "speaker": null, "quote": "", "reason": "unknown_rule" },
        ],
        "requests": 2, "tokens_in": 0, "tokens_out": 0, "cost_usd": "0.000000000000000001",
    }));
}

#[test]
fn a_judgement_of_before_models_were_asked() {
    let mut flag = flag();
    for later in ["proof", "doubtful"] {
        flag.as_object_mut().unwrap().remove(later);
    }
    let earlier: Judgement = serde_json::from_value(json!({
        "verdict": "flagged", "ruleset_id": "aca-1", "prompt_version": "phrases-1", "judge_model": "phrases",
        "flags": [flag],
        "rule_results": [{ "rule_key": "g", "rule_title": "G", "outcome": "violation", "reason": null }],
        "tokens_in": 0, "tokens_out": 0, "cost_usd": "0",
    }))
    .unwrap();
    assert_eq!((earlier.flags[0].proof, earlier.flags[0].doubtful), (Proof::Exact, false));
    assert_eq!((earlier.returned_model, earlier.endpoint, earlier.requests), (None, None, 0));
}

#[test]
fn order_to_judge_again() {
    let order = json!({
        "order_id": 3, "vertical": "aca", "from_time": "2026-11-01T10:00:00Z", "to_time": null, "call_id": null,
        "reason": "New rules.", "requested_by": null, "created_at": "2026-11-23T10:00:00Z", "calls_done": 500,
        "finished_at": null,
    });
    round_trip::<RejudgeOrder>(&order);
    let order: RejudgeOrder = serde_json::from_value(order).unwrap();
    assert_eq!(order.calls.vertical.as_deref(), Some("aca"));
}

#[test]
fn claimed_call() {
    round_trip::<ClaimedCall>(&json!({
        "call_id": 7, "lease_token": "6f1c0fd0-6a4c-4b3b-9d0e-000000000001", "lease_expires_at": "2026-11-23T10:00:00Z",
        "account": "RA1", "ringba_call_id": "RGB1", "start_time_utc": "2026-11-23T09:59:00.123Z", "call_length_seconds": 61,
        "vertical": "aca", "attempts": 0, "audio_url": null, "storage_path": "RA1/2026/11/23/RGB1.mp3",
        "agent_channel": 1,
    }));
}

#[test]
fn an_older_database_sends_less() {
    let mut claimed = json!({
        "call_id": 7, "lease_token": "6f1c0fd0-6a4c-4b3b-9d0e-000000000001", "lease_expires_at": "2026-11-23T10:00:00Z",
        "account": "RA1", "ringba_call_id": "RGB1", "start_time_utc": "2026-11-23T09:59:00.123Z", "call_length_seconds": 61,
        "vertical": "aca", "attempts": 0, "audio_url": null, "storage_path": "RA1/2026/11/23/RGB1.mp3",
    });
    assert_eq!(serde_json::from_value::<ClaimedCall>(claimed.clone()).unwrap().agent_channel, None);
    claimed["agent_channel"] = json!(0);
    assert_eq!(serde_json::from_value::<ClaimedCall>(claimed).unwrap().agent_channel, Some(0));
}

#[test]
fn review_copy() {
    round_trip::<ReviewCopy>(&json!({
        "path": "RA1/2026/11/23/RGB1.review.mp3", "bytes": 1_000, "sha256": "ab", "content_type": "audio/mpeg",
    }));
}

#[test]
fn model_day_keeps_money_exact() {
    round_trip::<ModelDay>(&json!({ "day": "2026-11-23", "tokens": 12_000, "cost_usd": "0.0000012" }));
}

#[test]
fn backtest_progress() {
    round_trip::<BacktestProgress>(&json!({
        "status": "running", "calls_done": 1, "calls_total": 5, "error": null, "report": null,
    }));
    let changed = json!({
        "call_id": 7, "flag_id": "guarantee:4-9", "rule_key": "guarantee", "quote": "i guarantee you",
        "link": "/calls/7?flag=guarantee%3A4-9",
    });
    round_trip::<BacktestProgress>(&json!({
        "status": "failed", "calls_done": 1, "calls_total": 5, "error": "The endpoint is away.",
        "report": {
            "calls": 1, "added_total": 1, "removed_total": 0, "added": [changed], "removed": [],
            "verdicts": {
                "before": { "flagged": 0, "safe": 1, "undecided": 0 },
                "after": { "flagged": 1, "safe": 0, "undecided": 0 },
            },
            "rules": [{
                "rule_key": "guarantee", "rule_title": "No guarantees", "before": 0, "after": 1, "added": 1,
                "removed": 0, "before_precision": null, "before_recall": 0.0, "precision": 0.5,
                "recall": 0.6667, "confirmed": 3, "dismissed": 1,
            }],
        },
    }));
}

#[test]
fn ruleset() {
    round_trip::<Ruleset>(&json!({
        "ruleset_id": "aca-1", "vertical": "aca",
        "rules": [{
            "key": "guarantee", "title": "No guarantees", "severity": "major", "instruction": "…", "kind": "phrases",
            "form": "must_not_happen", "speaker": "agent", "phrases": ["i guarantee"], "after_phrases": [],
            "within_first_seconds": null, "examples_violating": ["I guarantee it."], "examples_passing": [],
        }, {
            "key": "recorded-line", "title": "…", "severity": "minor", "instruction": "…", "kind": "judged",
            "form": "must_happen", "speaker": null, "phrases": [], "after_phrases": ["stop calling"], "within_first_seconds": 60,
            "examples_violating": [], "examples_passing": ["This line is recorded."],
        }],
    }));
}

#[test]
fn call_page() {
    round_trip::<CallPage>(&json!({
        "call": {
            "call_id": 7, "ringba_call_id": "RGB1", "account": "RA1", "start_time_utc": "2026-11-23T09:59:00Z",
            "completed_at": null, "call_length_seconds": null, "status": "no_recording", "failed_lane": null,
            "last_error": null, "vertical": null, "campaign_name": "ACA", "publisher_name": null, "target_name": null,
            "buyer_name": null, "caller_number_masked": "•••• 0100", "dialled_number_masked": null,
            "revenue": "25.00", "payout": "0.04", "cost": null, "worst_severity": "major", "flags": [flag()],
            "settled_as": "safe",
        },
        "storage_path": null, "review_path": null, "audio_content_type": null, "audio_deleted_at": null,
        "audio_deleting_since": "2026-11-23T10:00:00Z", "transcript_deleted_at": "2026-11-23T10:00:00Z",
        "legal_hold": { "held_at": "2026-11-23T10:00:00Z", "held_by": "a@c.l", "reason": "Case 12" },
        "qa_version": null, "judge_model": null,
        "transcript": transcript(), "has_transcript": true, "rules": [{ "key": "g", "title": "G" }], "rule_results": [],
        "asked_again": true,
        "judgements": [{
            "judgement_id": 9, "judged_at": "2026-11-23T10:00:00Z", "verdict": "undecided", "qa_version": "aca-1/judge-1",
            "judge_model": "m", "returned_model": null, "endpoint": null, "flags": [],
            "rule_results": [{ "rule_key": "g", "rule_title": "G", "outcome": "undecided", "reason": "…" }],
            "refused_findings": 1, "requests": 2, "tokens_in": 3, "tokens_out": 4, "cost_usd": "0.00120", "shown": true,
        }],
        "reviews": [{
            "review_id": 2, "flag_id": "g:undecided", "verdict": "not_applicable", "reason": "…", "flag": null,
            "reviewer_email": "r@c.l", "created_at": "2026-11-23T10:00:00Z",
        }, {
            "review_id": 1, "flag_id": "guarantee:4-9", "verdict": "added", "reason": "missed", "flag": flag(),
            "reviewer_email": "r@c.l", "created_at": "2026-11-23T10:00:00Z",
        }],
        "comments": [{
            "comment_id": 3, "at_ms": 1500, "body": "Rude.", "author_email": "r@c.l", "own": true,
            "created_at": "2026-11-23T10:00:00Z",
        }],
        "present": ["admin@c.l"],
        "history": [{
            "lane": "vault", "round": 1, "worker": "vault-1", "started_at": "2026-11-23T10:00:00Z", "ended_at": null,
            "outcome": "lost", "error": null,
        }],
    }));
}

#[test]
fn call_record_sends_what_is_missing_as_null() {
    let record = serde_json::to_value(CallRecord::default()).unwrap();
    assert_eq!(record["ringba_call_id"], Value::Null);
    assert_eq!(record.as_object().unwrap().len(), 21);
}

#[test]
fn log_event_leaves_out_what_it_has_not() {
    let event = LogEvent {
        level: LogLevel::Warn,
        lane: "vault".to_owned(),
        event: "download_failed".to_owned(),
        call_id: None,
        worker: None,
        at: Instant::now(),
        data: json!({ "status": 404 }),
    };
    let mut sent = serde_json::to_value(event).unwrap();
    let age = sent.as_object_mut().unwrap().remove("ago_ms").unwrap();
    assert!(age.as_u64().unwrap() < 60_000);
    let expected =
        json!({ "level": "warn", "lane": "vault", "event": "download_failed", "data": { "status": 404 } });
    assert_eq!(sent, expected);
}
