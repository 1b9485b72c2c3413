//! `GET /recording-public?v=v1&k=…`: the sound of a call, for whoever has the link.
//!
//! Ranges are not served: whoever wants a part gets the whole.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{StreamExt, stream};
use serde::Deserialize;
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use crate::faults::{Endpoint, RecordingFault};
use crate::record::{call_of_recording_key, linked_at};
use crate::spoiled;
use crate::world::World;

#[derive(Debug, Deserialize)]
pub struct Link {
    k: String,
}

pub async fn recording(State(world): State<Arc<World>>, Query(link): Query<Link>) -> Response {
    world.count_request(Endpoint::Recording);
    let Some(call) = call_of_recording_key(&link.k)
        .and_then(|id| world.read(|ledger, now| ledger.get(&id).cloned().map(|call| (call, now))))
        .filter(|(call, now)| linked_at(call).is_some_and(|linked_at| linked_at <= *now))
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (call, now) = call;
    if now > call.end + world.options.link_lifetime {
        return StatusCode::GONE.into_response();
    }
    let Some(path) = call.recording else { return StatusCode::NOT_FOUND.into_response() };
    tokio::time::sleep(world.options.recording_latency).await;
    let fault = world.faults.take_recording(&call.id);
    serve(&path, fault).await.unwrap_or_else(|error| {
        tracing::error!("the recording of a call cannot be read: {error}");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    })
}

async fn serve(path: &Path, fault: Option<RecordingFault>) -> std::io::Result<Response> {
    let file = File::open(path).await?;
    let length = file.metadata().await?.len();
    let sound = ReaderStream::new(file);
    let content_type = content_type(path);
    Ok(match fault {
        None => audio(content_type, Some(length), Body::from_stream(sound)),
        Some(RecordingFault::Missing) => StatusCode::NOT_FOUND.into_response(),
        Some(RecordingFault::Expired) => StatusCode::GONE.into_response(),
        Some(RecordingFault::Status { status }) => spoiled::status(status, None),
        Some(RecordingFault::Truncated { keep_bytes }) => {
            audio(content_type, Some(length), spoiled::cut_body(sound, keep_bytes))
        }
        Some(RecordingFault::Empty) => audio(content_type, Some(0), Body::empty()),
        Some(RecordingFault::Html) => {
            ([(CONTENT_TYPE, "text/html")], "<!doctype html><title>Sign in</title><p>Please sign in.")
                .into_response()
        }
        Some(RecordingFault::NotAudio) => {
            let text = "This is a sentence and not a sound. ".repeat(1000);
            audio(content_type, Some(text.len() as u64), text.into())
        }
        Some(RecordingFault::Endless) => {
            let noise = Bytes::from_static(&[0x55; 16 * 1024]);
            audio(
                content_type,
                None,
                Body::from_stream(sound.chain(stream::repeat_with(move || Ok(noise.clone())))),
            )
        }
        Some(RecordingFault::Redirect { url }) => (StatusCode::FOUND, [(LOCATION, url)]).into_response(),
        Some(RecordingFault::Slow { bytes_per_second }) => {
            audio(content_type, Some(length), spoiled::slow_body(sound, bytes_per_second))
        }
    })
}

fn audio(content_type: &'static str, length: Option<u64>, body: Body) -> Response {
    let mut response = ([(CONTENT_TYPE, content_type), (ACCEPT_RANGES, "none")], body).into_response();
    if let Some(length) = length {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

fn content_type(path: &Path) -> &'static str {
    if path.extension().is_some_and(|extension| extension == "wav") { "audio/wav" } else { "audio/mpeg" }
}
