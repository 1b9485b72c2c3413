//! Brings a model from a mirror into the folder: whole and right, or not at all.

use std::error::Error;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use indicatif::DecimalBytes;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use url::Url;

use super::download::{Part, Trouble, client};
use super::{Folder, Model, Presence, is_right};

/// What is to be fetched.
pub struct Fetch<'a> {
    pub model: &'a Model,
    pub folder: &'a Folder,
    /// Address of the folder that holds the models' files; http or https.
    pub mirror: &'a Url,
    pub patience: Patience,
}

/// How long a mirror in trouble is borne with.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    pub connect: Duration,
    /// The longest silence inside an answer.
    pub silence: Duration,
    /// Tries in a row that bring nothing.
    pub tries: usize,
    pub first_pause: Duration,
    pub longest_pause: Duration,
}

impl Default for Patience {
    /// About half a minute of pauses: a restarting proxy or a changing network is over by then.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            tries: 6,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(15),
        }
    }
}

/// What happens meanwhile.
#[derive(Debug)]
pub enum Step {
    /// Another process fetches the same model.
    Waiting,
    /// So much of the file is here.
    Received { bytes: u64 },
    /// A try failed; the next one follows after the pause.
    Interrupted { cause: String, pause: Duration },
    /// The SHA-256 of the whole file is computed.
    Checking,
}

/// How a fetch ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    Now,
    AlreadyHere,
}

/// Why a model could not be fetched, in words for whoever asked for it.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("The folder {} cannot be written to: {source}", folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    #[error(
        "There is no room for {model} in {}: it takes {} more, and {} are free. Make room, or choose \
         another folder with CALLSCRIPT_WORKER_MODELS (--models).",
        folder.display(), DecimalBytes(*needed), DecimalBytes(*free)
    )]
    NoRoom { model: &'static str, folder: PathBuf, needed: u64, free: u64 },
    #[error(
        "The disk that holds {} is full. What came so far is kept: make room and fetch {model} again.",
        folder.display()
    )]
    Full { model: &'static str, folder: PathBuf },
    #[error(
        "{model} cannot be fetched from {url}: {cause}. Is CALLSCRIPT_WORKER_MODEL_MIRROR (--mirror) the \
         address of the folder that holds this file?"
    )]
    Refused { model: &'static str, url: String, cause: String },
    #[error(
        "{model} could not be fetched from {url}: {tries} tries in a row brought nothing ({cause}). \
         What came so far is kept: fetch {model} again to go on from there."
    )]
    GaveUp { model: &'static str, url: String, tries: usize, cause: String },
    #[error(
        "What {url} sent is damaged or not {model} (its SHA-256 is not the catalogue's) and was deleted. \
         Fetch it again; if that ends the same way, use another mirror: CALLSCRIPT_WORKER_MODEL_MIRROR \
         (--mirror)."
    )]
    Damaged { model: &'static str, url: String },
    #[error("No client for HTTP can be made: {0}")]
    Client(reqwest::Error),
}

impl Fetch<'_> {
    /// Fetches the model, going on with what an interrupted fetch left. `tell` hears what happens.
    ///
    /// # Errors
    /// [`FetchError`]; what stands under the model's name is then what stood there before.
    pub async fn run(&self, tell: &dyn Fn(Step)) -> Result<Fetched, FetchError> {
        // Before anything is written: the folder may be one that is only read.
        if self.is_here(tell).await? {
            return Ok(Fetched::AlreadyHere);
        }
        fs::create_dir_all(self.folder.path()).map_err(self.folder_error())?;
        let _lock = self.lock(tell).await?;
        // Another fetch may have ended meanwhile.
        if self.is_here(tell).await? {
            return Ok(Fetched::AlreadyHere);
        }
        let part = Part::new(self.folder.part_of(self.model));
        self.refuse_without_room(&part)?;
        self.download(&part, tell).await?;
        tell(Step::Checking);
        if !is_right(self.model, part.path.clone()).await.map_err(self.folder_error())? {
            part.remove().map_err(self.folder_error())?;
            return Err(FetchError::Damaged { model: self.model.name, url: shown(&self.url()) });
        }
        fs::rename(&part.path, self.folder.path_of(self.model)).map_err(self.folder_error())?;
        part.remove_mark().map_err(self.folder_error())?;
        Ok(Fetched::Now)
    }

    async fn is_here(&self, tell: &dyn Fn(Step)) -> Result<bool, FetchError> {
        if self.folder.presence_of(self.model) != Presence::Here {
            return Ok(false);
        }
        tell(Step::Checking);
        is_right(self.model, self.folder.path_of(self.model)).await.map_err(self.folder_error())
    }

    /// One fetch of a model at a time. The file stays: whoever removed it could remove what a third
    /// process has just locked.
    async fn lock(&self, tell: &dyn Fn(Step)) -> Result<File, FetchError> {
        let path = self.folder.path().join(format!("{}.lock", self.model.file_name()));
        let file = File::create(path).map_err(self.folder_error())?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::Error(error)) => Err(self.folder_error()(error)),
            Err(TryLockError::WouldBlock) => {
                tell(Step::Waiting);
                let locked = spawn_blocking(move || file.lock().map(|()| file)).await;
                locked.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(self.folder_error())
            }
        }
    }

    fn refuse_without_room(&self, part: &Part) -> Result<(), FetchError> {
        let needed = self.model.bytes.saturating_sub(part.bytes().map_err(self.folder_error())?);
        // Where nobody can say how much is free, writing will tell.
        let Ok(disk) = rustix::fs::statvfs(self.folder.path()) else { return Ok(()) };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if needed <= free {
            return Ok(());
        }
        let folder = self.folder.path().to_owned();
        Err(FetchError::NoRoom { model: self.model.name, folder, needed, free })
    }

    async fn download(&self, part: &Part, tell: &dyn Fn(Step)) -> Result<(), FetchError> {
        let http = client(self.patience.connect, self.patience.silence).map_err(FetchError::Client)?;
        let url = self.url();
        let received = |bytes| tell(Step::Received { bytes });
        let mut pauses = self.patience.pauses();
        let mut furthest = part.bytes().map_err(self.folder_error())?;
        let mut tries = 0;
        loop {
            let Err(trouble) = part.complete(&http, &url, self.model.bytes, &received).await else {
                return Ok(());
            };
            if !trouble.is_transient() {
                return Err(self.permanent(trouble, &url));
            }
            // A mirror that brings something every time is slow, not away. Bytes that came once more,
            // because it knows no ranges, are nothing new.
            let have = part.bytes().map_err(self.folder_error())?;
            if have > furthest {
                furthest = have;
                tries = 0;
                pauses = self.patience.pauses();
            } else {
                tries += 1;
            }
            let cause = with_causes(&trouble);
            if tries >= self.patience.tries {
                let (model, url) = (self.model.name, shown(&url));
                return Err(FetchError::GaveUp { model, url, tries, cause });
            }
            let pause = pauses.next().unwrap_or(self.patience.longest_pause);
            tell(Step::Interrupted { cause, pause });
            sleep(pause).await;
        }
    }

    fn permanent(&self, trouble: Trouble, url: &Url) -> FetchError {
        match trouble {
            Trouble::Write(error) => self.folder_error()(error),
            trouble => {
                FetchError::Refused { model: self.model.name, url: shown(url), cause: with_causes(&trouble) }
            }
        }
    }

    fn folder_error(&self) -> impl Fn(io::Error) -> FetchError {
        |source| {
            let folder = self.folder.path().to_owned();
            match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    FetchError::Full { model: self.model.name, folder }
                }
                _ => FetchError::Folder { folder, source },
            }
        }
    }

    /// The file's address; what the mirror's has behind a question mark stays.
    fn url(&self) -> Url {
        let mut url = self.mirror.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(&self.model.file_name());
        }
        url
    }
}

impl Patience {
    fn pauses(&self) -> ExponentialBackoff {
        ExponentialBuilder::default()
            .with_min_delay(self.first_pause)
            .with_max_delay(self.longest_pause)
            .with_jitter()
            .without_max_times()
            .build()
    }
}

/// An address without the passwords and tokens that it may carry.
fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    // Both succeed wherever there is a host.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.into()
}

/// What the client says is mostly "error sending request"; the reason lies below.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::find;

    fn url(mirror: &str) -> Url {
        let mirror = mirror.parse().expect("an address");
        let folder = Folder(PathBuf::new());
        let model = find("base.en").expect("known");
        Fetch { model, folder: &folder, mirror: &mirror, patience: Patience::default() }.url()
    }

    #[test]
    fn a_mirror_is_a_folder_with_or_without_its_slash() {
        let expected = "https://mirror.example/models/ggml-base.en.bin";
        assert_eq!(url("https://mirror.example/models").as_str(), expected);
        assert_eq!(url("https://mirror.example/models/").as_str(), expected);
        assert_eq!(url("http://mirror.example").as_str(), "http://mirror.example/ggml-base.en.bin");
    }

    #[test]
    fn secrets_of_an_address_are_sent_but_not_shown() {
        let url = url("https://name:secret@mirror.example/models?token=secret");
        assert_eq!(url.as_str(), "https://name:secret@mirror.example/models/ggml-base.en.bin?token=secret");
        assert_eq!(shown(&url), "https://mirror.example/models/ggml-base.en.bin");
    }
}
