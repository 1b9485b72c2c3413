//! The life of one call in this worker.

use std::fs::File;
use std::io::{Seek, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use futures::TryStreamExt;
use supabase_client::http::Error;
use supabase_client::lane::ClaimedCall;
use supabase_client::transcript::Transcript;
use tokio::task::spawn_blocking;
use tracing::debug;

use super::Running;
use super::finish::finish;
use super::held::{HeldCall, Stage};
use crate::audio::{self, AudioError, Recording};
use crate::engine::EngineError;
use crate::engine::stop::Reason;
use crate::transcript;

/// A transfer that breaks off is begun again this often.
const FETCH_TRIES: usize = 2;

/// How the work on a call ended, short of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The call is to be reported as failed, with a sentence for people.
    Failed { sentence: String, permanent: bool },
    /// The work was called off.
    Stopped(Reason),
}

/// Where the time went.
#[derive(Debug, Default, Clone, Copy)]
pub struct Times {
    pub fetch: Duration,
    pub decode: Duration,
    pub wait: Duration,
    pub inference: Duration,
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
) -> Result<Transcript, Trouble> {
    let path = claimed.storage_path.ok_or_else(|| Trouble::Failed {
        sentence: "The call has no recording in Storage.".to_owned(),
        permanent: true,
    })?;

    let file = timed(&mut times.fetch, unless_stopped(held, fetch_patiently(running, &path))).await??;
    let recording = timed(&mut times.decode, decode(running, held, file)).await?;
    let tracks = i64::try_from(recording.tracks.len()).unwrap_or(1);
    let total_ms = i64::from(recording.duration_ms) * tracks;

    let turn = timed(&mut times.wait, unless_stopped(held, running.turn.acquire())).await?;
    let _turn = turn.map_err(|_| engine_trouble(held, &EngineError::Gone))?;
    held.enter(Stage::Hearing { total_ms });
    debug!(call = %held.call_id, "on the engine");
    let Running { lane, .. } = running;
    let heard =
        transcript::transcribe(recording, &lane.engine, &lane.model, &held.stop, &|done| held.done(done))
            .await
            .map_err(|error| {
                if matches!(error, EngineError::Gone) {
                    // Without an engine the worker is of no use; whoever supervises it starts another.
                    running.ending.cancel();
                }
                engine_trouble(held, &error)
            })?;
    times.inference = heard.inference;
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
        .map_err(|trouble| Trouble::Failed { sentence: trouble.sentence(), permanent: false })
}

#[derive(Debug)]
enum FetchTrouble {
    Storage(Error),
    Disk,
}

impl FetchTrouble {
    fn sentence(&self) -> String {
        match self {
            Self::Storage(Error::NotFound) => "The recording is not in Storage.".to_owned(),
            Self::Storage(Error::Forbidden) => "The worker may not read the recording.".to_owned(),
            Self::Storage(_) => "The recording could not be fetched from Storage.".to_owned(),
            Self::Disk => "The worker could not keep the recording on its disk.".to_owned(),
        }
    }
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

async fn decode(running: &Running, held: &HeldCall, file: File) -> Result<Recording, Trouble> {
    let agent = running.lane.agent;
    let stop = Arc::clone(&held.stop);
    let decoded = spawn_blocking(move || audio::decode(file, agent, &|| stop.is_asked())).await;
    match (decoded, held.stop.reason()) {
        (Ok(Ok(recording)), _) => Ok(recording),
        (Ok(Err(AudioError::Stopped)), Some(reason)) => Err(Trouble::Stopped(reason)),
        (Ok(Err(error)), _) => {
            Err(Trouble::Failed { sentence: error.to_string(), permanent: error.is_permanent() })
        }
        (Err(_), _) => Err(Trouble::Failed {
            sentence: "The recording could not be decoded: the decoder gave up.".to_owned(),
            permanent: false,
        }),
    }
}

fn engine_trouble(held: &HeldCall, error: &EngineError) -> Trouble {
    match (error, held.stop.reason()) {
        (EngineError::Stopped, Some(reason)) => Trouble::Stopped(reason),
        (EngineError::Gone, _) => Trouble::Stopped(Reason::Ending),
        (error, _) => {
            tracing::error!(call = %held.call_id, %error, "the engine failed");
            Trouble::Failed {
                sentence: "The speech engine failed on this recording.".to_owned(),
                permanent: false,
            }
        }
    }
}

/// Waits for `work`, but no longer than the call may be worked on.
async fn unless_stopped<T>(held: &HeldCall, work: impl Future<Output = T>) -> Result<T, Trouble> {
    tokio::select! {
        done = work => Ok(done),
        () = held.stop.asked() => Err(Trouble::Stopped(held.stop.reason().unwrap_or(Reason::Ending))),
    }
}

async fn timed<T>(time: &mut Duration, work: impl Future<Output = T>) -> T {
    let started = Instant::now();
    let done = work.await;
    *time = started.elapsed();
    done
}
