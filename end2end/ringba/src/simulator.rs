//! Starting and holding a running simulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use call_truth::LabelledCall;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::clock::Clock;
use crate::endpoints;
use crate::faults::{Endpoint, Faults};
use crate::ledger::Ledger;
use crate::world::World;

/// The account of the demo.
pub const DEMO_ACCOUNT: &str = "RA0000000000000000000000000000demo";
/// The API token of the demo.
pub const DEMO_TOKEN: &str = "demo-token";

/// How a simulator behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The one account that exists.
    pub account: String,
    /// The one API token that is accepted.
    pub token: String,
    pub clock: Clock,
    /// How long after hang-up a recording link answers; then it is 410. Ringba names no such time.
    pub link_lifetime: Duration,
    /// How long a recording's first byte is on its way.
    pub recording_latency: Duration,
    /// Recordings from which new calls can be made, by `/control/calls` and by `repeat_every`.
    pub recordings: Vec<LabelledCall>,
    /// How often all `recordings` come again as new calls, counted from the start.
    pub repeat_every: Option<Duration>,
    /// Where the ledger is kept, so that a restarted simulator still knows the calls it told of.
    pub ledger_file: Option<PathBuf>,
}

impl Default for Options {
    /// The demo account on a free port of this machine, in real time, links alive for a day.
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            account: DEMO_ACCOUNT.to_owned(),
            token: DEMO_TOKEN.to_owned(),
            clock: Clock::default(),
            link_lifetime: Duration::from_hours(24),
            recording_latency: Duration::ZERO,
            recordings: Vec::new(),
            repeat_every: None,
            ledger_file: None,
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
    pub async fn start(ledger: Ledger, options: Options) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(options.listen)
            .await
            .with_context(|| format!("cannot listen on {}", options.listen))?;
        let address = listener.local_addr()?;
        let world = Arc::new(World::new(ledger, options, format!("http://{address}"))?);
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

    /// Where Ringba's API begins: `http://127.0.0.1:PORT/v2`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v2", self.address)
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.world.faults
    }

    /// The ledger as it is now.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.world.read(|ledger, _| ledger.clone())
    }

    /// Changes the ledger under the running simulator: adds calls, corrects a payout.
    pub fn change_ledger<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> anyhow::Result<T> {
        self.world.change(change)
    }

    /// How many requests an endpoint has had, refused and spoiled ones too.
    #[must_use]
    pub fn requests(&self, endpoint: Endpoint) -> usize {
        self.world.requests(endpoint)
    }

    /// Ends when an endpoint has had so many requests in all: the moment to pull a plug.
    pub async fn requested(&self, endpoint: Endpoint, times: usize) {
        self.world.requested(endpoint, times).await;
    }
}
