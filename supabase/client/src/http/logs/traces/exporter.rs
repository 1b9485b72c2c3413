//! From finished spans to requests.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use opentelemetry::trace::SpanId;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter as OtlpExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use reqwest::Client;
use tokio::runtime::Handle;
use tracing::warn;

use super::TraceSettings;

/// All tries for one batch; the last one may take the client's own limit longer.
const EXPORT_WITHIN: Duration = Duration::from_secs(5);
/// How often it is said that spans are lost.
const SAY_EVERY: Duration = Duration::from_mins(1);
/// An answer has a few bytes; more are not read.
const MOST_ANSWER_BYTES: usize = 64 * 1024;

/// Sends spans, and tells itself what could not be sent: nobody else learns of it.
#[derive(Debug)]
pub struct Spans {
    otlp: OtlpExporter,
    lost: Mutex<Lost>,
}

/// Since it was last said.
#[derive(Debug, Default)]
struct Lost {
    spans: usize,
    said: Option<Instant>,
}

impl Spans {
    pub fn to(settings: &TraceSettings) -> Result<Self, String> {
        let client = HttpOnRuntime { client: settings.client()?, runtime: Handle::current() };
        let otlp = OtlpExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(settings.url.as_str())
            .with_timeout(EXPORT_WITHIN)
            .build()
            .map_err(|error| format!("Spans cannot be exported: {error}."))?;
        Ok(Self { otlp, lost: Mutex::default() })
    }
}

impl SpanExporter for Spans {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().for_each(tidy);
        let spans = batch.len();
        let Err(failure) = self.otlp.export(batch).await else { return Ok(()) };
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.spans += spans;
        if lost.said.is_none_or(|said| said.elapsed() >= SAY_EVERY) {
            warn!(spans = lost.spans, error = %failure, "spans are lost: the collector does not take them");
            *lost = Lost { spans: 0, said: Some(Instant::now()) };
        }
        Ok(())
    }

    fn shutdown_with_timeout(&self, limit: Duration) -> OTelSdkResult {
        self.otlp.shutdown_with_timeout(limit)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.otlp.set_resource(resource);
    }
}

/// Names a span by its lane, and takes away the parent that brought the id of the call's trace: those that show
/// traces would wait for it.
fn tidy(span: &mut SpanData) {
    if span.parent_span_is_remote {
        (span.parent_span_id, span.parent_span_is_remote) = (SpanId::INVALID, false);
    }
    if let Some(lane) = span.attributes.iter().find(|attribute| attribute.key.as_str() == "lane") {
        span.name = format!("{} {}", lane.value.as_str(), span.name).into();
    }
}

/// The batches are exported on a thread of their own; the client needs tokio's.
#[derive(Debug)]
struct HttpOnRuntime {
    client: Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for HttpOnRuntime {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        self.runtime.spawn(send(self.client.clone(), request)).await?
    }
}

async fn send(client: Client, request: reqwest::Request) -> Result<Response<Bytes>, HttpError> {
    let mut answer = client.execute(request).await?;
    let mut response = Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        headers.clone_from(answer.headers());
    }
    let mut body = Vec::new();
    while let Some(bytes) = answer.chunk().await? {
        if body.len() + bytes.len() > MOST_ANSWER_BYTES {
            return Err("the answer is too large".into());
        }
        body.extend_from_slice(&bytes);
    }
    Ok(response.body(body.into())?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::SystemTime;

    use collector_simulator::{Fault, Simulator};
    use opentelemetry::InstrumentationScope;
    use opentelemetry::trace::{SpanContext, SpanKind, Status};
    use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};

    use super::*;

    fn span() -> SpanData {
        SpanData {
            span_context: SpanContext::NONE,
            parent_span_id: SpanId::INVALID,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: "call".into(),
            start_time: SystemTime::UNIX_EPOCH,
            end_time: SystemTime::UNIX_EPOCH,
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: InstrumentationScope::default(),
        }
    }

    #[tokio::test]
    async fn what_is_lost_is_said_once_a_minute() {
        let said = tempfile::NamedTempFile::new().unwrap();
        let writer = Arc::new(said.reopen().unwrap());
        let log = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).finish();
        let _guard = tracing::subscriber::set_default(log);
        let collector = Simulator::start().await.unwrap();
        collector.always(Some(Fault::Status { status: 500 }));
        let settings =
            TraceSettings::read(("URL", Some(collector.url().parse().unwrap())), ("HEADERS", None), false);
        let spans = Spans::to(&settings.unwrap().unwrap()).unwrap();
        for _ in 0..3 {
            spans.export(vec![span(), span()]).await.unwrap();
        }
        spans.lost.lock().unwrap().said = Instant::now().checked_sub(SAY_EVERY);
        spans.export(vec![span()]).await.unwrap();
        let said = std::fs::read_to_string(said.path()).unwrap();
        let lost: Vec<_> = said.lines().map(|line| line.split_once(" spans=").unwrap().1).collect();
        let status = "error=Operation failed: HTTP export failed with status code: 500";
        assert_eq!(lost, [format!("2 {status}"), format!("5 {status}")]);
        assert_eq!(collector.authorizations().len(), 4);
    }
}
