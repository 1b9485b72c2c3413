//! `/metrics`, `/healthz` and `/readyz`.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tracing::{error, info};

use super::{State, metrics};

/// Serves until the process ends.
pub async fn serve(address: SocketAddr, counted: PrometheusHandle, state: Arc<State>) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("CALLSCRIPT_WORKER_LISTEN={address} cannot be listened on"))?;
    info!(address = %listener.local_addr().unwrap_or(address), "serving metrics");
    let (lives, ready) = (Arc::clone(&state), Arc::clone(&state));
    let scrape = move || {
        if let Some(engine) = state.engine.get() {
            metrics::engine(engine);
        }
        // Old samples of histograms are folded into their buckets.
        counted.run_upkeep();
        std::future::ready(counted.render())
    };
    let probe = |well: bool, ill: &'static str| {
        if well { (StatusCode::OK, "ok\n") } else { (StatusCode::SERVICE_UNAVAILABLE, ill) }
    };
    let routes = Router::new()
        .route("/metrics", get(scrape))
        .route("/healthz", get(async move || probe(lives.lives(), "the engine hangs\n")))
        .route("/readyz", get(async move || probe(ready.ready(), "not claiming calls\n")));
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, routes).await {
            error!(%error, "metrics are served no more");
        }
    });
    Ok(())
}
