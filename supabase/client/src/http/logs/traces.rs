//! Spans for an OpenTelemetry collector, where one is set: one for each call in each lane, one for each window of
//! calls that is read.
//!
//! What is exported is what the database's own log keeps: what our crate says, from info upwards. All spans of a
//! call are in one trace, whose id is the call's number: that of call 4711 is `00000000000000000000000000004711`.

mod exporter;
mod settings;

use std::time::Duration;

use opentelemetry::trace::{
    SpanContext, SpanId, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider};
use tokio::time::timeout;
use tracing::level_filters::LevelFilter;
use tracing::{Span, Subscriber, warn};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::filter::{FilterExt as _, Targets, filter_fn};
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use self::exporter::Spans;
pub use self::settings::TraceSettings;
use crate::call::CallId;

/// A lane's span lasts as long as its process, and only names the lane: nobody would ever look at it.
const SPAN_OF_A_LANE: &str = "lane";
/// What waits while the collector is away: some megabytes. What comes when it is full is lost.
const MOST_WAITING: usize = 2_048;
/// Spans in one request.
const BATCH: usize = 512;
/// How long the first span of a batch waits for company.
const GATHER: Duration = Duration::from_secs(1);
/// Events of one span; a call has a handful.
const MOST_EVENTS: u32 = 64;
/// What the end of the process may be held up by the last spans. The last log lines go at the same time.
const FINISH_WITHIN: Duration = Duration::from_secs(1);

/// Who sends.
#[derive(Debug, Clone)]
pub struct Sender {
    /// As traces show it: callscript-server.
    pub service: &'static str,
    /// As leases and log lines name the process.
    pub instance: String,
    /// The crate whose spans are exported.
    pub ours: &'static str,
}

/// Spans on their way to the collector.
pub struct Traces {
    provider: SdkTracerProvider,
}

/// The layer that takes the spans, and what brings them away, on the tokio runtime that this is called on.
///
/// # Errors
/// A sentence, when no client can be made.
pub fn traces<S>(
    settings: &TraceSettings,
    sender: &Sender,
) -> Result<(Box<dyn Layer<S> + Send + Sync>, Traces), String>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let Sender { service, instance, ours } = sender.clone();
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(MOST_WAITING)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(GATHER)
        .build();
    let batches = BatchSpanProcessor::builder(Spans::to(settings)?).with_batch_config(batches).build();
    // Listens to OTEL_RESOURCE_ATTRIBUTES as well.
    let resource = Resource::builder().with_service_name(service).with_attributes([
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", instance),
    ]);
    let provider = SdkTracerProvider::builder()
        .with_span_processor(batches)
        .with_sampler(Sampler::AlwaysOn)
        .with_max_events_per_span(MOST_EVENTS)
        .with_resource(resource.build())
        .build();
    let layer = OpenTelemetryLayer::new(provider.tracer(service))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        // Spans end as they are told to, also after a warning on the way.
        .with_error_events_to_status(false)
        .with_error_events_to_exceptions(false)
        // A parent may be named until the span ends.
        .with_context_activation(false);
    let wanted = Targets::new()
        .with_target(ours, LevelFilter::INFO)
        .and(filter_fn(|metadata| metadata.name() != SPAN_OF_A_LANE));
    Ok((layer.with_filter(wanted).boxed(), Traces { provider }))
}

impl Traces {
    /// Sends what still waits, if the collector takes it at once.
    pub async fn finish(self) {
        let ending = tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(FINISH_WITHIN));
        if !matches!(timeout(FINISH_WITHIN, ending).await, Ok(Ok(Ok(())))) {
            warn!("the last spans did not reach the collector");
        }
    }
}

/// Puts a span into the trace of a call, before anybody has entered it.
pub fn follow_call(span: &Span, call_id: CallId) {
    // There is no such parent: it brings the trace's id, and is taken away again before the span is sent.
    let parent = SpanContext::new(
        trace_id(call_id),
        SpanId::from_bytes([1; 8]),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    // Where no collector is set, nothing is there to be told.
    let _ = span.set_parent(Context::new().with_remote_span_context(parent));
}

/// How the work of the current span ended: with what, or why it failed.
pub fn ended(outcome: Result<&str, &str>) {
    let span = Span::current();
    let (words, status) = match outcome {
        Ok(words) => (words, Status::Ok),
        Err(words) => (words, Status::error(words.to_owned())),
    };
    span.set_attribute("outcome", words.to_owned());
    span.set_status(status);
}

/// The call's number, its decimal digits read as those of the id: people need not convert anything.
fn trace_id(CallId(number): CallId) -> TraceId {
    TraceId::from_hex(&format!("{:032}", number.unsigned_abs())).unwrap_or(TraceId::INVALID)
}
