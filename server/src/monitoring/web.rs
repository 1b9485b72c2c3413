//! `/metrics`, `/healthz` and `/readyz` on an address of their own, which need not be open to people.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::routing::get;
use supabase_client::http::Api;
use supabase_client::model_use::ModelLimits;
use tokio::net::TcpListener;
use tracing::{error, info, warn};

use super::metrics;
use super::readiness::{Readiness, healthz, readyz};

/// Serves until the process ends, also while it drains. `service` speaks with the secret key; a process that
/// has none tells nothing of what the database counts. The limits of the language model are this server's own.
pub async fn serve(
    address: SocketAddr,
    readiness: Arc<Readiness>,
    service: Option<Api>,
    limits: ModelLimits,
) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("CALLSCRIPT_SERVER_MONITORING_LISTEN: cannot listen on {address}; is the port taken?")
    })?;
    info!("metrics are at http://{}/metrics", listener.local_addr().unwrap_or(address));
    let scraped = Arc::clone(&readiness);
    let routes = Router::new()
        .route("/metrics", get(async move || scrape(&scraped, service.as_ref(), limits).await))
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

async fn scrape(readiness: &Readiness, service: Option<&Api>, limits: ModelLimits) -> String {
    let answers = readiness.supabase_answers().await;
    let counted = match service {
        Some(api) if answers => api.metrics().await.map(Some),
        _ => Ok(None),
    };
    let counted = counted.unwrap_or_else(|failure| {
        warn!(error = %failure, "the database's numbers could not be read");
        None
    });
    metrics::render(answers, counted.as_ref(), limits)
}
