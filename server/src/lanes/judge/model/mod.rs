//! Rules of the kind *judged*: asked of a language model behind an OpenAI-compatible endpoint.
//!
//! [`sent`] makes the transcript fit to leave the house, [`plan`] cuts it into requests that fit, in the
//! words of [`prompt`]; [`endpoint`] asks, [`answer`] reads, and [`combine`] believes nothing that
//! [`lines`] does not find in the transcript. [`health`] stops the asking while the endpoint is down.

mod answer;
mod combine;
pub mod endpoint;
mod health;
mod lines;
mod plan;
mod prompt;
mod sent;
pub mod tokens;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{FutureExt, StreamExt, stream};
use rust_decimal::Decimal;
use supabase_client::criterion::AlertLevel;
use supabase_client::http::{Api, Error};
use supabase_client::judgement::{RefusalReason, RefusedFinding, Unasked};
use supabase_client::model_use::{ModelLimits, ModelUse};
use supabase_client::ruleset::Rule;
use supabase_client::transcript::Transcript;
use tokio::sync::Semaphore;
use uuid::Uuid;

use self::answer::{Answer, RuleAnswer};
use self::combine::{Evidence, WindowAnswer};
use self::endpoint::{Endpoint, EndpointError, EndpointSettings, Reply};
use self::health::{Health, News};
use self::lines::Line;
pub use self::plan::RequestLimits;
use self::plan::{Plan, PlannedRequest};
use self::tokens::{TokenCounter, Vocabulary};
use super::speech::Speech;
use super::verdict::{Asked, Endings, unasked};
use crate::lanes::claims::Progress;
use crate::lanes::clock::Clock;

/// An endpoint that claims to have counted more than so many times our own count is not believed. Models
/// that think before they answer use more than they write.
const MOST_TIMES_OUR_COUNT: u64 = 20;
const ALERT: &str = "judge_endpoint_away";
/// More refused findings of one judging are not kept.
const MOST_REFUSED: usize = 200;

/// What tokens cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Prices {
    pub usd_per_million_tokens_in: Decimal,
    pub usd_per_million_tokens_out: Decimal,
}

impl Prices {
    fn of(&self, tokens_in: u64, tokens_out: u64) -> Decimal {
        let cost = Decimal::from(tokens_in) * self.usd_per_million_tokens_in
            + Decimal::from(tokens_out) * self.usd_per_million_tokens_out;
        (cost / Decimal::from(1_000_000)).normalize()
    }
}

/// Everything about asking a language model.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    pub endpoint: EndpointSettings,
    pub vocabulary: Vocabulary,
    pub limits: RequestLimits,
    /// Requests under way at a time, of all calls of this process together.
    pub requests: usize,
    pub prices: Prices,
    pub per_day: ModelLimits,
    /// Whether numbers that could be a card's, a social security or a bank account's are masked.
    pub mask: bool,
}

/// A language model that rules can be asked of.
pub struct Model {
    api: Api,
    endpoint: Endpoint,
    counter: TokenCounter,
    settings: ModelSettings,
    slots: Semaphore,
    health: Health,
}

/// What the model was asked about one call and what came of it.
#[derive(Debug, Default)]
pub struct ModelWork {
    /// One for each rule that was to be asked.
    pub endings: Endings,
    pub asked: Asked,
}

/// A transcript ready to be asked about.
struct Prepared {
    sent: Transcript,
    lines: Vec<Line>,
    plan: Plan,
}

/// What one request brought.
struct Outcomes {
    answer: Answer,
    /// Why a rule has no answer in it.
    missing: Unasked,
    models: BTreeSet<String>,
    requests: i64,
    tokens_in: u64,
    tokens_out: u64,
}

impl Default for Outcomes {
    fn default() -> Self {
        let (answer, models) = (Answer::default(), BTreeSet::new());
        Self { answer, missing: Unasked::BadAnswers, models, requests: 0, tokens_in: 0, tokens_out: 0 }
    }
}

impl Model {
    /// The error is a sentence about the settings.
    pub fn new(api: Api, settings: ModelSettings, clock: Arc<dyn Clock>) -> Result<Self, String> {
        Ok(Self {
            api,
            endpoint: Endpoint::new(settings.endpoint.clone(), Arc::clone(&clock))?,
            counter: TokenCounter::new(settings.vocabulary, &settings.endpoint.model)?,
            slots: Semaphore::new(settings.requests),
            health: Health::new(clock),
            settings,
        })
    }

    /// The model that is asked for.
    pub fn name(&self) -> &str {
        self.endpoint.model()
    }

    /// Whether a request may be sent now: the endpoint is not known to be down.
    pub fn may_ask(&self) -> bool {
        self.health.may_ask()
    }

    /// Ends when calls may be claimed.
    pub async fn until_calls_may_come(&self) {
        self.health.until_calls_may_come().await;
    }

    /// Whether the last that was heard of the endpoint is a failure.
    pub fn is_failing(&self) -> bool {
        self.health.is_failing()
    }

    /// Asks `rules` about a call. Fails only where Supabase does; whatever the endpoint does shows in the
    /// endings.
    pub async fn judge(
        &self,
        transcript: &Transcript,
        rules: &[&Rule],
        progress: &Progress,
    ) -> Result<ModelWork, Error> {
        if rules.is_empty() {
            return Ok(ModelWork::default());
        }
        if !self.health.may_ask() {
            let endings = unasked(rules.iter().copied(), Unasked::EndpointAway).collect();
            return Ok(ModelWork { endings, ..ModelWork::default() });
        }
        let Prepared { sent, lines, plan } = self.prepare(transcript, rules).await;
        let asking: Vec<_> = plan.requests.iter().map(|request| self.ask(request, rules).boxed()).collect();
        let mut asking = stream::iter(asking).buffered(self.settings.requests);
        let mut outcomes = Vec::with_capacity(plan.requests.len());
        while let Some(outcome) = asking.next().await {
            outcomes.push(outcome?);
            progress.set(outcomes.len() as u64);
        }
        drop(asking);
        let evidence = Evidence { sent: Speech::new(&sent), lines };
        let work = self.combine(transcript, rules, &plan, outcomes, &evidence);
        self.tell_health().await;
        Ok(work)
    }

    /// Counting the tokens of a long call takes the processor for a while.
    async fn prepare(&self, transcript: &Transcript, rules: &[&Rule]) -> Prepared {
        let sent = sent::as_sent(transcript, self.settings.mask);
        let rules: Vec<Rule> = rules.iter().copied().cloned().collect();
        let (counter, limits) = (self.counter, self.settings.limits);
        let preparing = tokio::task::spawn_blocking(move || {
            let lines = lines::lines(&sent);
            let plan = plan::plan(&rules.iter().collect::<Vec<_>>(), &lines, counter, limits);
            Prepared { sent, lines, plan }
        });
        match preparing.await {
            Ok(prepared) => prepared,
            // The lane reports its own panics as such.
            Err(failure) => std::panic::resume_unwind(failure.into_panic()),
        }
    }

    /// One request, and the same again with the reason where the answer is of no use.
    async fn ask(&self, request: &PlannedRequest, rules: &[&Rule]) -> Result<Outcomes, Error> {
        let keys: Vec<&str> = request.rules.iter().map(|&rule| rules[rule].key.as_str()).collect();
        let mut outcomes = Outcomes::default();
        // Never closed.
        let Ok(_slot) = self.slots.acquire().await else { return Ok(outcomes) };
        let mut read: Option<Answer> = None;
        loop {
            let [system, user] = &request.texts;
            let user = match &read {
                None => user.clone(),
                Some(answer) => prompt::asked_again(&answer.problems) + user,
            };
            let reply = match self.send(&[system.clone(), user], request, &mut outcomes).await? {
                Ok(reply) => reply,
                Err(reason) => {
                    outcomes.missing = reason;
                    break;
                }
            };
            let answer = match reply.content {
                Ok(content) => answer::read(&content, &keys),
                Err(problem) => Answer::unusable(problem),
            };
            let was_asked_again = read.is_some();
            let answer = match read.take() {
                Some(first) => first.complete_by(answer),
                None => answer,
            };
            let is_whole = answer.problems.is_empty();
            read = Some(answer);
            if is_whole || was_asked_again {
                break;
            }
        }
        outcomes.answer = read.unwrap_or_default();
        Ok(outcomes)
    }

    /// Sends a request if the endpoint is up and the day's budget has room for it.
    async fn send(
        &self,
        texts: &[String; 2],
        request: &PlannedRequest,
        outcomes: &mut Outcomes,
    ) -> Result<Result<Reply, Unasked>, Error> {
        if !self.health.may_ask() {
            return Ok(Err(Unasked::EndpointAway));
        }
        let reservation = Uuid::new_v4();
        let most_out = self.settings.limits.answer_tokens as u64;
        let most_in = (request.tokens as u64).saturating_sub(most_out);
        if !self
            .api
            .reserve_model_use(reservation, self.used(most_in, most_out), self.settings.per_day)
            .await?
        {
            return Ok(Err(Unasked::BudgetSpent));
        }
        let answer_tokens = u32::try_from(most_out).unwrap_or(u32::MAX);
        let answered = self.endpoint.ask(texts, &request.schema, answer_tokens).await;
        let (tokens_in, tokens_out) = match &answered {
            Ok(reply) => self.counted(texts, reply, most_out),
            // It may have been at work all the same, every time.
            Err(EndpointError::Timeout) => (most_in * endpoint::MOST_TRIES, most_out * endpoint::MOST_TRIES),
            Err(_) => (0, 0),
        };
        let used = self.used(tokens_in, tokens_out);
        if let Err(failure) = self.api.settle_model_use(reservation, used).await {
            // It counts with what was reserved: more than it was, and never less.
            tracing::warn!(error = %failure, "a request could not be settled with the day's budget");
        }
        outcomes.tokens_in += tokens_in;
        outcomes.tokens_out += tokens_out;
        outcomes.requests += i64::from(tokens_in > 0);
        Ok(match answered {
            Ok(reply) => {
                self.health.answered();
                outcomes.models.extend(reply.model.clone());
                Ok(reply)
            }
            // It is there, and does not take this request.
            Err(failure @ EndpointError::Status { status: 400 | 413 | 422, .. }) => {
                tracing::warn!(error = %failure, "the endpoint refuses a request");
                Err(Unasked::BadAnswers)
            }
            Err(failure) => {
                tracing::warn!(error = %failure, "the endpoint gave no answer");
                self.health.failed(&failure.to_string(), failure.retry_after());
                Err(Unasked::EndpointAway)
            }
        })
    }

    fn used(&self, tokens_in: u64, tokens_out: u64) -> ModelUse {
        let tokens = i64::try_from(tokens_in.saturating_add(tokens_out)).unwrap_or(i64::MAX);
        ModelUse { tokens, cost_usd: self.settings.prices.of(tokens_in, tokens_out) }
    }

    /// What a request used by the endpoint's word, or by our own count where it does not tell or tells
    /// what cannot be.
    fn counted(&self, texts: &[String; 2], reply: &Reply, most_out: u64) -> (u64, u64) {
        let sent = texts.iter().map(|text| self.counter.count(text)).sum::<usize>() as u64;
        let written = match &reply.content {
            Ok(content) => self.counter.count(content) as u64,
            Err(_) => most_out,
        };
        let believed = |told: Option<u64>, counted: u64| {
            told.filter(|told| *told <= MOST_TIMES_OUR_COUNT * (counted + most_out)).unwrap_or(counted)
        };
        (believed(reply.tokens_in, sent), believed(reply.tokens_out, written))
    }

    fn combine(
        &self,
        transcript: &Transcript,
        rules: &[&Rule],
        plan: &Plan,
        outcomes: Vec<Outcomes>,
        evidence: &Evidence<'_>,
    ) -> ModelWork {
        let speech = Speech::new(transcript);
        let mut refused = Vec::new();
        let mut windows: Vec<Vec<WindowAnswer>> = vec![Vec::new(); rules.len()];
        let mut asked = Asked::default();
        let (mut tokens_in, mut tokens_out, mut models) = (0, 0, BTreeSet::new());
        for (request, outcome) in plan.requests.iter().zip(outcomes) {
            asked.requests += outcome.requests;
            tokens_in += outcome.tokens_in;
            tokens_out += outcome.tokens_out;
            models.extend(outcome.models);
            let Answer { rules: mut answers, garbled, .. } = outcome.answer;
            for &rule in &request.rules {
                let key = &rules[rule].key;
                let said = match answers.remove(key) {
                    Some(answer) => evidence.prove(rules[rule], &request.window, answer, &mut refused),
                    None => WindowAnswer::Unasked(outcome.missing),
                };
                // What could not be read may say the opposite of what could.
                windows[rule].push(match said {
                    WindowAnswer::Said { hits, .. } if hits.is_empty() && garbled.contains(key) => {
                        WindowAnswer::Unasked(outcome.missing)
                    }
                    said => said,
                });
            }
            refused.extend(answers.into_iter().flat_map(unknown_rule));
        }
        let mut endings = Endings::new();
        for (at, rule) in rules.iter().enumerate() {
            let fits = !plan.too_long.contains(&at);
            let ending = combine::ending(rule, &windows[at], fits, &speech, transcript);
            endings.insert(rule.key.clone(), ending);
        }
        if asked.requests > 0 {
            asked.model = Some(self.name().to_owned());
            asked.endpoint = Some(self.endpoint.name());
        }
        asked.returned_model =
            (!models.is_empty()).then(|| models.into_iter().collect::<Vec<_>>().join(", "));
        refused.truncate(MOST_REFUSED);
        asked.refused_findings = refused;
        asked.tokens_in = i64::try_from(tokens_in).unwrap_or(i64::MAX);
        asked.tokens_out = i64::try_from(tokens_out).unwrap_or(i64::MAX);
        asked.cost_usd = self.settings.prices.of(tokens_in, tokens_out);
        ModelWork { endings, asked }
    }

    /// Raises and clears the alert about the endpoint. One that cannot be told now is told by the next call.
    async fn tell_health(&self) {
        let Some(news) = self.health.news() else { return };
        let subject = self.endpoint.name();
        let told = match news {
            News::Away(failure) => {
                let message = format!(
                    "The language model's endpoint {subject} is down ({failure}). Rules of the kind judged stay \
                     undecided and are asked when it is back; phrase rules go on."
                );
                self.api.raise_alert(ALERT, &subject, AlertLevel::Critical, &message).await
            }
            News::Back => self.api.clear_alert(ALERT, &subject).await,
        };
        if let Err(failure) = told {
            tracing::warn!(error = %failure, "the state of the endpoint could not be told");
        }
    }
}

/// Findings for rules that were not asked.
fn unknown_rule((rule_key, answer): (String, RuleAnswer)) -> Vec<RefusedFinding> {
    let findings = answer.into_iter().flat_map(|said| said.findings);
    findings.map(|finding| combine::refusal(&rule_key, finding, RefusalReason::UnknownRule)).collect()
}
