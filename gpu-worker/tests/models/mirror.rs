//! A mirror that can misbehave: each request gets the next answer of a script, and is remembered.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_RANGE, LOCATION, RANGE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, StreamExt};
use tokio::net::TcpListener;
use url::Url;

/// One answer. Where the script has ended, the file is served as a good server does.
#[derive(Debug, Clone)]
pub enum Answer {
    Good,
    /// The connection ends after so many bytes of the answer.
    Cut(usize),
    /// Nothing more comes after so many bytes, and the connection stays.
    Stall(usize),
    /// The whole file, whatever range was asked for; the connection ends after so many bytes.
    IgnoreRange {
        cut: Option<usize>,
    },
    /// Another part than the one that was asked for.
    OtherPart,
    Status(StatusCode),
    /// These bytes as the whole file.
    Bytes(Vec<u8>),
    /// These bytes, without saying how many.
    Unannounced(Vec<u8>),
    Redirect(String),
    /// The file, once the test allows it.
    Held(Arc<tokio::sync::Semaphore>),
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub path: String,
    pub range: Option<String>,
    pub if_range: Option<String>,
}

#[derive(Clone)]
pub struct Mirror {
    pub url: Url,
    shared: Arc<Shared>,
}

struct Shared {
    content: Vec<u8>,
    mark: Mutex<HeaderValue>,
    script: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Asked>>,
}

impl Mirror {
    pub async fn start(content: &[u8], script: impl IntoIterator<Item = Answer>) -> Self {
        let shared = Arc::new(Shared {
            content: content.to_vec(),
            mark: Mutex::new(HeaderValue::from_static("\"first\"")),
            script: Mutex::new(script.into_iter().collect()),
            asked: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url: format!("http://{address}/models").parse().expect("an address"), shared }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("alive").clone()
    }

    /// From now on the file has another `ETag`.
    pub fn mark(&self, mark: &'static str) {
        *self.shared.mark.lock().expect("alive") = HeaderValue::from_static(mark);
    }
}

async fn answer(State(shared): State<Arc<Shared>>, address: Uri, headers: HeaderMap) -> Response {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let asked = Asked { path: address.path().to_owned(), range: text(RANGE), if_range: text(IF_RANGE) };
    shared.asked.lock().expect("alive").push(asked.clone());
    let answer = shared.script.lock().expect("alive").pop_front().unwrap_or(Answer::Good);
    match answer {
        Answer::Good => shared.part(&asked, End::Whole),
        Answer::Cut(bytes) => shared.part(&asked, End::Cut(bytes)),
        Answer::Stall(bytes) => shared.part(&asked, End::Stall(bytes)),
        Answer::IgnoreRange { cut } => {
            let end = cut.map_or(End::Whole, End::Cut);
            shared.response(StatusCode::OK, HeaderMap::new(), shared.content.clone(), end)
        }
        Answer::OtherPart => {
            let length = shared.content.len();
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_RANGE, value(&format!("bytes 0-{}/{length}", length - 1)));
            let content = shared.content.clone();
            shared.response(StatusCode::PARTIAL_CONTENT, headers, content, End::Whole)
        }
        Answer::Status(status) => status.into_response(),
        Answer::Bytes(bytes) => shared.response(StatusCode::OK, HeaderMap::new(), bytes, End::Whole),
        Answer::Unannounced(bytes) => {
            Body::from_stream(stream::iter([Ok::<_, io::Error>(Bytes::from(bytes))])).into_response()
        }
        Answer::Redirect(to) => (StatusCode::FOUND, [(LOCATION, to)]).into_response(),
        Answer::Held(gate) => {
            gate.acquire().await.expect("open").forget();
            shared.part(&asked, End::Whole)
        }
    }
}

enum End {
    Whole,
    Cut(usize),
    Stall(usize),
}

impl Shared {
    /// As a good server does it: a range if there is one and the file is still the same.
    fn part(&self, asked: &Asked, end: End) -> Response {
        let mark = self.mark.lock().expect("alive").clone();
        let is_same = asked.if_range.as_ref().is_none_or(|known| known.as_bytes() == mark.as_bytes());
        let range = asked.range.as_deref().filter(|_| is_same);
        let start: usize = range.map_or(0, |range| {
            let start = range.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
            start.expect("an open range").parse().expect("a number")
        });
        let length = self.content.len();
        if start >= length {
            return StatusCode::RANGE_NOT_SATISFIABLE.into_response();
        }
        let mut headers = HeaderMap::new();
        let status = if range.is_some() {
            headers.insert(CONTENT_RANGE, value(&format!("bytes {start}-{}/{length}", length - 1)));
            StatusCode::PARTIAL_CONTENT
        } else {
            StatusCode::OK
        };
        self.response(status, headers, self.content[start..].to_vec(), end)
    }

    fn response(&self, status: StatusCode, mut headers: HeaderMap, content: Vec<u8>, end: End) -> Response {
        headers.insert(CONTENT_LENGTH, value(&content.len().to_string()));
        headers.insert(ACCEPT_RANGES, value("bytes"));
        headers.insert(ETAG, self.mark.lock().expect("alive").clone());
        let first = |bytes: usize| {
            let bytes = Bytes::from(content[..bytes].to_vec());
            // A turn later, so that what was given is on its way before the end comes.
            stream::iter([Ok::<_, io::Error>(bytes)])
                .chain(stream::once(tokio::task::yield_now()).filter_map(|()| async { None }))
        };
        let body = match end {
            End::Whole => Body::from(content),
            End::Cut(bytes) => {
                Body::from_stream(first(bytes).chain(stream::iter([Err(io::Error::other("cut"))])))
            }
            End::Stall(bytes) => Body::from_stream(first(bytes).chain(stream::pending())),
        };
        (status, headers, body).into_response()
    }
}

fn value(text: &str) -> HeaderValue {
    text.parse().expect("a header")
}
