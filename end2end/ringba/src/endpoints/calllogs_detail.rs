//! `POST /v2/{account}/calllogs/detail`: calls by id, with all columns and their events.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::Response;
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::admission::PageFault;
use crate::answer::{Refusal, success};
use crate::ledger::LedgerCall;
use crate::record::{Record, connected_at, linked_at, record, recording_link};
use crate::spoiled::Page;
use crate::world::{World, is_visible};

#[derive(Debug, Deserialize)]
pub struct Query {
    /// Ringba takes both spellings.
    #[serde(rename = "InboundCallIds", alias = "inboundCallIds")]
    inbound_call_ids: Vec<String>,
}

/// Ids that the account does not have are passed over.
pub async fn detail(
    State(world): State<Arc<World>>,
    Extension(PageFault(fault)): Extension<PageFault>,
    query: Result<Json<Query>, JsonRejection>,
) -> Result<Response, Refusal> {
    let Json(query) = query?;
    let records = world.read(|ledger, now| {
        let calls = query.inbound_call_ids.iter().filter_map(|id| ledger.get(id));
        calls.filter(|call| is_visible(call, now)).map(|call| detailed(call, now, &world.origin)).collect()
    });
    let mut page = Page { records, is_partial: false };
    if let Some(fault) = fault {
        page.spoil(&fault);
    }
    Ok(success("report", json!({"records": page.records})))
}

fn detailed(call: &LedgerCall, now: DateTime<Utc>, origin: &str) -> Record {
    let mut record = record(call, now, origin);
    record.insert("events".to_owned(), events(call, now, origin));
    let number =
        json!({"name": "Number", "source": "InboundNumber", "type": "String", "value": call.caller_number});
    record.insert("message-tags".to_owned(), json!([number]));
    record
}

/// What has happened so far, in order of time.
fn events(call: &LedgerCall, now: DateTime<Utc>, origin: &str) -> Value {
    let mut events = vec![
        (call.start, json!({"name": "CallPlanDetail"})),
        (call.start, json!({"name": "TargetDialed", "targetId": call.target.id})),
        (connected_at(call), json!({"name": "ConnectedCall", "targetId": call.target.id})),
        (call.end, json!({"name": "CompletedCall", "recordingUrl": ""})),
        (call.end, json!({"name": "EndCallSource", "source": "Caller"})),
    ];
    if call.revenue > Decimal::ZERO {
        events.push((call.end, json!({"name": "ConvertedCall"})));
    }
    if let (Some(at), Some(link)) = (linked_at(call), recording_link(call, now, origin)) {
        events.push((at, json!({"name": "RecordedCall", "recordingUrl": link})));
    }
    events
        .into_iter()
        .filter(|(at, _)| *at <= now)
        .map(|(at, mut event)| {
            event["dtStamp"] = json!(at.format("%Y-%m-%dT%H:%M:%S%.6f0Z").to_string());
            event
        })
        .collect()
}
