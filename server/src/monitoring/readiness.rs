//! `/healthz` and `/readyz`, for probes and load balancers.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use http::StatusCode;
use supabase_client::http::{Api, Error};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Anybody may ask the review app; Supabase is asked no more often than this.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// Whether this server should be sent work: Supabase answers, and nobody has asked the server to stop.
pub struct Readiness {
    api: Api,
    stop: CancellationToken,
    /// Held while asking, so that probes that come together share one answer.
    last: Mutex<Option<Look>>,
}

#[derive(Clone, Copy)]
struct Look {
    at: Instant,
    answers: bool,
}

impl Readiness {
    pub fn new(api: Api, stop: CancellationToken) -> Arc<Self> {
        Arc::new(Self { api, stop, last: Mutex::default() })
    }

    pub async fn supabase_answers(&self) -> bool {
        let mut last = self.last.lock().await;
        match *last {
            Some(Look { at, answers }) if at.elapsed() < ASK_EVERY => answers,
            before => {
                let answer = self.api.reach().await;
                // A publishable key is answered with a refusal.
                let answers = matches!(answer, Ok(()) | Err(Error::Forbidden));
                // Said once, and not at every probe.
                match (before.is_none_or(|look| look.answers), answer) {
                    (true, Err(failure)) if !answers => {
                        warn!(error = %failure, "not ready: Supabase does not answer as it should");
                    }
                    (false, _) if answers => info!("ready: Supabase answers"),
                    _ => {}
                }
                *last = Some(Look { at: Instant::now(), answers });
                answers
            }
        }
    }

    async fn ill(&self) -> Option<&'static str> {
        if self.stop.is_cancelled() {
            Some("stopping\n")
        } else if self.supabase_answers().await {
            None
        } else {
            Some("Supabase does not answer\n")
        }
    }
}

/// The process runs. What else ails it, no restart would cure.
pub async fn healthz() -> &'static str {
    "ok\n"
}

pub async fn readyz(State(readiness): State<Arc<Readiness>>) -> (StatusCode, &'static str) {
    match readiness.ill().await {
        None => (StatusCode::OK, "ok\n"),
        Some(ill) => (StatusCode::SERVICE_UNAVAILABLE, ill),
    }
}
