//! The whole of CallScript, started for a test: the embedded stack, a simulated Ringba, and the real
//! server and worker as processes of their own.
//!
//! The two programs are taken from the folder where cargo puts them, beside the test itself; build
//! the workspace before running these tests.

pub mod programs;
pub mod truth;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use call_truth::LabelledCall;
use futures::TryStreamExt;
use ringba_simulator::{Ledger, Options, Simulator};
use secrecy::SecretString;
use supabase_client::call::{CallPage, CallStatus};
use supabase_client::http::{Api, AutoSession, Supabase, SupabaseConfig};
use supabase_client::queue::QueueFilter;
use supabase_local::Stack;

use crate::programs::Program;

/// People and the worker of `supabase/seed.sql`.
const REVIEWER: &str = "reviewer@callscript.local";
const PASSWORD: &str = "callscript-local";

/// Two cores transcribe a call of a minute and a half in seconds; this only ends a test that hangs.
const PATIENCE: Duration = Duration::from_mins(5);
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// A running CallScript; everything stops when it is dropped.
pub struct Pipeline {
    // Dropped in this order: the programs stop before what they talk to.
    _programs: [Program; 2],
    simulator: Simulator,
    reviewer: Api,
    stack: Stack,
}

/// One call as the reviewer sees it, beside what was really said.
pub struct JudgedCall {
    pub labelled: LabelledCall,
    pub page: CallPage,
}

impl Pipeline {
    /// Starts all parts over these calls.
    pub async fn start(ledger: Ledger) -> anyhow::Result<Self> {
        let stack = Stack::for_test(workspace().join("supabase")).await?;
        let simulator = Simulator::start(ledger, Options::default()).await?;
        let mut programs = [Program::server(&stack, &simulator)?, Program::worker(&stack)?];
        for program in &mut programs {
            program.start()?;
        }
        let reviewer = sign_in(&stack).await?;
        Ok(Self { _programs: programs, simulator, reviewer, stack })
    }

    /// Waits until every call of the ledger has a verdict, and returns the calls by the name of
    /// their recording. A call that ends anywhere else is an error with its reason.
    pub async fn judged(&self, labelled: &[LabelledCall]) -> anyhow::Result<Vec<JudgedCall>> {
        let all_done = tokio::time::timeout(PATIENCE, self.wait_for_verdicts(labelled.len())).await;
        all_done.context("the calls were not judged in time")??;
        let mut judged = Vec::new();
        for call in self.reviewer.queue_page(&QueueFilter::default(), None, 1000).await?.into_calls() {
            let recording = self.recording_of(&call.ringba_call_id)?;
            let labelled = labelled
                .iter()
                .find(|labelled| labelled.recording == recording)
                .with_context(|| format!("{} is no labelled recording", recording.display()))?;
            let page = self.reviewer.call_page(call.call_id).await?.context("the call has no page")?;
            judged.push(JudgedCall { labelled: labelled.clone(), page });
        }
        judged.sort_by(|one, other| one.labelled.recording.cmp(&other.labelled.recording));
        Ok(judged)
    }

    /// Path, bytes and SHA-256 of the review copy that is noted for a call.
    pub async fn review_copy_of(&self, call_id: i64) -> (String, i64, String) {
        self.stack.review_copy_of(call_id).await
    }

    /// An object in Storage, as the reviewer may read it.
    pub async fn stored(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let chunks = self.reviewer.storage().download(path).await?;
        let bytes = chunks.try_fold(Vec::new(), |mut bytes, chunk| async move {
            bytes.extend_from_slice(&chunk);
            Ok(bytes)
        });
        Ok(bytes.await?)
    }

    async fn wait_for_verdicts(&self, calls: usize) -> anyhow::Result<()> {
        loop {
            let queue = self.reviewer.queue_page(&QueueFilter::default(), None, 1000).await?.into_calls();
            if let Some(call) = queue.iter().find(|call| call.status == CallStatus::Failed) {
                anyhow::bail!("call {} failed: {:?}", call.call_id, call.last_error);
            }
            let has_verdict = |status: CallStatus| {
                matches!(status, CallStatus::Flagged | CallStatus::Safe | CallStatus::Undecided)
            };
            if queue.len() == calls && queue.iter().all(|call| has_verdict(call.status)) {
                return Ok(());
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    fn recording_of(&self, ringba_call_id: &str) -> anyhow::Result<PathBuf> {
        let ledger = self.simulator.ledger();
        let call = ledger.get(ringba_call_id).context("the database holds a call that Ringba never had")?;
        call.recording.clone().context("a call without recording was judged")
    }
}

async fn sign_in(stack: &Stack) -> anyhow::Result<Api> {
    let supabase = Supabase::new(SupabaseConfig {
        url: stack.api_url().parse()?,
        api_key: SecretString::from(stack.publishable_key().to_owned()),
    })?;
    let session = AutoSession::sign_in(&supabase, REVIEWER.to_owned(), SecretString::from(PASSWORD)).await?;
    Ok(supabase.with_session(session))
}

/// Root of the repository.
#[must_use]
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
