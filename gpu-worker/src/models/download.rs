//! One try to bring a model's file, or what is missing of it, from a mirror.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::TryStreamExt;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_RANGE, ETAG, HeaderMap, HeaderValue, IF_RANGE, RANGE};
use reqwest::{Client, Response, StatusCode};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncWriteExt, BufWriter};
use url::Url;

/// What is collected before it is written: one write for some hundred pieces.
const BUFFER_BYTES: usize = 1024 * 1024;

/// The file that grows, and the mark of the version that it is a part of.
pub(super) struct Part {
    pub path: PathBuf,
    /// Holds the strong `ETag` under which the part came.
    mark: PathBuf,
}

/// What one try came to when it did not bring the file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Http(reqwest::Error),
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("it ended the file early")]
    Short,
    #[error("it sent another part of the file than was asked for")]
    OtherPart,
    #[error("the file there has {found} bytes instead of {expected}")]
    Length { found: u64, expected: u64 },
    #[error("the file there has more than {expected} bytes")]
    TooLong { expected: u64 },
    #[error(transparent)]
    Write(#[from] io::Error),
}

impl Trouble {
    /// Whether the same request may succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Http(error) => !error.is_redirect() && !error.is_builder(),
            Self::Status(status) => {
                status.is_server_error()
                    || matches!(
                        *status,
                        StatusCode::REQUEST_TIMEOUT
                            | StatusCode::TOO_EARLY
                            | StatusCode::TOO_MANY_REQUESTS
                            | StatusCode::RANGE_NOT_SATISFIABLE
                    )
            }
            Self::Short | Self::OtherPart => true,
            Self::Length { .. } | Self::TooLong { .. } | Self::Write(_) => false,
        }
    }
}

impl Part {
    pub fn new(path: PathBuf) -> Self {
        let mut mark = path.clone().into_os_string();
        mark.push(".etag");
        Self { path, mark: mark.into() }
    }

    /// How much of the file is here.
    pub fn bytes(&self) -> io::Result<u64> {
        match fs::metadata(&self.path) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Removes the part with its mark; what is not there is no error.
    pub fn remove(&self) -> io::Result<()> {
        remove_if_there(&self.path)?;
        self.remove_mark()
    }

    pub fn remove_mark(&self) -> io::Result<()> {
        remove_if_there(&self.mark)
    }

    /// Asks for what is missing of `length` bytes and appends it. `received` hears how much of the file
    /// is here, again and again. A try that fails leaves what came.
    pub async fn complete(
        &self,
        http: &Client,
        url: &Url,
        length: u64,
        received: &dyn Fn(u64),
    ) -> Result<(), Trouble> {
        let mut have = self.bytes()?;
        if have > length {
            self.remove()?;
            have = 0;
        }
        if have == length {
            return Ok(());
        }
        // Of a compressed answer nobody could say which bytes it holds.
        let mut request = http.get(url.clone()).header(ACCEPT_ENCODING, "identity");
        if have > 0 {
            request = request.header(RANGE, format!("bytes={have}-"));
            if let Some(mark) = self.mark() {
                request = request.header(IF_RANGE, mark);
            }
        }
        let response = request.send().await.map_err(http_trouble)?;
        let start = match response.status() {
            StatusCode::OK => self.restart(&response, length)?,
            StatusCode::PARTIAL_CONTENT if have > 0 => {
                if content_range(response.headers()) != Some((have, length)) {
                    self.remove()?;
                    return Err(Trouble::OtherPart);
                }
                have
            }
            // What is here cannot be a beginning of what is there.
            StatusCode::RANGE_NOT_SATISFIABLE => {
                self.remove()?;
                return Err(Trouble::Status(response.status()));
            }
            status => return Err(Trouble::Status(status)),
        };
        self.append(response, start, length, received).await
    }

    /// The answer holds the whole file: from the beginning, then.
    fn restart(&self, response: &Response, length: u64) -> Result<u64, Trouble> {
        // Told before anything is written: mostly it is a page of some portal instead of the file.
        if let Some(found) = response.content_length()
            && found != length
        {
            return Err(Trouble::Length { found, expected: length });
        }
        self.remove()?;
        if let Some(mark) = response.headers().get(ETAG).filter(|mark| is_strong(mark)) {
            fs::write(&self.mark, mark)?;
        }
        Ok(0)
    }

    async fn append(
        &self,
        response: Response,
        start: u64,
        length: u64,
        received: &dyn Fn(u64),
    ) -> Result<(), Trouble> {
        let file = OpenOptions::new().create(true).append(true).open(&self.path).await?;
        let mut file = BufWriter::with_capacity(BUFFER_BYTES, file);
        let streamed = stream_into(&mut file, response, start, length, received).await;
        // What came before an end in the middle is worth keeping.
        file.flush().await?;
        match streamed {
            Err(Trouble::TooLong { .. }) => self.remove()?,
            Ok(()) => file.get_ref().sync_all().await?,
            Err(_) => {}
        }
        streamed
    }

    fn mark(&self) -> Option<HeaderValue> {
        let mark = fs::read(&self.mark).ok()?;
        HeaderValue::from_bytes(&mark).ok().filter(is_strong)
    }
}

async fn stream_into(
    file: &mut BufWriter<File>,
    response: Response,
    start: u64,
    length: u64,
    received: &dyn Fn(u64),
) -> Result<(), Trouble> {
    let mut have = start;
    received(have);
    let mut pieces = response.bytes_stream();
    while let Some(piece) = pieces.try_next().await.map_err(http_trouble)? {
        have += piece.len() as u64;
        if have > length {
            return Err(Trouble::TooLong { expected: length });
        }
        file.write_all(&piece).await?;
        received(have);
    }
    if have < length { Err(Trouble::Short) } else { Ok(()) }
}

/// Makes the client. The times are those for a connection and for the longest silence.
pub(super) fn client(connect: Duration, silence: Duration) -> reqwest::Result<Client> {
    Client::builder()
        .user_agent(concat!("callscript-gpu-worker/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connect)
        .read_timeout(silence)
        .build()
}

/// Addresses are told by whoever shows the error, without what may be secret in them.
fn http_trouble(error: reqwest::Error) -> Trouble {
    Trouble::Http(error.without_url())
}

/// Weak marks are equal for files that differ in their bytes.
fn is_strong(mark: &HeaderValue) -> bool {
    mark.as_bytes().starts_with(b"\"")
}

/// First byte and whole length of `Content-Range: bytes 100-199/200`.
fn content_range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    let (part, length) = range.split_once('/')?;
    let (first, _) = part.split_once('-')?;
    Some((first.parse().ok()?, length.parse().ok()?))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
