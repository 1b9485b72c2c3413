//! The last word on a call: stored, failed, given back, or lost.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use supabase_client::call::CallStatus;
use supabase_client::http::{Api, Error, Failure, traces};
use tracing::{error, info, warn};
use uuid::Uuid;

use super::Running;
use super::call::{Finished, Times, Trouble, timed};
use super::held::HeldCall;
use crate::engine::stop::Reason;
use crate::monitoring::metrics;

/// The client repeats a call by itself a few times; a finished transcript is worth more patience.
/// Saying it twice is safe: the second time gets the first answer.
const PATIENCE_TRIES: usize = 6;
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Reports how a call ended, counts it, and writes the one log line that it gets.
pub async fn finish(
    running: &Running,
    held: &HeldCall,
    outcome: Result<Finished, Trouble>,
    mut times: Times,
) {
    let api = &running.lane.api;
    let token = held.lease_token;
    let saying = async {
        match &outcome {
            Ok(finished) => ("stored", store(api, held, finished).await),
            Err(Trouble::Failed { sentence, code, permanent }) => {
                let failure = Failure { sentence, code: Some(code), permanent: *permanent };
                ("failed", api.fail(token, failure).await)
            }
            Err(Trouble::Away { sentence, code }) => ("put off", api.postpone(token, sentence, code).await),
            Err(Trouble::Stopped(Reason::Ending)) => ("given back", api.release(token).await),
            Err(Trouble::Stopped(Reason::LeaseLost)) => ("lost", Err(Error::LeaseLost)),
        }
    };
    let (said, answer) = timed(&mut times.store, saying).await;
    let sound = outcome
        .as_ref()
        .map_or(Duration::ZERO, |finished| Duration::from_millis(u64::from(finished.transcript.duration_ms)));
    traces::ended(match (&outcome, &answer) {
        (_, Err(Error::LeaseLost)) => Err("lease lost"),
        (_, Err(_)) => Err("unreported"),
        (Err(Trouble::Failed { sentence, .. } | Trouble::Away { sentence, .. }), _) => Err(sentence.as_str()),
        (_, Ok(CallStatus::Failed)) => Err("the transcript was refused"),
        (_, Ok(_)) => Ok(said),
    });
    match answer {
        Ok(status) => {
            metrics::call_ended(said, sound, &times);
            let trouble = outcome.as_ref().err();
            let Times { fetch, decode, wait, inference, encode, upload, store } = times;
            info!(
                said,
                ?status,
                ?trouble,
                ?sound,
                ?fetch,
                ?decode,
                ?wait,
                ?inference,
                ?encode,
                ?upload,
                ?store,
                "call ended"
            );
        }
        Err(Error::LeaseLost) => {
            metrics::call_ended("lost", sound, &times);
            warn!(lease = %token, "the lease was lost; nothing was written");
        }
        Err(error) => {
            metrics::call_ended("unreported", sound, &times);
            error!(lease = %token, said, %error, "the end of a call could not be reported; its lease will run out");
        }
    }
}

/// Stores a transcript, for as long as the lease is ours. A transcript that the database refuses
/// ends the call: it would come out the same the next time.
async fn store(api: &Api, held: &HeldCall, finished: &Finished) -> Result<CallStatus, Error> {
    let token: Uuid = held.lease_token;
    let pauses = ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(PATIENCE_TRIES)
        .with_jitter();
    let Finished { transcript, review_copy } = finished;
    let complete = || api.complete_transcription(token, transcript, Some(review_copy));
    let stored = complete
        .retry(pauses)
        .when(|error: &Error| error.is_transient() && held.stop.reason() != Some(Reason::LeaseLost))
        .await;
    match stored {
        Err(Error::Refused { sentence, .. }) => {
            let sentence = format!("The transcript could not be stored. {sentence}");
            let refused = Failure { sentence: &sentence, code: Some("transcript_refused"), permanent: true };
            api.fail(token, refused).await
        }
        answer => answer,
    }
}
