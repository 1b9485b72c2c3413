//! One recording from its link as a stream: redirects by hand, checks at every hop, hash and size on
//! the way. No more of a recording is ever in memory than the pieces in flight.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, stream};
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, LOCATION};
use reqwest::{Client, Response, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::Url;

use super::checks::{Destinations, PublicAddresses, Refusal};
use super::host_slots::{HostSlot, HostSlots};
use super::sniff::{AudioType, BYTES_NEEDED};
use crate::lanes::claims::{Progress, Trouble};

const MOST_REDIRECTS: usize = 5;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence inside an answer.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest download. The database takes a call back at about this time.
const WHOLE_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// Why a recording could not be fetched, in words for the call page.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("The recording's link was redirected more than {MOST_REDIRECTS} times.")]
    TooManyRedirects,
    #[error("The recording is gone: its host answered {0}.")]
    Gone(u16),
    #[error("The recording's host answered {0}.")]
    Status(u16),
    #[error("The recording is empty.")]
    Empty,
    #[error("What the link leads to is no audio recording.")]
    NotAudio,
    #[error("The recording is larger than {0} bytes.")]
    TooLarge(u64),
    #[error("The recording broke off after {received} of {announced} bytes.")]
    Short { received: u64, announced: u64 },
    #[error("The recording's host took too long.")]
    Timeout,
    #[error("The connection to the recording's host failed.")]
    Broken,
}

impl FetchError {
    /// The code of a recording that is gone; `core.alert_recording_lost()` knows it too.
    pub const GONE: &'static str = "recording_gone";

    /// A short lasting name.
    const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::TooManyRedirects => "link_redirects_too_often",
            Self::Gone(_) => Self::GONE,
            Self::Status(_) => "recording_host_refuses",
            Self::Empty => "recording_empty",
            Self::NotAudio => "recording_not_audio",
            Self::TooLarge(_) => "recording_too_large",
            Self::Short { .. } => "recording_cut_short",
            Self::Timeout => "recording_host_slow",
            Self::Broken => "recording_host_unreachable",
        }
    }

    /// Whether the same link can never bring a recording.
    const fn is_permanent(&self) -> bool {
        match self {
            Self::Refused(_)
            | Self::TooManyRedirects
            | Self::Gone(_)
            | Self::Empty
            | Self::NotAudio
            | Self::TooLarge(_) => true,
            Self::Status(_) | Self::Short { .. } | Self::Timeout | Self::Broken => false,
        }
    }

    /// Whether the host is in trouble rather than this recording.
    const fn is_host_away(&self) -> bool {
        match self {
            Self::Status(status) => *status == 429 || *status >= 500,
            Self::Timeout | Self::Broken => true,
            _ => false,
        }
    }
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Timeout;
        }
        // The refusal of the resolver comes wrapped in the errors of the connection.
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(error) = cause {
            if let Some(refusal) = error.downcast_ref::<Refusal>() {
                return Self::Refused(refusal.clone());
            }
            cause = error.source();
        }
        Self::Broken
    }
}

impl From<FetchError> for Trouble {
    fn from(error: FetchError) -> Self {
        let (sentence, code) = (error.to_string(), error.code());
        if error.is_host_away() {
            return Self::Away { sentence, code };
        }
        Self::Call { sentence, code, permanent: error.is_permanent() }
    }
}

/// The token that opens recordings which Ringba does not give to everybody.
#[derive(Debug, Clone)]
pub struct RingbaToken {
    pub token: SecretString,
    /// The API's address; its host counts as Ringba's, like `ringba.com`.
    pub api: Url,
}

impl RingbaToken {
    fn is_for(&self, link: &Url) -> bool {
        let host = link.host_str().unwrap_or_default();
        let same_server = link.host() == self.api.host()
            && link.port_or_known_default() == self.api.port_or_known_default();
        same_server || host == "ringba.com" || host.ends_with(".ringba.com")
    }
}

/// What a fetcher may take.
#[derive(Debug, Clone, Copy)]
pub struct FetchLimits {
    pub largest_bytes: u64,
    /// Requests at a time to one host.
    pub per_host: usize,
}

/// Fetches recordings.
pub struct Fetcher {
    http: Client,
    destinations: Arc<Destinations>,
    token: Option<RingbaToken>,
    largest_bytes: u64,
    hosts: HostSlots,
}

/// A recording whose first bytes have been looked at.
pub struct Recording {
    pub audio: AudioType,
    /// The length that the host announced.
    pub announced: Option<u64>,
    flow: Flow,
}

/// What a recording turned out to be once all of it went by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    pub bytes: u64,
    /// Hexadecimal, lower case.
    pub sha256: String,
}

/// Tells how a stream ended, after it was consumed elsewhere.
pub struct Ending(Arc<Mutex<Option<Result<Whole, FetchError>>>>);

impl Ending {
    /// Absent while the stream has not been read to its end.
    pub fn take(&self) -> Option<Result<Whole, FetchError>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Fetcher {
    pub fn new(
        destinations: Destinations,
        token: Option<RingbaToken>,
        limits: FetchLimits,
    ) -> reqwest::Result<Self> {
        let destinations = Arc::new(destinations);
        let http = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy() // a proxy would connect where nothing is checked
            .dns_resolver(Arc::new(PublicAddresses(Arc::clone(&destinations))))
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(IDLE_TIMEOUT)
            .timeout(WHOLE_TIMEOUT)
            .build()?;
        let FetchLimits { largest_bytes, per_host } = limits;
        Ok(Self { http, destinations, token, largest_bytes, hosts: HostSlots::new(per_host) })
    }

    /// Follows the link to its recording and reads enough to know what it is.
    pub async fn open(&self, link: &str, progress: &Progress) -> Result<Recording, FetchError> {
        let (response, slot) = self.follow(link).await?;
        let announced = response.headers().get(CONTENT_LENGTH);
        let announced: Option<u64> = announced.and_then(|length| length.to_str().ok()?.parse().ok());
        if announced.is_some_and(|bytes| bytes > self.largest_bytes) {
            return Err(FetchError::TooLarge(self.largest_bytes));
        }
        let mut rest = response.bytes_stream().boxed();
        let mut beginning = BytesMut::new();
        while beginning.len() < BYTES_NEEDED {
            let Some(piece) = rest.next().await else { break };
            beginning.extend_from_slice(&piece?);
        }
        if beginning.is_empty() {
            return Err(FetchError::Empty);
        }
        let audio = AudioType::of(&beginning).ok_or(FetchError::NotAudio)?;
        let flow = Flow {
            beginning: Some(beginning.freeze()),
            rest,
            hash: Sha256::new(),
            bytes: 0,
            announced,
            largest_bytes: self.largest_bytes,
            progress: progress.clone(),
            _slot: slot,
        };
        Ok(Recording { audio, announced, flow })
    }

    /// The answer at the end of all redirects, and the slot at its host, to be held until it is read.
    async fn follow(&self, link: &str) -> Result<(Response, HostSlot), FetchError> {
        let mut link = Url::parse(link).map_err(|_| Refusal::NotAnAddress)?;
        for _ in 0..=MOST_REDIRECTS {
            self.destinations.check(&link)?;
            let slot = self.hosts.enter(&link).await;
            let response = self.request(&link).await?;
            let status = response.status();
            if status == StatusCode::OK {
                return Ok((response, slot));
            }
            if !status.is_redirection() {
                return Err(match status {
                    StatusCode::NOT_FOUND | StatusCode::GONE => FetchError::Gone(status.as_u16()),
                    _ => FetchError::Status(status.as_u16()),
                });
            }
            let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
            let location = location.ok_or(FetchError::Status(status.as_u16()))?;
            link = link.join(location).map_err(|_| Refusal::NotAnAddress)?;
        }
        Err(FetchError::TooManyRedirects)
    }

    /// Asks without proof first; the token goes only to Ringba, and only when asked for.
    async fn request(&self, link: &Url) -> Result<Response, FetchError> {
        let response = self.http.get(link.clone()).send().await?;
        let wants_proof = matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        match &self.token {
            Some(token) if wants_proof && token.is_for(link) => {
                let proof = format!("Token {}", token.token.expose_secret());
                Ok(self.http.get(link.clone()).header(AUTHORIZATION, proof).send().await?)
            }
            _ => Ok(response),
        }
    }
}

impl Recording {
    /// Reads to the end and keeps nothing but what the bytes were.
    pub async fn hash(mut self) -> Result<Whole, FetchError> {
        while self.flow.next().await?.is_some() {}
        Ok(self.flow.whole())
    }

    /// The bytes, to be consumed elsewhere, and what they will have been.
    pub fn into_stream(self) -> (impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static, Ending) {
        let ending = Ending(Arc::default());
        let told = Arc::clone(&ending.0);
        let stream = stream::unfold(Some(self.flow), move |flow| {
            let told = Arc::clone(&told);
            async move {
                let mut flow = flow?;
                let (item, ended) = match flow.next().await {
                    Ok(Some(piece)) => return Some((Ok(piece), Some(flow))),
                    Ok(None) => (None, Ok(flow.whole())),
                    Err(error) => {
                        (Some((Err(io::Error::other("the recording broke off")), None)), Err(error))
                    }
                };
                *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
                item
            }
        });
        (stream, ending)
    }
}

struct Flow {
    beginning: Option<Bytes>,
    rest: BoxStream<'static, reqwest::Result<Bytes>>,
    hash: Sha256,
    bytes: u64,
    announced: Option<u64>,
    largest_bytes: u64,
    progress: Progress,
    _slot: HostSlot,
}

impl Flow {
    async fn next(&mut self) -> Result<Option<Bytes>, FetchError> {
        let piece = match self.beginning.take() {
            Some(beginning) => Some(beginning),
            None => self.rest.next().await.transpose()?,
        };
        let Some(piece) = piece else {
            return match self.announced {
                Some(announced) if announced != self.bytes => {
                    Err(FetchError::Short { received: self.bytes, announced })
                }
                _ => Ok(None),
            };
        };
        self.bytes += piece.len() as u64;
        if self.bytes > self.largest_bytes {
            return Err(FetchError::TooLarge(self.largest_bytes));
        }
        self.hash.update(&piece);
        self.progress.set(self.bytes);
        Ok(Some(piece))
    }

    fn whole(self) -> Whole {
        Whole { bytes: self.bytes, sha256: format!("{:x}", self.hash.finalize()) }
    }
}
