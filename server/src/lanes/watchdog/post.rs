//! Posting one message: a time limit, some tries, and what the answer means.

use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::{Client, StatusCode, redirect};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::address::Address;
use crate::lanes::clock::{Clock, OnClock};
use crate::lanes::{Context, http_answer};

/// One try, answer included. All tries together stay far below the two minutes that a message is leased for.
const TIMEOUT: Duration = Duration::from_secs(10);
const TRIES_AGAIN: usize = 2;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Why a message did not go through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the channel answered {status}")]
    Status { status: StatusCode, retry_after: Option<Duration> },
    #[error("the channel could not be reached")]
    Unreachable,
    /// It may have been taken nevertheless.
    #[error("the channel did not answer in time")]
    Timeout,
}

impl Refused {
    /// The message itself is refused: every other answer may change, of a webhook that was removed as well.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Status { status, .. }
            if matches!(*status, StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE))
    }

    /// How long the channel wants to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Unreachable | Self::Timeout => None,
        }
    }

    /// Whether it is sent again at once: it was certainly not taken, and the channel did not ask for a rest.
    fn is_sent_again(&self) -> bool {
        match self {
            Self::Status { status, retry_after } => status.is_server_error() && retry_after.is_none(),
            Self::Unreachable => true,
            Self::Timeout => false,
        }
    }
}

/// Posts messages, whatever channel they are for.
pub struct Poster {
    http: Client,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
}

impl Poster {
    pub fn new(context: &Context) -> Result<Self, reqwest::Error> {
        let http = Client::builder().timeout(TIMEOUT).redirect(redirect::Policy::none()).build()?;
        Ok(Self { http, clock: Arc::clone(&context.clock), stop: context.stop.clone() })
    }

    pub async fn post(&self, address: &Address, payload: &Value) -> Result<(), Refused> {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_times(TRIES_AGAIN)
            .with_jitter();
        (|| self.post_once(address, payload))
            .retry(pauses)
            .sleep(OnClock(Arc::clone(&self.clock)))
            .when(|refused| refused.is_sent_again() && !self.stop.is_cancelled())
            .await
    }

    async fn post_once(&self, address: &Address, payload: &Value) -> Result<(), Refused> {
        // Errors of the client hold the address, which is a secret.
        let answer = self.http.post(address.expose()).json(payload).send().await.map_err(|error| {
            if error.is_timeout() && !error.is_connect() { Refused::Timeout } else { Refused::Unreachable }
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        Err(Refused::Status { status, retry_after: http_answer::retry_after(&answer, self.clock.now()) })
    }
}
