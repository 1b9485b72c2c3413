//! A bad road between the lanes and Supabase: answers that never come, and answers that get lost after
//! the work was done.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, HOST};
use axum::response::{IntoResponse, Response};
use futures::stream;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewayFault {
    /// It gets nowhere: 503.
    Refused,
    /// It is done, and nobody learns of it.
    ReplyLost,
}

/// Which requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Rest,
    Storage,
}

#[derive(Clone)]
struct Road {
    to: String,
    http: reqwest::Client,
    planned: Arc<Mutex<VecDeque<(Service, GatewayFault)>>>,
}

/// A running gateway; it stops when dropped.
pub struct Gateway {
    pub url: String,
    road: Road,
    _stops_when_dropped: DropGuard,
}

impl Gateway {
    pub async fn start(to: String) -> Self {
        let road = Road { to, http: reqwest::Client::new(), planned: Arc::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let router = Router::new().fallback(pass_on).with_state(road.clone());
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
        Self { url, road, _stops_when_dropped: stop.drop_guard() }
    }

    /// The next `times` requests of a service.
    pub fn spoil(&self, service: Service, times: usize, fault: GatewayFault) {
        self.road.planned().extend(std::iter::repeat_n((service, fault), times));
    }

    pub fn clear(&self) {
        self.road.planned().clear();
    }
}

impl Road {
    fn planned(&self) -> std::sync::MutexGuard<'_, VecDeque<(Service, GatewayFault)>> {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault_of(&self, service: Service) -> Option<GatewayFault> {
        let mut planned = self.planned();
        let place = planned.iter().position(|(of, _)| *of == service)?;
        planned.remove(place).map(|(_, fault)| fault)
    }
}

async fn pass_on(State(road): State<Road>, request: Request) -> Response {
    let storage = request.uri().path().starts_with("/storage/");
    let fault = road.fault_of(if storage { Service::Storage } else { Service::Rest });
    if fault == Some(GatewayFault::Refused) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let (parts, body) = request.into_parts();
    let url = format!("{}{}", road.to, parts.uri);
    let mut onward = road.http.request(parts.method, url);
    for (name, value) in parts.headers.iter().filter(|(name, _)| **name != HOST) {
        onward = onward.header(name, value);
    }
    let Ok(answer) = onward.body(reqwest::Body::wrap_stream(body.into_data_stream())).send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    if fault == Some(GatewayFault::ReplyLost) {
        let _ = answer.bytes().await;
        // Announced and never sent: the connection ends.
        let nothing =
            stream::once(async { Err::<&[u8], _>(io::Error::from(io::ErrorKind::ConnectionAborted)) });
        return ([(CONTENT_LENGTH, "1")], Body::from_stream(nothing)).into_response();
    }
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    response.body(Body::from_stream(answer.bytes_stream())).unwrap()
}
