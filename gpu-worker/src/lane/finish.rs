//! The last word on a call: stored, failed, given back, or lost.

use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use supabase_client::call::CallStatus;
use supabase_client::http::{Api, Error, Failure};
use supabase_client::transcript::Transcript;
use tracing::{error, info, warn};
use uuid::Uuid;

use super::Running;
use super::call::{Times, Trouble};
use super::held::HeldCall;
use crate::engine::stop::Reason;

/// The client repeats a call by itself a few times; a finished transcript is worth more patience.
/// Saying it twice is safe: the second time gets the first answer.
const PATIENCE_TRIES: usize = 6;
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Reports how a call ended and writes the one log line that it gets.
pub async fn finish(running: &Running, held: &HeldCall, outcome: Result<Transcript, Trouble>, times: Times) {
    let api = &running.lane.api;
    let (call, token) = (held.call_id, held.lease_token);
    let started = Instant::now();
    let (said, answer) = match &outcome {
        Ok(transcript) => ("stored", store(api, held, transcript).await),
        Err(Trouble::Failed { sentence, permanent }) => {
            ("failed", api.fail(token, Failure { sentence, code: None, permanent: *permanent }).await)
        }
        Err(Trouble::Stopped(Reason::Ending)) => ("given back", api.release(token).await),
        Err(Trouble::Stopped(Reason::LeaseLost)) => ("lost", Err(Error::LeaseLost)),
    };
    match answer {
        Ok(status) => {
            let (sound, trouble) = match &outcome {
                Ok(transcript) => (Duration::from_millis(u64::from(transcript.duration_ms)), None),
                Err(trouble) => (Duration::ZERO, Some(trouble)),
            };
            info!(
                %call, said, ?status, ?trouble, ?sound, fetch = ?times.fetch, decode = ?times.decode,
                wait = ?times.wait, inference = ?times.inference, store = ?started.elapsed(),
                "call ended"
            );
        }
        Err(Error::LeaseLost) => warn!(%call, lease = %token, "the lease was lost; nothing was written"),
        Err(error) => {
            error!(%call, lease = %token, said, %error, "the end of a call could not be reported; its lease will run out");
        }
    }
}

/// Stores a transcript, for as long as the lease is ours. A transcript that the database refuses
/// ends the call: it would come out the same the next time.
async fn store(api: &Api, held: &HeldCall, transcript: &Transcript) -> Result<CallStatus, Error> {
    let token: Uuid = held.lease_token;
    let pauses = ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(PATIENCE_TRIES)
        .with_jitter();
    let complete = || api.complete_transcription(token, transcript, None);
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
