//! A judge, its endpoint, and calls to judge.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use callscript_server::lanes::Context;
use callscript_server::lanes::claims::{self, Progress};
use callscript_server::lanes::clock::{Clock, SystemClock};
use callscript_server::lanes::judge::Judge;
use callscript_server::lanes::judge::model::endpoint::EndpointSettings;
use callscript_server::lanes::judge::model::tokens::Vocabulary;
use callscript_server::lanes::judge::model::{Model, ModelSettings, Prices, RequestLimits};
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use model_simulator::{Behaviour, DEMO_KEY, DEMO_MODEL, Options, Reading, Simulator};
use supabase_client::call::{CallId, CallPage};
use supabase_client::flag::Severity;
use supabase_client::http::{Api, StoredRecording, Supabase, SupabaseConfig};
use supabase_client::ingest::CallRecord;
use supabase_client::judgement::{Judgement, RuleOutcome, RuleResult};
use supabase_client::lane::Lane;
use supabase_client::model_use::ModelLimits;
use supabase_client::ruleset::{JudgeMaterial, Rule, RuleForm, RuleKind, Ruleset};
use supabase_client::transcript::{Segment, Speaker, Transcript, Word};
use supabase_local::Stack;
use tokio_util::sync::CancellationToken;

/// The machine's time, on which nobody waits for long.
pub struct Hurried;

impl Clock for Hurried {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now()
    }

    fn sleep(&self, pause: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(pause.min(Duration::from_millis(2)))
    }
}

pub struct World {
    pub endpoint: Simulator,
    pub api: Api,
    pub stack: Stack,
}

impl World {
    /// An endpoint that reads these phrases, and a stack that keeps the budget.
    pub async fn new(readings: Vec<Reading>) -> Self {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../supabase");
        let stack = Stack::for_test(project).await.unwrap();
        let behaviour = Behaviour { readings, ..Behaviour::default() };
        let endpoint = Simulator::start(Options { behaviour, ..Options::default() }).await.unwrap();
        let config =
            SupabaseConfig { url: stack.api_url().parse().unwrap(), api_key: stack.secret_key().into() };
        Self { endpoint, api: Supabase::new(config).unwrap().as_service(), stack }
    }

    pub fn settings(&self) -> ModelSettings {
        ModelSettings {
            endpoint: EndpointSettings {
                url: self.endpoint.base_url().parse().unwrap(),
                key: Some(DEMO_KEY.into()),
                model: DEMO_MODEL.to_owned(),
                timeout: Duration::from_secs(10),
            },
            vocabulary: Vocabulary::O200kBase,
            limits: RequestLimits { request_tokens: 4_000, answer_tokens: 800 },
            requests: 8,
            prices: Prices { usd_per_million_tokens_in: 2.into(), usd_per_million_tokens_out: 8.into() },
            per_day: ModelLimits::default(),
            mask: true,
        }
    }

    pub fn judge(&self) -> Judge {
        self.judge_with(self.settings())
    }

    pub fn judge_with(&self, settings: ModelSettings) -> Judge {
        let model = Model::new(self.api.clone(), settings, Arc::new(Hurried)).unwrap();
        Judge { api: self.api.clone(), model: Some(Arc::new(model)) }
    }
}

impl World {
    /// A call that waits for the judge, with this transcript and the vertical that the campaign is mapped to.
    pub async fn waiting_call(
        &self,
        ringba_call_id: &str,
        campaign: &str,
        transcript: &Transcript,
    ) -> CallId {
        let record = CallRecord {
            ringba_call_id: Some(ringba_call_id.to_owned()),
            start_time_utc: Some(Utc::now()),
            completed_at: Some(Utc::now()),
            campaign_name: Some(campaign.to_owned()),
            has_recording: Some(true),
            audio_url: Some(format!("https://recordings.example/{ringba_call_id}.mp3")),
            ..CallRecord::default()
        };
        self.api.ingest_calls("RA1", vec![record]).await.unwrap();
        let claimed = self.api.claim(Lane::Vault, "test", 1).await.unwrap().remove(0);
        let stored = StoredRecording {
            storage_path: format!("RA1/{ringba_call_id}.mp3"),
            bytes: 1,
            sha256: "a".repeat(64),
            content_type: "audio/mpeg".to_owned(),
        };
        self.api.complete_download(claimed.lease_token, &stored).await.unwrap();
        let claimed = self.api.claim(Lane::Worker, "test", 1).await.unwrap().remove(0);
        self.api.complete_transcription(claimed.lease_token, transcript, None).await.unwrap();
        claimed.call_id
    }

    pub fn context(&self) -> Context {
        Context {
            api: self.api.clone(),
            clock: Arc::new(Hurried),
            worker: "test".to_owned(),
            stop: CancellationToken::new(),
        }
    }

    pub async fn page(&self, call: CallId) -> CallPage {
        self.api.call_page(call).await.unwrap().unwrap()
    }

    /// Claims the one call that waits and judges it, as the lane does.
    pub async fn work_off(&self, judge: &Judge) -> CallPage {
        let call = self.api.claim(Lane::Judge, "test", 1).await.unwrap().remove(0);
        let told = claims::settle(&self.context(), judge, &call, &Progress::default()).await;
        let page = self.page(call.call_id).await;
        assert_eq!(told, Ok(format!("{:?}", page.call.status).to_lowercase()));
        page
    }
}

pub async fn judged(judge: &Judge, material: &JudgeMaterial) -> Judgement {
    judge.judge(material.clone(), &Progress::default()).await.unwrap()
}

/// Asked of the model: must not happen, said by the agent.
pub fn judged_rule(key: &str) -> Rule {
    Rule {
        key: key.to_owned(),
        title: format!("Title of {key}"),
        severity: Severity::Major,
        instruction: format!("What {key} means."),
        kind: RuleKind::Judged,
        form: RuleForm::MustNotHappen,
        speaker: Some(Speaker::Agent),
        phrases: Vec::new(),
        after_phrases: Vec::new(),
        within_first_seconds: None,
        examples_violating: Vec::new(),
        examples_passing: Vec::new(),
    }
}

/// Decided without the model.
pub fn phrase_rule(key: &str, phrase: &str) -> Rule {
    Rule { kind: RuleKind::Phrases, phrases: vec![phrase.to_owned()], ..judged_rule(key) }
}

/// A call of these lines, three seconds each.
pub fn call(rules: Vec<Rule>, lines: &[(Speaker, &str)]) -> JudgeMaterial {
    let segment = |(at, &(speaker, text)): (usize, &(Speaker, &str))| {
        let start_ms = u32::try_from(at).unwrap() * 3_000;
        let words: Vec<Word> = (0..)
            .zip(text.split_whitespace())
            .map(|(place, text)| Word {
                text: text.to_owned(),
                start_ms: start_ms + place * 100,
                end_ms: start_ms + place * 100 + 90,
                probability: 0.9,
            })
            .collect();
        let channel = u8::from(speaker == Speaker::Caller);
        Segment { channel, speaker, start_ms, end_ms: start_ms + 2_900, words, doubts: Vec::new() }
    };
    let segments: Vec<Segment> = lines.iter().enumerate().map(segment).collect();
    JudgeMaterial {
        transcript: Transcript {
            model: "test".to_owned(),
            language: "en".to_owned(),
            duration_ms: segments.last().map_or(0, |last| last.end_ms),
            segments,
            peaks: Vec::new(),
            unheard: Vec::new(),
        },
        ruleset: Ruleset { ruleset_id: "aca-test".to_owned(), vertical: "aca".to_owned(), rules },
        unfinished: None,
        shown: None,
    }
}

pub fn result<'j>(judgement: &'j Judgement, key: &str) -> &'j RuleResult {
    judgement.rule_results.iter().find(|result| result.rule_key == key).unwrap()
}

pub fn outcome(judgement: &Judgement, key: &str) -> RuleOutcome {
    result(judgement, key).outcome
}

pub fn quotes(judgement: &Judgement) -> Vec<&str> {
    judgement.flags.iter().map(|flag| flag.quote.as_str()).collect()
}

/// Looks again until there is an answer.
pub async fn eventually<T, F: Future<Output = Option<T>>>(look: impl Fn() -> F) -> T {
    let began = std::time::Instant::now();
    loop {
        if let Some(answer) = look().await {
            return answer;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "what the test waits for did not happen");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
