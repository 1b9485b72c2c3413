//! The running simulator: what it answers, and what it keeps.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::span::{ReceivedSpan, spans_of};

const PROTOBUF: &str = "application/x-protobuf";

/// How every request is answered instead.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    Status {
        status: u16,
    },
    /// The connection stays open and nothing comes.
    Never,
}

#[derive(Default)]
struct World {
    fault: watch::Sender<Option<Fault>>,
    taken: watch::Sender<Vec<ReceivedSpan>>,
    /// The bodies that were taken, one after the other.
    bytes: watch::Sender<Vec<u8>>,
    /// What each request, taken or not, said in `authorization`.
    authorizations: watch::Sender<Vec<Option<String>>>,
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
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("cannot listen")?;
        let address = listener.local_addr()?;
        let world = Arc::new(World::default());
        let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&world));
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

    /// Above /v1/traces, as the settings want it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on; nothing is as it should be.
    pub fn always(&self, fault: Option<Fault>) {
        self.world.fault.send_replace(fault);
    }

    /// What was taken so far, oldest first.
    #[must_use]
    pub fn spans(&self) -> Vec<ReceivedSpan> {
        self.world.taken.borrow().clone()
    }

    /// Everything that was taken, as it came.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.world.bytes.borrow().clone()
    }

    /// Of each request, taken or not.
    #[must_use]
    pub fn authorizations(&self) -> Vec<Option<String>> {
        self.world.authorizations.borrow().clone()
    }

    /// Ends when a span was taken that is the one, and gives it.
    pub async fn until_taken(&self, is_it: impl Fn(&ReceivedSpan) -> bool) -> ReceivedSpan {
        let mut taken = self.world.taken.subscribe();
        // The sender lives as long as this borrow of it.
        let _ = taken.wait_for(|spans| spans.iter().any(&is_it)).await;
        self.spans().into_iter().find(is_it).expect("it is there")
    }

    /// Ends when there have been so many requests, taken or not.
    pub async fn until_requested(&self, times: usize) {
        let _ = self.world.authorizations.subscribe().wait_for(|all| all.len() >= times).await;
    }
}

async fn take(State(world): State<Arc<World>>, headers: HeaderMap, body: Bytes) -> Response {
    let of = |name| headers.get(name).and_then(|value| value.to_str().ok());
    world.authorizations.send_modify(|all| all.push(of(AUTHORIZATION).map(str::to_owned)));
    let fault = *world.fault.borrow();
    match fault {
        Some(Fault::Status { status }) => {
            return StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        }
        Some(Fault::Never) => return std::future::pending().await,
        None => {}
    }
    if of(CONTENT_TYPE) != Some(PROTOBUF) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let Ok(request) = ExportTraceServiceRequest::decode(body.clone()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    world.bytes.send_modify(|bytes| bytes.extend_from_slice(&body));
    world.taken.send_modify(|spans| spans.extend(spans_of(request)));
    let answer = ExportTraceServiceResponse::default().encode_to_vec();
    ([(CONTENT_TYPE, PROTOBUF)], answer).into_response()
}
