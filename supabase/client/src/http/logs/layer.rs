//! From what the lanes log to lines for the database.

use std::fmt::{Debug, Write as _};
use std::time::Instant;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::{LookupSpan, Scope};

use super::writer::Entrance;
use super::{LogEvent, LogLevel};

/// As constraint `log_lane_valid` lists them, without the database's own.
const LANES: [&str; 7] = ["ingest", "vault", "worker", "judge", "watchdog", "reconcile", "web"];
/// Together they keep a line far below constraint `log_data_small`.
const MOST_FIELDS: usize = 24;
const MOST_CHARS: usize = 500;
const MOST_EVENT_CHARS: usize = 120;

/// Queues what stands in a lane, from info upwards. Whoever logs is never held up and never sees a failure.
pub struct LogLayer {
    pub(super) entrance: Entrance,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LogLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut told = Told::default();
            attributes.record(&mut told);
            span.extensions_mut().insert(told);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(told) = span.extensions_mut().get_mut::<Told>()
        {
            values.record(told);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let level = match *event.metadata().level() {
            Level::ERROR => LogLevel::Error,
            Level::WARN => LogLevel::Warn,
            Level::INFO => LogLevel::Info,
            _ => return,
        };
        let mut told = Told::default();
        for span in context.event_scope(event).into_iter().flat_map(Scope::from_root) {
            if let Some(outer) = span.extensions().get::<Told>() {
                told.merge(outer);
            }
        }
        event.record(&mut told);
        if let Some(line) = told.line(level) {
            self.entrance.put(line);
        }
    }
}

/// The fields of a span or an event.
#[derive(Default)]
struct Told {
    message: String,
    fields: Map<String, Value>,
}

impl Told {
    fn merge(&mut self, outer: &Self) {
        self.fields.extend(outer.fields.iter().map(|(name, value)| (name.clone(), value.clone())));
    }

    /// None for what does not stand in a lane.
    fn line(mut self, level: LogLevel) -> Option<LogEvent> {
        let lane = text(self.fields.remove("lane")).filter(|lane| LANES.contains(&lane.as_str()))?;
        let call_id = text(self.fields.remove("call_id")).and_then(|id| id.parse().ok());
        let event = event_name(&self.message);
        if event.is_empty() {
            return None;
        }
        let data = Value::Object(self.fields);
        Some(LogEvent { level, lane, event, call_id, worker: None, at: Instant::now(), data })
    }

    fn put(&mut self, field: &Field, value: Value) {
        // Last words win: an event knows better than the span around it.
        if self.fields.len() < MOST_FIELDS || self.fields.contains_key(field.name()) {
            self.fields.insert(field.name().to_owned(), value);
        }
    }
}

impl Visit for Told {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field, u64::try_from(value).unwrap_or(u64::MAX).into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.put(field, shortened(value).into());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}");
        self.record_str(field, &text);
    }
}

fn text(value: Option<Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// A message is a fixed sentence; the table holds names: "cannot claim" is `cannot_claim`.
fn event_name(message: &str) -> String {
    let plain = message.chars().take(MOST_EVENT_CHARS).filter(|letter| *letter != '\'').collect::<String>();
    let words = plain.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

/// PostgreSQL keeps no NUL in a text.
fn shortened(text: &str) -> String {
    text.chars().filter(|letter| *letter != '\0').take(MOST_CHARS).collect()
}
