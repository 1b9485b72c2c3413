//! The running simulator: what it answers, and what it keeps.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::faults::{Fault, Faults};

/// The secret part of the address, in the form of Slack's own.
const SECRET: &str = "T00000000/B00000000/simulated";

/// At which of the two addresses a message arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Slack,
    /// Any other that takes JSON.
    Webhook,
}

/// A message that was answered with success.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivered {
    pub place: Place,
    pub at: Instant,
    pub body: Value,
}

impl Delivered {
    /// What people read in Slack; empty elsewhere.
    #[must_use]
    pub fn text(&self) -> &str {
        self.body["text"].as_str().unwrap_or_default()
    }
}

#[derive(Default)]
struct World {
    faults: Faults,
    delivered: watch::Sender<Vec<Delivered>>,
    /// Requests with the right address, delivered or not.
    requests: watch::Sender<usize>,
}

/// Stops taking requests when dropped; what is under way is cut off.
pub struct Simulator {
    address: SocketAddr,
    world: Arc<World>,
    _stops_when_dropped: DropGuard,
}

impl Simulator {
    /// Listens on a free port of this machine.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// Listens where an earlier one did: it is back.
    pub async fn start_at(listen: SocketAddr) -> anyhow::Result<Self> {
        let listener =
            TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
        let address = listener.local_addr()?;
        let world = Arc::new(World::default());
        let router = Router::new()
            .route("/services/{*secret}", post(take_for_slack))
            .route("/webhook", post(take_json))
            .with_state(Arc::clone(&world));
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move {
            let serve = async move { axum::serve(listener, router).await };
            if let Some(Err(error)) = stopped.run_until_cancelled(serve).await {
                tracing::error!("the simulator stopped: {error}");
            }
        });
        Ok(Self { address, world, _stops_when_dropped: stop.drop_guard() })
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// An incoming webhook.
    #[must_use]
    pub fn slack_url(&self) -> String {
        format!("http://{}/services/{SECRET}", self.address)
    }

    /// An address that takes any JSON.
    #[must_use]
    pub fn webhook_url(&self) -> String {
        format!("http://{}/webhook", self.address)
    }

    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.world.faults
    }

    /// What was taken so far, oldest first.
    #[must_use]
    pub fn delivered(&self) -> Vec<Delivered> {
        self.world.delivered.borrow().clone()
    }

    /// Ends when a message was taken that is the one.
    pub async fn until_delivered(&self, is_it: impl Fn(&Delivered) -> bool) {
        let mut delivered = self.world.delivered.subscribe();
        // The sender lives as long as this borrow of it.
        let _ = delivered.wait_for(|delivered| delivered.iter().any(&is_it)).await;
    }

    #[must_use]
    pub fn requests(&self) -> usize {
        *self.world.requests.borrow()
    }

    /// Ends when there have been so many requests, delivered or not.
    pub async fn until_requested(&self, times: usize) {
        let _ = self.world.requests.subscribe().wait_for(|count| *count >= times).await;
    }
}

async fn take_for_slack(
    State(world): State<Arc<World>>,
    Path(secret): Path<String>,
    body: Bytes,
) -> Response {
    if secret != SECRET {
        return (StatusCode::NOT_FOUND, "no_service").into_response();
    }
    take(&world, Place::Slack, &body).await
}

async fn take_json(State(world): State<Arc<World>>, body: Bytes) -> Response {
    take(&world, Place::Webhook, &body).await
}

async fn take(world: &World, place: Place, body: &Bytes) -> Response {
    world.requests.send_modify(|count| *count += 1);
    match world.faults.take() {
        Some(Fault::RateLimited { retry_after_s }) => {
            let header = [(RETRY_AFTER, retry_after_s.to_string())];
            return (StatusCode::TOO_MANY_REQUESTS, header, "rate_limited").into_response();
        }
        Some(Fault::Status { status }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return (status, "rollup_error").into_response();
        }
        Some(Fault::Never) => return std::future::pending().await,
        None => {}
    }
    let Ok(body @ Value::Object(_)) = serde_json::from_slice(body) else {
        return (StatusCode::BAD_REQUEST, "invalid_payload").into_response();
    };
    let has_text = body["text"].as_str().is_some_and(|text| !text.trim().is_empty());
    if place == Place::Slack && !has_text {
        return (StatusCode::BAD_REQUEST, "no_text").into_response();
    }
    world.delivered.send_modify(|delivered| delivered.push(Delivered { place, at: Instant::now(), body }));
    "ok".into_response()
}
