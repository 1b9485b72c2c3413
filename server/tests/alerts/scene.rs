//! A stack, a watchdog with limits that are set short, and who it tells.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use callscript_server::lanes::clock::SystemClock;
use callscript_server::lanes::ingest::reader::Reader;
use callscript_server::lanes::ingest::ringba::{Account, Limits, Ringba};
use callscript_server::lanes::watchdog::{Address, WatchdogSettings};
use callscript_server::lanes::{Context, watchdog as lane};
use chrono::Utc;
use ringba_simulator::{DEMO_ACCOUNT, DEMO_TOKEN, Ledger};
use secrecy::SecretString;
use slack_simulator::{Delivered, Place, Simulator as Slack};
use supabase_client::alert_message::AlertChannel;
use supabase_client::call::CallId;
use supabase_client::http::{Api, AutoSession, Failure, StoredRecording, Supabase, SupabaseConfig};
use supabase_client::ingest::CallRecord;
use supabase_client::lane::Lane;
use supabase_client::transcript::{Segment, Speaker, Transcript, Word};
use supabase_local::Stack;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// So soon people must know.
pub const IN_TIME: Duration = Duration::from_secs(90);
/// Ends a test that hangs.
const PATIENCE: Duration = Duration::from_secs(120);
const PASSWORD: &str = "callscript-local";
pub const APP: &str = "https://callscript.example.com/";

pub struct Scene {
    pub stack: Stack,
    pub slack: Slack,
    pub ringba: ringba_simulator::Simulator,
    pub api: Api,
    pub worker: Api,
    /// Whether the watchdogs tell the other address as well.
    pub with_webhook: bool,
    addresses: [String; 2],
    /// Each that is running.
    dogs: Vec<(CancellationToken, JoinHandle<Result<(), reqwest::Error>>)>,
}

impl Scene {
    /// Everything but the watchdog.
    pub async fn new(ledger: Ledger) -> Self {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../supabase");
        let stack = Stack::for_test(project).await.unwrap();
        let people_told = Slack::start().await.unwrap();
        let ringba =
            ringba_simulator::Simulator::start(ledger, ringba_simulator::Options::default()).await.unwrap();
        let supabase = |key: &str| {
            Supabase::new(SupabaseConfig { url: stack.api_url().parse().unwrap(), api_key: key.into() })
                .unwrap()
        };
        let api = supabase(stack.secret_key()).as_service();
        let people = supabase(stack.publishable_key());
        let session =
            AutoSession::sign_in(&people, "worker@callscript.local".to_owned(), SecretString::from(PASSWORD));
        let worker = people.with_session(session.await.unwrap());
        let addresses = [people_told.slack_url(), people_told.webhook_url()];
        Self {
            stack,
            slack: people_told,
            ringba,
            api,
            worker,
            with_webhook: false,
            addresses,
            dogs: Vec::new(),
        }
    }

    pub fn context(&self) -> Context {
        Context {
            api: self.api.clone(),
            clock: Arc::new(SystemClock),
            worker: "test".to_owned(),
            stop: CancellationToken::new(),
        }
    }

    /// One more server's watchdog, which checks every second.
    pub fn start_watchdog(&mut self) {
        let [slack, webhook] =
            self.addresses.clone().map(|url| Some(Address::parse(&SecretString::from(url), true).unwrap()));
        let settings = WatchdogSettings {
            every: Duration::from_secs(1),
            slack,
            webhook: webhook.filter(|_| self.with_webhook),
            public_url: Some(APP.parse().unwrap()),
        };
        let context = self.context();
        let stop = context.stop.clone();
        self.dogs.push((stop, tokio::spawn(lane::run(context, settings))));
    }

    /// As SIGTERM does.
    pub async fn stop_watchdogs(&mut self) {
        for (stop, dog) in self.dogs.drain(..) {
            stop.cancel();
            dog.await.unwrap().unwrap();
        }
    }

    /// As SIGKILL does.
    pub async fn kill_watchdogs(&mut self) {
        for (_, dog) in self.dogs.drain(..) {
            dog.abort();
            assert!(dog.await.unwrap_err().is_cancelled());
        }
    }

    /// Reads from the simulated Ringba.
    pub fn reader(&self, context: &Context) -> Reader {
        let account = Account {
            id: DEMO_ACCOUNT.to_owned(),
            token: DEMO_TOKEN.into(),
            url: self.ringba.base_url().parse().unwrap(),
        };
        let limits = Limits { requests_per_minute: NonZeroU32::MAX, ..Limits::default() };
        let ringba = Ringba::new(account, limits, Arc::clone(&context.clock)).unwrap();
        Reader::new(context.clone(), Arc::new(ringba))
    }

    /// A call that has just ended and waits for the vault.
    pub async fn pending_call(&self, id: &str, campaign: &str) {
        let record = CallRecord {
            ringba_call_id: Some(id.to_owned()),
            start_time_utc: Some(Utc::now()),
            completed_at: Some(Utc::now()),
            campaign_name: Some(campaign.to_owned()),
            has_recording: Some(true),
            audio_url: Some(format!("http://{}/no/{id}.mp3", self.ringba.address())),
            ..CallRecord::default()
        };
        self.api.ingest_calls("RA1", vec![record]).await.unwrap();
    }

    /// Says that the recordings of all calls that wait for it were stored, whether or not they were.
    pub async fn store_all(&self) {
        for call in self.api.claim(Lane::Vault, "test", 100).await.unwrap() {
            let stored = StoredRecording {
                storage_path: format!("RA1/{}.mp3", call.ringba_call_id),
                bytes: 1_000,
                sha256: "a".repeat(64),
                content_type: "audio/mpeg".to_owned(),
            };
            self.api.complete_download(call.lease_token, &stored).await.unwrap();
        }
    }

    /// What a worker does with all calls that wait for it.
    pub async fn transcribe_all(&self) {
        for call in self.worker.claim(Lane::Worker, "test", 100).await.unwrap() {
            self.worker.complete_transcription(call.lease_token, &transcript(), None).await.unwrap();
        }
    }

    /// The worker gives the one call up that waits for it.
    pub async fn fail_one(&self) -> CallId {
        let call = self.worker.claim(Lane::Worker, "test", 1).await.unwrap().remove(0);
        let failure =
            Failure { sentence: "It cannot be decoded.", code: Some("undecodable"), permanent: true };
        self.worker.fail(call.lease_token, failure).await.unwrap();
        call.call_id
    }

    /// Texts that Slack has taken of one kind of alert, by its title: of its beginning, or of its end.
    pub fn told(&self, title: &str, is_over: bool) -> Vec<Delivered> {
        let begins = format!("*{}{title}*", if is_over { "Over: " } else { "" });
        let mut told = self.slack.delivered();
        told.retain(|message| message.place == Place::Slack && message.text().contains(&begins));
        told
    }

    /// Waits until Slack has taken a message; answers with the time from `since` on.
    pub async fn until_told(&self, title: &str, is_over: bool, since: Instant) -> Duration {
        let begins = format!("*{}{title}*", if is_over { "Over: " } else { "" });
        let is_it = |message: &Delivered| message.place == Place::Slack && message.text().contains(&begins);
        let told = tokio::time::timeout(PATIENCE, self.slack.until_delivered(is_it)).await;
        assert!(told.is_ok(), "nobody was told: {begins}. Told was: {:#?}", self.texts());
        self.slack.delivered().into_iter().find(is_it).unwrap().at.saturating_duration_since(since)
    }

    pub fn texts(&self) -> Vec<String> {
        self.slack.delivered().iter().map(|message| message.text().to_owned()).collect()
    }

    /// Waits until nothing is left to be sent: a message of a kind of its own comes after all others.
    pub async fn until_all_is_told(&self) {
        let level = supabase_client::criterion::AlertLevel::Info;
        self.api.raise_alert("end_of_the_test", "", level, "The test ends.").await.unwrap();
        self.until_told("end_of_the_test", false, Instant::now()).await;
        assert_eq!(self.api.claim_alert_message(AlertChannel::Slack).await.unwrap(), None);
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        for (stop, _) in &self.dogs {
            stop.cancel();
        }
    }
}

/// A sentence of the agent that is a matter of the seed's judged rule.
fn transcript() -> Transcript {
    let words = (0..).zip("let us say you earn forty thousand".split(' ')).map(|(place, text)| Word {
        text: text.to_owned(),
        start_ms: place * 100,
        end_ms: place * 100 + 90,
        probability: 0.9,
    });
    let segment = Segment {
        channel: 0,
        speaker: Speaker::Agent,
        start_ms: 0,
        end_ms: 1_000,
        words: words.collect(),
        doubts: Vec::new(),
    };
    Transcript {
        model: "test".to_owned(),
        language: "en".to_owned(),
        duration_ms: 1_000,
        segments: vec![segment],
        peaks: Vec::new(),
        unheard: Vec::new(),
    }
}

/// The labelled demo recordings.
pub fn demo_calls() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../end2end/calls"))
}
