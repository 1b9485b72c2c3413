//! Answers that are wrong on purpose.

use std::io;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use serde_json::{Map, Value, json};

use crate::faults::RequestFault;

/// One page of an answer, before it is written down.
pub struct Page {
    pub records: Vec<Map<String, Value>>,
    pub is_partial: bool,
}

impl Page {
    /// Works a fault into the page. `Shifted` has been dealt with when the page was cut out, faults
    /// of the whole answer never come here.
    pub fn spoil(&mut self, fault: &RequestFault) {
        match fault {
            RequestFault::PageCut { keep } => self.records.truncate(*keep),
            RequestFault::Partial { keep } => {
                self.records.truncate(*keep);
                self.is_partial = true;
            }
            RequestFault::Duplicates => {
                self.records = self.records.drain(..).flat_map(|record| [record.clone(), record]).collect();
            }
            RequestFault::WrongTypes => self.each_value(|value| match value {
                Value::Number(number) => Value::String(number.to_string()),
                Value::Bool(yes) => Value::String(if yes { "yes" } else { "no" }.to_owned()),
                other => other,
            }),
            RequestFault::MissingKeys { keys } => {
                self.records.iter_mut().for_each(|record| record.retain(|key, _| !keys.contains(key)));
            }
            RequestFault::Nulls { keys } => {
                for record in &mut self.records {
                    record.extend(keys.iter().map(|key| (key.clone(), Value::Null)));
                }
            }
            RequestFault::ExtraKeys => {
                for record in &mut self.records {
                    record.insert("sentimentForecast".to_owned(), json!({"score": 0.5, "tags": ["new"]}));
                }
            }
            RequestFault::Shifted { .. }
            | RequestFault::Status { .. }
            | RequestFault::Stall { .. }
            | RequestFault::Cut { .. }
            | RequestFault::Garbage => {}
        }
    }

    fn each_value(&mut self, change: impl Fn(Value) -> Value) {
        for value in self.records.iter_mut().flat_map(|record| record.values_mut()) {
            *value = change(value.take());
        }
    }
}

/// A bare status, as a proxy in front of the API would send it.
pub fn status(status: u16, retry_after_s: Option<u64>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, status.canonical_reason().unwrap_or_default()).into_response();
    if let Some(seconds) = retry_after_s {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

pub fn garbage() -> Response {
    ([(CONTENT_TYPE, "application/json")], "{\"isSuccessful\": true, \"report\": {\"recor\u{0}\u{fffd}")
        .into_response()
}

/// The answer with its full length announced and the connection closed early.
pub async fn cut(whole: Response, after_bytes: usize) -> Response {
    let (parts, body) = whole.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = Response::from_parts(parts, cut_body(stream::iter([Ok(bytes.clone())]), after_bytes));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    response
}

/// The first bytes of a body, then an error, at which the server closes the connection.
pub fn cut_body(whole: impl Stream<Item = io::Result<Bytes>> + Send + 'static, keep_bytes: usize) -> Body {
    let start = whole.scan(keep_bytes, |left, chunk| {
        let chunk = chunk.map(|bytes| bytes.slice(..bytes.len().min(*left)));
        *left -= chunk.as_ref().map_or(*left, Bytes::len);
        let is_over = chunk.as_ref().is_ok_and(Bytes::is_empty);
        std::future::ready((!is_over).then_some(chunk))
    });
    let end = stream::once(async {
        // The server sends what it has when the body has nothing more for now.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    Body::from_stream(start.chain(end))
}

/// A body at a steady pace.
pub fn slow_body(
    whole: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    bytes_per_second: usize,
) -> Body {
    Body::from_stream(whole.then(move |chunk| async move {
        let bytes = chunk.as_ref().map_or(0, Bytes::len);
        #[expect(clippy::cast_precision_loss, reason = "chunks are small")]
        tokio::time::sleep(Duration::from_secs_f64(bytes as f64 / bytes_per_second.max(1) as f64)).await;
        chunk
    }))
}
