//! How a running server ends: in order, and within the time that service managers grant.

use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::Router;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

/// From the signal to the end of the process. The lanes need 25 seconds at most and the review app
/// [`CLOSE_WITHIN`]; this cuts off what hangs all the same. Nothing is lost: leases run out. The last second is
/// for the last log lines and spans.
const END_WITHIN: Duration = Duration::from_secs(28);
/// What requests to the review app get once the lanes have ended. Connections on which nothing was ever asked
/// would otherwise keep it.
const CLOSE_WITHIN: Duration = Duration::from_secs(3);

/// What runs. The review app goes on while the lanes finish what they have in hand: people need not notice.
#[derive(Default)]
pub struct Parts {
    pub lanes: JoinSet<anyhow::Result<()>>,
    pub web: JoinSet<anyhow::Result<()>>,
    /// Asks the lanes to stop.
    pub stop: CancellationToken,
    /// Asks the review app to close.
    pub close: CancellationToken,
}

impl Parts {
    /// Lets the parts run until a signal comes or the last one has ended by itself; then asks the rest
    /// to stop and waits for them.
    pub async fn until_signal_or_end(mut self) -> anyhow::Result<()> {
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let stop = self.stop.clone();
        let too_late = async move {
            stop.cancelled().await;
            tokio::time::sleep(END_WITHIN).await;
        };
        tokio::pin!(too_late);
        let mut failures = 0;
        while !(self.lanes.is_empty() && self.web.is_empty()) {
            let is_stopping = self.stop.is_cancelled();
            if is_stopping && self.lanes.is_empty() {
                self.close.cancel();
            }
            let ended = tokio::select! {
                Some(ended) = self.lanes.join_next() => ended,
                Some(ended) = self.web.join_next() => ended,
                _ = terminate.recv(), if !is_stopping => { self.ask_to_stop(); continue }
                _ = interrupt.recv(), if !is_stopping => { self.ask_to_stop(); continue }
                () = &mut too_late => bail!(
                    "{} lanes and {} servers were cut off after {} s; what they held is taken back in time",
                    self.lanes.len(), self.web.len(), END_WITHIN.as_secs()
                ),
            };
            failures += u32::from(has_failed(ended));
        }
        if failures > 0 {
            bail!("{failures} parts ended although nobody asked them to");
        }
        Ok(())
    }

    fn ask_to_stop(&self) {
        info!("stopping");
        self.stop.cancel();
    }
}

/// Serves until asked to close, and lets requests in hand end.
pub async fn serve_until_closed(
    listener: TcpListener,
    router: Router,
    close: CancellationToken,
) -> anyhow::Result<()> {
    let serving = axum::serve(listener, router).with_graceful_shutdown(close.clone().cancelled_owned());
    let closed = async {
        close.cancelled().await;
        tokio::time::sleep(CLOSE_WITHIN).await;
    };
    tokio::select! {
        ending = serving => ending.context("the review app ended"),
        () = closed => Ok(()),
    }
}

/// One part down is no reason to stop the others.
fn has_failed(ended: Result<anyhow::Result<()>, JoinError>) -> bool {
    match ended {
        Ok(Ok(())) => return false,
        Ok(Err(failure)) => error!("{failure:#}"),
        Err(panic) => error!("a part broke down: {panic}"),
    }
    true
}
