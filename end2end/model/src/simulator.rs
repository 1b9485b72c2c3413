//! Starting and holding a running simulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::behaviour::Behaviour;
use crate::endpoints;
use crate::faults::Faults;
use crate::journal::Recorded;
use crate::world::World;

/// The API key of the demo.
pub const DEMO_KEY: &str = "sk-demo";
/// The model that is listed.
pub const DEMO_MODEL: &str = "demo-judge";

/// How a simulator begins.
#[derive(Debug, Clone)]
pub struct Options {
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The one key that is accepted.
    pub api_key: String,
    /// The one model that is listed; others answer too.
    pub model: String,
    pub behaviour: Behaviour,
}

impl Default for Options {
    /// The demo key on a free port of this machine; no rule has phrases.
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            api_key: DEMO_KEY.to_owned(),
            model: DEMO_MODEL.to_owned(),
            behaviour: Behaviour::default(),
        }
    }
}

/// A running simulator; it stops taking requests when dropped.
pub struct Simulator {
    address: SocketAddr,
    world: Arc<World>,
    _stops_when_dropped: DropGuard,
}

impl Simulator {
    /// Listens, and answers from now on.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(options.listen)
            .await
            .with_context(|| format!("cannot listen on {}", options.listen))?;
        let address = listener.local_addr()?;
        let world = Arc::new(World::new(options));
        let stop = CancellationToken::new();
        let router = endpoints::router(&world);
        let server = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!("the simulator stopped: {error}");
            }
        });
        Ok(Self { address, world, _stops_when_dropped: stop.drop_guard() })
    }

    /// Where the API begins: `http://127.0.0.1:PORT/v1`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.world.faults
    }

    /// Changes how honest answers come about: other readings, another latency.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.world.behaviour());
    }

    /// Answers the requests that are held now; later ones are held anew.
    pub fn let_go(&self) {
        self.world.let_go.notify_waiters();
    }

    /// The requests so far, oldest first, spoiled ones too; those without key or form are not kept.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.world.journal.requests()
    }

    #[must_use]
    pub fn request_count(&self) -> usize {
        self.world.journal.count()
    }

    /// Ends when there have been so many requests in all: the moment to pull a plug.
    pub async fn requested(&self, times: usize) {
        self.world.journal.counted(times).await;
    }

    /// How many requests wait for their answer.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.world.journal.in_flight()
    }

    /// The most that ever waited at once.
    #[must_use]
    pub fn most_in_flight(&self) -> usize {
        self.world.journal.most_in_flight()
    }

    /// Counts from nothing again.
    pub fn forget_requests(&self) {
        self.world.journal.forget();
    }
}
