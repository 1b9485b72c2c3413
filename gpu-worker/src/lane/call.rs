//! The life of one call in this worker.

use std::fs::File;
use std::io::{Seek, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use futures::TryStreamExt;
use supabase_client::http::Error;
use supabase_client::lane::ClaimedCall;
use supabase_client::review_copy::ReviewCopy;
use supabase_client::transcript::Transcript;
use tokio::task::spawn_blocking;
use tracing::debug;

use super::finish::finish;
use super::held::{HeldCall, Stage};
use super::{Running, review_copy};
use crate::audio::channels::AgentChannel;
use crate::audio::{self, AudioError, Recording};
use crate::engine::EngineError;
use crate::engine::stop::Reason;
use crate::transcript;

/// A transfer that breaks off is begun again this often.
const FETCH_TRIES: usize = 2;

/// An engine that is called off ends its encoder run first. On a slow processor that takes long, and the call is
/// given back without waiting for it.
const ENGINE_STOPS_WITHIN: Duration = Duration::from_secs(3);

/// How the work on a call ended, short of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The call is to be reported as failed, with a sentence for people and its short lasting name.
    Failed { sentence: String, code: &'static str, permanent: bool },
    /// Something that the call cannot help: it waits for that, and keeps its attempts.
    Away { sentence: String, code: &'static str },
    /// The work was called off.
    Stopped(Reason),
}

/// Where the time went.
#[derive(Debug, Default, Clone, Copy)]
pub struct Times {
    pub fetch: Duration,
    pub decode: Duration,
    /// Until the engine had time for the call.
    pub wait: Duration,
    /// Time of the engine's slots, all together.
    pub inference: Duration,
    /// Of the review copy, while the engine is at work.
    pub encode: Duration,
    pub upload: Duration,
    /// Of the last word on the call.
    pub store: Duration,
}

/// What a call becomes.
pub struct Finished {
    pub transcript: Transcript,
    pub review_copy: ReviewCopy,
}

pub async fn run(running: Arc<Running>, claimed: ClaimedCall, held: HeldCall) {
    let mut times = Times::default();
    let outcome = work(&running, claimed, &held, &mut times).await;
    held.enter(Stage::Finishing);
    finish(&running, &held, outcome, times).await;
}

async fn work(
    running: &Running,
    claimed: ClaimedCall,
    held: &HeldCall,
    times: &mut Times,
) -> Result<Finished, Trouble> {
    let path = claimed.storage_path.ok_or_else(|| Trouble::Failed {
        sentence: "The call has no recording in Storage.".to_owned(),
        code: "recording_not_stored",
        permanent: true,
    })?;
    let agent = claimed.agent_channel.map_or(running.lane.agent, AgentChannel);

    let file = timed(&mut times.fetch, unless_stopped(held, fetch_patiently(running, &path))).await??;
    let recording = Arc::new(timed(&mut times.decode, decode(held, file, agent)).await?);
    let total_ms = i64::from(recording.duration_ms) * recording.tracks.len() as i64;
    held.enter(Stage::Hearing { total_ms });

    let Times { wait, inference, encode, upload, .. } = times;
    let hearing = hear(running, held, Arc::clone(&recording), wait, inference);
    let copying = review_copy::store(running, held, recording, &path, encode, upload);
    let (transcript, review_copy) = tokio::try_join!(hearing, copying).inspect_err(|_| {
        // The other half would go on for nobody.
        held.stop.now(Reason::Ending);
    })?;
    running.held.heard(total_ms, *inference);
    Ok(Finished { transcript, review_copy })
}

/// The transcript, as soon as the engine has time. The next call's turn comes when the last stretch of
/// this one is on its way to the engine, so that no slot waits in between.
async fn hear(
    running: &Running,
    held: &HeldCall,
    recording: Arc<Recording>,
    wait: &mut Duration,
    inference: &mut Duration,
) -> Result<Transcript, Trouble> {
    let Running { lane, turns, .. } = running;
    let turn = timed(wait, unless_stopped(held, Arc::clone(turns).acquire_owned())).await?;
    let turn = turn.map_err(|_| engine_trouble(held, &EngineError::Gone))?;
    debug!("on the engine");
    let progress = |done| held.done(done);
    let hearing =
        transcript::transcribe(recording, &lane.engine, &lane.model, &held.stop, &progress, || drop(turn));
    let too_slow = async {
        held.stop.asked().await;
        tokio::time::sleep(ENGINE_STOPS_WITHIN).await;
    };
    let heard = tokio::select! {
        heard = hearing => heard,
        () = too_slow => Err(EngineError::Stopped),
    };
    let heard = heard.map_err(|error| {
        if matches!(error, EngineError::Gone) {
            // Without an engine the worker is of no use; whoever supervises it starts another.
            running.engine_gone.store(true, Ordering::Relaxed);
            running.ending.cancel();
        }
        engine_trouble(held, &error)
    })?;
    *inference = heard.inference;
    Ok(heard.transcript)
}

/// Begins again when a transfer breaks off halfway.
async fn fetch_patiently(running: &Running, path: &str) -> Result<File, Trouble> {
    let fetch = || fetch(running, path);
    fetch
        .retry(ExponentialBuilder::default().with_max_times(FETCH_TRIES).with_jitter())
        .when(
            |trouble: &FetchTrouble| matches!(trouble, FetchTrouble::Storage(error) if error.is_transient()),
        )
        .await
        .map_err(FetchTrouble::of_call)
}

#[derive(Debug)]
enum FetchTrouble {
    Storage(Error),
    Disk,
}

impl FetchTrouble {
    fn of_call(self) -> Trouble {
        let (sentence, code) = match self {
            Self::Storage(Error::NotFound) => {
                ("The recording is not in Storage.", "recording_not_in_storage")
            }
            Self::Storage(Error::Forbidden) => {
                ("The worker may not read the recording.", "recording_forbidden")
            }
            Self::Storage(error) if error.is_transient() || matches!(error, Error::NotSignedIn) => {
                let sentence = "The recording could not be fetched from Storage.".to_owned();
                return Trouble::Away { sentence, code: "storage_away" };
            }
            Self::Storage(_) => ("Storage refused to give the recording.", "recording_refused"),
            Self::Disk => return disk_trouble("The worker could not keep the recording on its disk."),
        };
        Trouble::Failed { sentence: sentence.to_owned(), code, permanent: false }
    }
}

/// A full disk is the worker's trouble and not the call's.
pub fn disk_trouble(sentence: &str) -> Trouble {
    Trouble::Away { sentence: sentence.to_owned(), code: "worker_disk" }
}

/// Streams the recording into a file without a name, which vanishes with the process.
async fn fetch(running: &Running, path: &str) -> Result<File, FetchTrouble> {
    let mut file = tempfile::tempfile().map_err(|_| FetchTrouble::Disk)?;
    let download = running.lane.api.storage().download(path).await.map_err(FetchTrouble::Storage)?;
    let mut download = std::pin::pin!(download);
    while let Some(chunk) = download.try_next().await.map_err(FetchTrouble::Storage)? {
        file = spawn_blocking(move || file.write_all(&chunk).map(|()| file))
            .await
            .map_err(|_| FetchTrouble::Disk)?
            .map_err(|_| FetchTrouble::Disk)?;
    }
    file.rewind().map_err(|_| FetchTrouble::Disk)?;
    Ok(file)
}

async fn decode(held: &HeldCall, file: File, agent: AgentChannel) -> Result<Recording, Trouble> {
    let stop = Arc::clone(&held.stop);
    let decoded = spawn_blocking(move || audio::decode(file, agent, &|| stop.is_asked())).await;
    match (decoded, held.stop.reason()) {
        (Ok(Ok(recording)), _) => Ok(recording),
        (Ok(Err(AudioError::Stopped)), Some(reason)) => Err(Trouble::Stopped(reason)),
        (Ok(Err(error @ AudioError::Disk(_))), _) => Err(disk_trouble(&error.to_string())),
        (Ok(Err(error)), _) => {
            Err(Trouble::Failed { sentence: error.to_string(), code: error.code(), permanent: true })
        }
        (Err(_), _) => Err(Trouble::Failed {
            sentence: "The recording could not be decoded: the decoder gave up.".to_owned(),
            code: "decoder_gave_up",
            permanent: false,
        }),
    }
}

fn engine_trouble(held: &HeldCall, error: &EngineError) -> Trouble {
    match (error, held.stop.reason()) {
        (EngineError::Stopped, Some(reason)) => Trouble::Stopped(reason),
        (EngineError::Gone, _) => Trouble::Stopped(Reason::Ending),
        (error, _) => {
            tracing::error!(%error, "the engine failed");
            Trouble::Failed {
                sentence: "The speech engine failed on this recording.".to_owned(),
                code: "engine_failed",
                permanent: false,
            }
        }
    }
}

/// Waits for `work`, but no longer than the call may be worked on.
pub async fn unless_stopped<T>(held: &HeldCall, work: impl Future<Output = T>) -> Result<T, Trouble> {
    tokio::select! {
        done = work => Ok(done),
        () = held.stop.asked() => Err(Trouble::Stopped(held.stop.reason().unwrap_or(Reason::Ending))),
    }
}

pub async fn timed<T>(time: &mut Duration, work: impl Future<Output = T>) -> T {
    let started = Instant::now();
    let done = work.await;
    *time = started.elapsed();
    done
}
