//! What the lanes read off the answers of foreign services.

use std::time::Duration;

use bytes::BytesMut;
use chrono::{DateTime, Utc};
use reqwest::Response;
use reqwest::header::RETRY_AFTER;

/// A header that asks for more is a mistake, or a trap.
const LONGEST_REST: Duration = Duration::from_hours(1);

/// How long the service wants to be left alone: seconds, or the date until which to wait; an hour at most.
pub fn retry_after(answer: &Response, now: DateTime<Utc>) -> Option<Duration> {
    let text = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wish = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now).to_std().ok()?,
    };
    Some(wish.min(LONGEST_REST))
}

/// The whole body, or `None` where it has more bytes than `largest`.
pub async fn body(answer: &mut Response, largest: usize) -> Result<Option<BytesMut>, reqwest::Error> {
    let announced = usize::try_from(answer.content_length().unwrap_or_default()).unwrap_or(usize::MAX);
    let mut body = BytesMut::with_capacity(announced.min(largest));
    while let Some(piece) = answer.chunk().await? {
        if body.len() + piece.len() > largest {
            return Ok(None);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Some(body))
}
