//! Recordings in the private bucket. Bytes flow through as streams, in both directions; nothing
//! here holds a whole file.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use reqwest::{Body, Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;
use url::Url;

use super::error::{Error, within};
use super::rest::{Api, Repeat};

/// The bucket of the original recordings.
const BUCKET: &str = "recordings";
/// Longest wait for a short answer, and for the first byte of a long one.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest pause inside a transfer. A transfer as a whole has no limit: recordings have any size.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest wait after the last byte of an upload, while Storage writes it away.
const UPLOAD_ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// How much of a file is read at once.
const FILE_PIECE_BYTES: u64 = 256 * 1024;

/// The bucket `recordings`, as whoever the [`Api`] speaks for.
#[derive(Clone, Debug)]
pub struct Storage {
    api: Api,
}

/// What Storage knows about one object.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ObjectInfo {
    /// Bytes.
    pub size: i64,
    pub content_type: String,
    /// Another one with every upload.
    pub version: String,
}

/// What Storage knows about the bucket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BucketInfo {
    /// Whether everybody may read what lies in it.
    pub public: bool,
}

impl Storage {
    pub(super) fn new(api: Api) -> Self {
        Self { api }
    }

    /// Stores an object, replacing what lay at the path before. With a length, Storage refuses an
    /// object that is too large before the first byte.
    ///
    /// Never repeated, not even when the session turns out to be over: a stream can be read once.
    /// [`Storage::upload_file`] can begin again.
    pub async fn upload(
        &self,
        path: &str,
        content_type: &str,
        length: Option<u64>,
        body: impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static,
    ) -> Result<(), Error> {
        let url = self.url(&["object", BUCKET], path)?;
        let body = Mutex::new(Some(body));
        self.api
            .repeated(Repeat::Never, |token| {
                let body = body.lock().unwrap_or_else(PoisonError::into_inner).take();
                let request = self.upload_request(url.clone(), content_type, length, token);
                // A second asking follows a refused session; the stream is gone by then.
                async { send_stream(request, body.ok_or(Error::NotSignedIn)?).await }
            })
            .await
    }

    /// Stores a whole file as [`Storage::upload`] does, wherever somebody else stands reading it.
    ///
    /// Begun again a few times when the connection breaks or the session is over: the same file at the
    /// same place is the same object.
    pub async fn upload_file(
        &self,
        path: &str,
        content_type: &str,
        file: impl Into<Arc<File>>,
    ) -> Result<(), Error> {
        let url = self.url(&["object", BUCKET], path)?;
        let file = file.into();
        let length = file.metadata().map_err(Error::Source)?.len();
        self.api
            .repeated(Repeat::ForLane, |token| {
                let request = self.upload_request(url.clone(), content_type, Some(length), token);
                send_stream(request, read_file(Arc::clone(&file), length))
            })
            .await
    }

    fn upload_request(
        &self,
        url: Url,
        content_type: &str,
        length: Option<u64>,
        token: Option<SecretString>,
    ) -> RequestBuilder {
        let request = self
            .request(Method::POST, url, token)
            .header("content-type", content_type)
            .header("x-upsert", "true");
        match length {
            Some(length) => request.header("content-length", length),
            None => request,
        }
    }

    /// Opens an object for reading.
    pub async fn download(
        &self,
        path: &str,
    ) -> Result<impl Stream<Item = Result<Bytes, Error>> + Send + use<>, Error> {
        let url = self.url(&["object", "authenticated", BUCKET], path)?;
        let response = self
            .api
            .repeated(Repeat::ForLane, |token| {
                within(ANSWER_TIMEOUT, checked(self.request(Method::GET, url.clone(), token)))
            })
            .await?;
        let chunks = response.bytes_stream().map_err(|error| Error::unreachable(error.without_url())).boxed();
        // Ends after the first error, so that nobody waits on a transfer that stands still.
        Ok(stream::unfold(Some(chunks), |chunks| async {
            let mut chunks = chunks?;
            match tokio::time::timeout(IDLE_TIMEOUT, chunks.next()).await {
                Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(chunks))),
                Ok(Some(Err(error))) => Some((Err(error), None)),
                Ok(None) => None,
                Err(_) => Some((Err(Error::Timeout), None)),
            }
        }))
    }

    /// Size and type of an object; `None` when there is none or the asker may not see it.
    pub async fn info(&self, path: &str) -> Result<Option<ObjectInfo>, Error> {
        let url = self.url(&["object", "info", BUCKET], path)?;
        match self.json(Method::GET, &url, None).await {
            Err(Error::NotFound) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// The bucket itself, for whoever may see it.
    pub async fn bucket(&self) -> Result<BucketInfo, Error> {
        let url = self.url(&["bucket"], BUCKET)?;
        self.json(Method::GET, &url, None).await
    }

    /// A link that plays the object without further proof until `valid_for` is over.
    ///
    /// The link leads to the address this client uses, which need not be the browser's.
    pub async fn sign(&self, path: &str, valid_for: Duration) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Signed {
            #[serde(rename = "signedURL")]
            signed_url: String,
        }
        let url = self.url(&["object", "sign", BUCKET], path)?;
        let request = json!({ "expiresIn": valid_for.as_secs().max(1) });
        let Signed { signed_url } = self.json(Method::POST, &url, Some(&request)).await?;
        // Storage answers with a path below itself.
        Ok(format!("{}/storage/v1{signed_url}", self.api.supabase().shared.url))
    }

    /// Deletes an object. One that is not there counts as deleted.
    pub async fn delete(&self, path: &str) -> Result<(), Error> {
        let url = self.url(&["object", BUCKET], path)?;
        let answer = self
            .api
            .repeated(Repeat::ForLane, |token| {
                within(ANSWER_TIMEOUT, checked(self.request(Method::DELETE, url.clone(), token)))
            })
            .await;
        match answer {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn json<T: serde::de::DeserializeOwned>(
        &self,
        method: Method,
        url: &Url,
        body: Option<&serde_json::Value>,
    ) -> Result<T, Error> {
        self.api
            .repeated(Repeat::ForPerson, |token| {
                let mut request = self.request(method.clone(), url.clone(), token);
                if let Some(body) = body {
                    request = request.json(body);
                }
                within(ANSWER_TIMEOUT, async {
                    let text = checked(request).await?.text().await;
                    let text = text.map_err(|error| Error::unreachable(error.without_url()))?;
                    serde_json::from_str(&text).map_err(|error| {
                        Error::unexpected(200, &format!("Storage answered in another shape: {error}"))
                    })
                })
            })
            .await
    }

    fn request(&self, method: Method, url: Url, token: Option<SecretString>) -> RequestBuilder {
        let shared = &self.api.supabase().shared;
        let request = shared.http.request(method, url).header("apikey", shared.api_key.expose_secret());
        match token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        }
    }

    /// Each part of the path is escaped on its own. A path that climbs or has empty parts is none.
    fn url(&self, route: &[&str], path: &str) -> Result<Url, Error> {
        if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(Error::NotFound);
        }
        let base = format!("{}/storage/v1/", self.api.supabase().shared.url);
        let mut url = Url::parse(&base).map_err(|_| Error::NotFound)?;
        url.path_segments_mut()
            .map_err(|()| Error::NotFound)?
            .pop_if_empty()
            .extend(route)
            .extend(path.split('/'));
        Ok(url)
    }
}

/// Sends a stream as the body of an upload.
async fn send_stream(
    request: RequestBuilder,
    body: impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static,
) -> Result<(), Error> {
    let (progress, moves) = watch::channel(());
    // The request reports a broken source as a broken request, so the cause is kept aside.
    let failure = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&failure);
    let body = read_to_end(body)
        .inspect_ok(move |_| {
            progress.send_replace(());
        })
        .map_err(move |error| {
            let shown = io::Error::from(error.kind());
            *keep.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            shown
        });
    let answer = tokio::select! {
        answer = checked(request.body(Body::wrap_stream(body))) => answer.map(drop),
        error = stalled(moves) => Err(error),
    };
    let failure = failure.lock().unwrap_or_else(PoisonError::into_inner).take();
    failure.map_or(answer, |error| Err(Error::Source(error)))
}

/// A file from its first byte, in pieces, without moving the place where others read it.
fn read_file(file: Arc<File>, length: u64) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static {
    stream::try_unfold(0, move |place| {
        let file = Arc::clone(&file);
        async move {
            let size = usize::try_from(FILE_PIECE_BYTES.min(length - place)).unwrap_or(usize::MAX);
            if size == 0 {
                return Ok(None);
            }
            let piece = tokio::task::spawn_blocking(move || {
                let mut piece = vec![0; size];
                file.read_exact_at(&mut piece, place).map(|()| piece)
            });
            let piece = piece.await.map_err(io::Error::other)??;
            Ok(Some((Bytes::from(piece), place + size as u64)))
        }
    })
}

/// Holds each piece back until it is known what follows it: the request stops reading at the announced
/// length, and whoever made the stream must still see its end. An error after the last byte comes before
/// it, so that the object is not stored.
fn read_to_end(
    body: impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static,
) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static {
    stream::unfold(Box::pin(body.peekable()), |mut body| async {
        let mut piece = body.next().await?;
        if piece.is_ok() && matches!(body.as_mut().peek().await, Some(Err(_))) {
            piece = body.next().await?;
        }
        Some((piece, body))
    })
}

/// Sends a request and turns every refusal into an error.
async fn checked(request: RequestBuilder) -> Result<Response, Error> {
    let response = request.send().await.map_err(|error| Error::unreachable(error.without_url()))?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = response.text().await.unwrap_or_default();
    Err(Error::from_storage(status.as_u16(), &body))
}

/// Ends when an upload has stood still for too long: between two pieces, or after the last.
async fn stalled(mut moves: watch::Receiver<()>) -> Error {
    loop {
        match tokio::time::timeout(IDLE_TIMEOUT, moves.changed()).await {
            Ok(Ok(())) => {}
            // The stream was read to its end and dropped.
            Ok(Err(_)) => {
                tokio::time::sleep(UPLOAD_ANSWER_TIMEOUT).await;
                return Error::Timeout;
            }
            Err(_) => return Error::Timeout,
        }
    }
}
