//! A server with fixed answers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use supabase_client::http::{Supabase, SupabaseConfig};
use tokio::sync::Notify;

/// The secret key of the tests, in the new form.
pub const KEY: &str = "sb_secret_test";

/// One received request: what the tests look at.
#[derive(Clone, Debug)]
pub struct Seen {
    pub line: String,
    pub authorization: Option<String>,
    pub apikey: Option<String>,
    pub profile: Option<String>,
    pub body: String,
}

#[derive(Clone)]
pub struct Server {
    pub supabase: Supabase,
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    answered: Arc<Notify>,
}

impl Server {
    /// Gives the answers in turn, and 500 when there are no more.
    pub async fn start(answers: impl IntoIterator<Item = (u16, &str)>) -> Self {
        Self::start_with_key(KEY, answers).await
    }

    pub async fn start_with_key(key: &str, answers: impl IntoIterator<Item = (u16, &str)>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let supabase =
            Supabase::new(SupabaseConfig { url: url.parse().unwrap(), api_key: key.to_owned().into() })
                .unwrap();
        let answers = answers.into_iter().map(|(status, body)| (status, body.to_owned())).collect();
        let server = Self {
            supabase,
            answers: Arc::new(Mutex::new(answers)),
            seen: Arc::default(),
            answered: Arc::default(),
        };
        let router = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    /// A client of whatever listens there.
    pub fn at(listener: &std::net::TcpListener) -> Supabase {
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        Supabase::new(SupabaseConfig { url, api_key: KEY.to_owned().into() }).unwrap()
    }

    /// Waits for so many requests.
    pub async fn seen_all(&self, requests: usize) {
        while self.seen().len() < requests {
            self.answered.notified().await;
        }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn answer(State(server): State<Server>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let header = |name: &str| head.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let mut seen = Seen {
        line: format!("{} {}", head.method, head.uri),
        authorization: header("authorization"),
        apikey: header("apikey"),
        profile: header("content-profile"),
        body: String::new(),
    };
    seen.body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    server.seen.lock().unwrap().push(seen);
    server.answered.notify_one();
    let (status, body) = server.answers.lock().unwrap().pop_front().unwrap_or((500, String::new()));
    (StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], body).into_response()
}
