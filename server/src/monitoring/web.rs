//! `/metrics`, `/healthz` and `/readyz` on an address of their own, which need not be open to people.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::routing::get;
use supabase_client::http::Api;
use tokio::net::TcpListener;
use tracing::{error, info, warn};

use super::metrics;
use super::readiness::{Readiness, healthz, readyz};

/// Serves until the process ends, also while it drains. `lanes` speaks with the secret key; a process that
/// has none tells nothing of the lanes.
pub async fn serve(address: SocketAddr, readiness: Arc<Readiness>, lanes: Option<Api>) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("CALLSCRIPT_SERVER_MONITORING_LISTEN: cannot listen on {address}; is the port taken?")
    })?;
    info!("metrics are at http://{}/metrics", listener.local_addr().unwrap_or(address));
    let scraped = Arc::clone(&readiness);
    let routes = Router::new()
        .route("/metrics", get(async move || scrape(&scraped, lanes.as_ref()).await))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .with_state(readiness);
    tokio::spawn(async move {
        if let Err(failure) = axum::serve(listener, routes).await {
            error!(error = %failure, "metrics are served no more");
        }
    });
    Ok(())
}

async fn scrape(readiness: &Readiness, lanes: Option<&Api>) -> String {
    let answers = readiness.supabase_answers().await;
    let report = match lanes {
        Some(api) if answers => api.lane_report().await,
        _ => Ok(Vec::new()),
    };
    let report = report.unwrap_or_else(|failure| {
        warn!(error = %failure, "the lanes could not be counted");
        Vec::new()
    });
    metrics::render(answers, &report)
}
