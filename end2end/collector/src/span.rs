//! A received span: what the tests look at.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpanStatus {
    Unset,
    Fine,
    /// With its sentence.
    Failed(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedSpan {
    pub name: String,
    /// 32 digits, as people search for it.
    pub trace_id: String,
    pub has_parent: bool,
    pub status: SpanStatus,
    pub attributes: BTreeMap<String, String>,
    /// Of the program: its name, its version, its instance.
    pub resource: BTreeMap<String, String>,
    /// The names of what happened meanwhile.
    pub events: Vec<String>,
}

/// All spans of a request.
pub fn spans_of(request: ExportTraceServiceRequest) -> Vec<ReceivedSpan> {
    let mut spans = Vec::new();
    for of_program in request.resource_spans {
        let resource = texts(of_program.resource.unwrap_or_default().attributes);
        let all = of_program.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.extend(all.map(|span| received(span, resource.clone())));
    }
    spans
}

fn received(span: Span, resource: BTreeMap<String, String>) -> ReceivedSpan {
    let status = span.status.unwrap_or_default();
    let status = match status.code() {
        StatusCode::Unset => SpanStatus::Unset,
        StatusCode::Ok => SpanStatus::Fine,
        StatusCode::Error => SpanStatus::Failed(status.message),
    };
    let trace_id = span.trace_id.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    ReceivedSpan {
        name: span.name,
        trace_id,
        has_parent: !span.parent_span_id.is_empty(),
        status,
        attributes: texts(span.attributes),
        resource,
        events: span.events.into_iter().map(|event| event.name).collect(),
    }
}

fn texts(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    attributes.into_iter().map(|KeyValue { key, value, .. }| (key, text(value))).collect()
}

fn text(value: Option<AnyValue>) -> String {
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}
