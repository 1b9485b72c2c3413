//! The claiming loop that the lanes vault and judge share: claim, work, beat, give back.
//!
//! Work is done at least once; that it counts only once is the database's promise behind the lease
//! token.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt;
use supabase_client::call::CallStatus;
use supabase_client::http::{Error, Failure, traces};
use supabase_client::lane::{Beat, ClaimedCall, Lane};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, error, info, info_span, warn};
use uuid::Uuid;

use super::{Context, Patience};

/// How often an idle lane asks for work.
const POLL_EVERY: Duration = Duration::from_secs(2);
/// How often leases are extended; they last 90 seconds.
const BEAT_EVERY: Duration = Duration::from_secs(20);
/// How long calls in hand may go on after the lane was asked to stop; then they are given back. Counted from
/// the asking: a claim that is on its way then takes up to 10 seconds of it. With [`GIVE_BACK_WITHIN`] it stays
/// under the 30 seconds in which the server ends.
const FINISH_WITHIN: Duration = Duration::from_secs(15);
const GIVE_BACK_WITHIN: Duration = Duration::from_secs(10);

/// What a lane does with one call that it holds.
pub trait Work: Send + Sync + 'static {
    const LANE: Lane;

    /// Ends when the lane may claim calls.
    fn ready(&self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Works on the call and completes it; answers with its new status. Is dropped at any await when
    /// the lease is lost or the process stops.
    fn work(
        &self,
        call: &ClaimedCall,
        progress: &Progress,
    ) -> impl Future<Output = Result<CallStatus, Trouble>> + Send;
}

/// How far a call is, in the lane's own unit; only ever grows.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    pub fn set(&self, done: u64) {
        self.0.fetch_max(done, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a call could not be completed.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The call itself. The sentence is shown on the call page, the code is its short lasting name; a
    /// permanent one is not tried again.
    #[error("{sentence}")]
    Call { sentence: String, code: &'static str, permanent: bool },
    /// Something that the call cannot help: it waits for that, and keeps its attempts.
    #[error("{sentence}")]
    Away { sentence: String, code: &'static str },
    #[error(transparent)]
    Supabase(#[from] Error),
}

/// Runs a lane with up to `slots` calls at a time until it is asked to stop.
pub async fn run<W: Work>(context: Context, work: W, slots: usize) {
    let lane =
        Claims { context, work: Arc::new(work), held: Arc::default(), give_back: CancellationToken::new() };
    let beats = tokio::spawn(beat(lane.context.clone(), Arc::clone(&lane.held)).in_current_span());
    let time_is_up = tokio::spawn(time_is_up(lane.context.clone(), lane.give_back.clone()));
    let mut running = JoinSet::new();
    lane.claim_until_stopped(slots, &mut running).await;
    lane.wind_up(running).await;
    time_is_up.abort();
    beats.abort();
}

struct Claims<W> {
    context: Context,
    work: Arc<W>,
    held: Arc<Held>,
    /// Asks the calls in hand to be given back.
    give_back: CancellationToken,
}

impl<W: Work> Claims<W> {
    async fn claim_until_stopped(&self, slots: usize, running: &mut JoinSet<()>) {
        let Context { api, worker, stop, .. } = &self.context;
        let mut patience = Patience::new();
        while !stop.is_cancelled() {
            while running.try_join_next().is_some() {}
            let free = u32::try_from(slots.saturating_sub(running.len())).unwrap_or(u32::MAX);
            if free == 0 {
                stop.run_until_cancelled(running.join_next()).await;
                continue;
            }
            if stop.run_until_cancelled(self.work.ready()).await.is_none() {
                break;
            }
            // Not raced against the stop: an answer that nobody reads leaves calls leased to nobody.
            match api.claim(W::LANE, worker, free).await {
                Ok(calls) => {
                    patience = Patience::new();
                    let idle = calls.is_empty();
                    for call in calls {
                        self.start(call, running);
                    }
                    if idle {
                        self.context.pause(POLL_EVERY).await;
                    }
                }
                Err(failure) => {
                    warn!(error = %failure, "cannot claim");
                    self.context.pause(patience.next_pause()).await;
                }
            }
        }
    }

    fn start(&self, call: ClaimedCall, running: &mut JoinSet<()>) {
        let lease = self.held.add(call.lease_token);
        let (context, work, give_back) =
            (self.context.clone(), Arc::clone(&self.work), self.give_back.clone());
        // Whatever is logged about the call has its id, also deep inside the lane.
        let span = info_span!(parent: None, "call", lane = W::LANE.as_str(), call_id = %call.call_id);
        traces::follow_call(&span, call.call_id);
        let doing = async move {
            let started = Instant::now();
            let outcome = tokio::select! {
                outcome = settle(&context, &*work, &call, &lease.progress) => outcome,
                () = lease.lost.cancelled() => lease_lost(),
                () = give_back.cancelled() => given_back(&context, &call).await,
            };
            traces::ended(outcome.as_deref().map_err(String::as_str));
            let (Ok(outcome) | Err(outcome)) = outcome;
            info!(
                outcome,
                attempts = call.attempts,
                progress = lease.progress.get(),
                duration_ms = started.elapsed().as_millis(),
                "call ended"
            );
        };
        running.spawn(doing.instrument(span));
    }

    /// Lets calls in hand finish, until what is left is given back.
    async fn wind_up(&self, mut running: JoinSet<()>) {
        let too_late = async {
            self.give_back.cancelled().await;
            self.context.clock.sleep(GIVE_BACK_WITHIN).await;
        };
        let is_drained = tokio::select! {
            () = drain(&mut running) => true,
            () = too_late => false,
        };
        if !is_drained {
            error!(calls = running.len(), "calls could not be given back");
        }
    }
}

/// Asks for calls in hand to be given back, some time after the lane was asked to stop.
async fn time_is_up(context: Context, give_back: CancellationToken) {
    context.stop.cancelled().await;
    context.clock.sleep(FINISH_WITHIN).await;
    give_back.cancel();
}

async fn drain(running: &mut JoinSet<()>) {
    while running.join_next().await.is_some() {}
}

/// Works on one call and tells the database when that failed. Answers with what became of it: an error where
/// the work is not done.
pub async fn settle<W: Work>(
    context: &Context,
    work: &W,
    call: &ClaimedCall,
    progress: &Progress,
) -> Result<String, String> {
    let ending = AssertUnwindSafe(work.work(call, progress)).catch_unwind().await;
    let (sentence, code, permanent) = match ending {
        Ok(Ok(status)) => return Ok(name_of(status)),
        Ok(Err(Trouble::Supabase(Error::LeaseLost))) => return lease_lost(),
        Ok(Err(Trouble::Call { sentence, code, permanent })) => (sentence, code, permanent),
        Ok(Err(Trouble::Away { sentence, code })) => {
            let answer = context.api.postpone(call.lease_token, &sentence, code).await;
            return Err(reported(&sentence, answer));
        }
        Ok(Err(Trouble::Supabase(failure))) if failure.is_transient() => {
            warn!(error = %failure, "Supabase was away in the middle of a call");
            let sentence = failure.sentence();
            let answer = context.api.postpone(call.lease_token, &sentence, "supabase_away").await;
            return Err(reported(&sentence, answer));
        }
        Ok(Err(Trouble::Supabase(failure))) => {
            warn!(error = %failure, "Supabase failed in the middle of a call");
            (failure.sentence(), "supabase_failed", false)
        }
        Err(_panic) => {
            error!("the lane panicked in the middle of a call");
            ("The lane broke down on this call.".to_owned(), "lane_broke_down", false)
        }
    };
    let failure = Failure { sentence: &sentence, code: Some(code), permanent };
    Err(reported(&sentence, context.api.fail(call.lease_token, failure).await))
}

fn lease_lost() -> Result<String, String> {
    Err("lease lost".to_owned())
}

fn name_of(status: CallStatus) -> String {
    format!("{status:?}").to_lowercase()
}

/// What the database made of a failure that it was told.
fn reported(sentence: &str, answer: Result<CallStatus, Error>) -> String {
    match answer {
        Ok(status) => format!("{}: {sentence}", name_of(status)),
        Err(Error::LeaseLost) => "lease lost".to_owned(),
        // The lease runs out by itself and the call is taken back.
        Err(failure) => {
            warn!(error = %failure, "a failure could not be reported");
            format!("unreported failure: {sentence}")
        }
    }
}

async fn given_back(context: &Context, call: &ClaimedCall) -> Result<String, String> {
    match context.api.release(call.lease_token).await {
        Ok(_) => Ok("given back".to_owned()),
        Err(failure) => {
            warn!(error = %failure, "a call could not be given back");
            Err("not given back".to_owned())
        }
    }
}

/// Extends every lease in hand, and tells the work whose lease is lost.
async fn beat(context: Context, held: Arc<Held>) {
    loop {
        context.clock.sleep(BEAT_EVERY).await;
        let beats = held.beats();
        if beats.is_empty() {
            continue;
        }
        match context.api.heartbeat(&beats).await {
            Ok(answers) => {
                for answer in answers.iter().filter(|answer| !answer.held) {
                    held.lose(answer.lease_token);
                }
            }
            Err(failure) => warn!(error = %failure, leases = beats.len(), "cannot extend leases"),
        }
    }
}

/// The leases in hand.
#[derive(Default)]
struct Held(Mutex<HashMap<Uuid, (Progress, CancellationToken)>>);

/// One lease in hand; it is no longer beaten once this is dropped.
struct Lease {
    held: Arc<Held>,
    token: Uuid,
    progress: Progress,
    lost: CancellationToken,
}

impl Held {
    fn add(self: &Arc<Self>, token: Uuid) -> Lease {
        let (progress, lost) = (Progress::default(), CancellationToken::new());
        self.leases().insert(token, (progress.clone(), lost.clone()));
        Lease { held: Arc::clone(self), token, progress, lost }
    }

    fn beats(&self) -> Vec<Beat> {
        let beat = |(token, (progress, _)): (&Uuid, &(Progress, CancellationToken))| Beat {
            lease_token: *token,
            progress: i64::try_from(progress.get()).unwrap_or(i64::MAX),
        };
        self.leases().iter().map(beat).collect()
    }

    fn lose(&self, token: Uuid) {
        if let Some((_, lost)) = self.leases().get(&token) {
            lost.cancel();
        }
    }

    fn leases(&self) -> MutexGuard<'_, HashMap<Uuid, (Progress, CancellationToken)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.held.leases().remove(&self.token);
    }
}
