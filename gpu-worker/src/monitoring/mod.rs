//! The worker seen from outside: metrics, and whether it lives and is ready.

pub mod metrics;
mod web;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use crate::engine::busy::Busy;

/// What the probes ask about. Nothing is served without an address.
pub struct Monitoring {
    state: Arc<State>,
}

struct State {
    /// Cancelled when the worker takes no more calls.
    ending: CancellationToken,
    ready: AtomicBool,
    engine: OnceLock<Arc<Busy>>,
}

impl Monitoring {
    /// Serves from now on, so that a worker that is still loading its model says so.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(listen: Option<SocketAddr>, ending: CancellationToken) -> anyhow::Result<Self> {
        let state = State { ending, ready: AtomicBool::new(false), engine: OnceLock::new() };
        let state = Arc::new(state);
        if let Some(address) = listen {
            web::serve(address, metrics::install()?, Arc::clone(&state)).await?;
        }
        Ok(Self { state })
    }

    /// The engine is loaded.
    pub fn watch(&self, engine: &Arc<Busy>) {
        // Set once, by the one who loads the engine.
        let _ = self.state.engine.set(Arc::clone(engine));
    }

    /// The worker is signed in and claims calls.
    pub fn is_ready(&self) {
        self.state.ready.store(true, Ordering::Relaxed);
    }
}

impl State {
    /// A slot that hangs is cured by a restart only.
    fn lives(&self) -> bool {
        !self.engine.get().is_some_and(|engine| engine.hangs())
    }

    fn ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed) && !self.ending.is_cancelled()
    }
}
