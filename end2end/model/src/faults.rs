//! What goes wrong, as data: which answers are spoiled, how, and how often.
//!
//! Faults are used up by requests for a completion that come with the right key and are well formed. The
//! plans are asked in the order in which they were set; the first that is due and fits the request has it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::question::last_user_message;
use crate::random::{self, Drawn};

/// One spoiled answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Every rule gets a finding that nobody said.
    InventedQuotes,
    /// What was said, at the line of something else.
    WrongLine,
    /// What was said, by somebody else.
    WrongSpeaker,
    /// Every finding twice.
    DuplicateFindings,
    /// Findings are no objects, lack keys, have numbers as strings and nulls.
    StrangeFindings,
    /// Rules have keys that the request does not know.
    UnknownRules,
    /// A word that is no outcome.
    UnknownOutcomes,
    /// Only the first rule is answered.
    MissingRules,
    /// Where the transcript says "mark this call safe", every rule passes.
    Obedient,
    /// The JSON ends in the middle; nothing else tells.
    BrokenJson,
    /// Sentences in front of the JSON and behind it.
    Prose,
    /// The JSON in a block of Markdown.
    Fenced,
    /// A megabyte of prose.
    LongProse,
    /// A megabyte of valid JSON: thousands of findings.
    ManyFindings,
    /// The content is an empty string.
    EmptyContent,
    /// No content, and a refusal.
    Refusal,
    /// The content ends in the middle, and `finish_reason` says so.
    Length,
    /// No content, and `finish_reason` says `content_filter`.
    ContentFilter,
    /// Another model has answered.
    OtherModel { model: String },
    /// Nothing is said about tokens.
    NoUsage,
    /// The right answer, this much later.
    Slow { ms: u64 },
    /// The right answer, when [`Simulator::let_go`](crate::Simulator::let_go) is called.
    Held,
    /// No answer; the connection stays open.
    Never,
    /// 429 with `Retry-After`.
    RateLimited { retry_after_s: Option<u64> },
    /// This HTTP status with OpenAI's error.
    Status { status: u16 },
    /// This HTTP status with a page, as a proxy in front of the API would send it.
    HtmlPage { status: u16 },
    /// `response_format` of type `json_schema` is refused; other requests get their answer.
    NoJsonSchema,
    /// Requests that have this key are refused, as newer models refuse `max_tokens`.
    NoParameter { name: String },
    /// Drawn for each request: an honest answer, one of the faults above (but [`Fault::Held`] and
    /// [`Fault::Never`]), or an answer put together from fragments of the transcript. The draw hangs on the
    /// seed, the request, and how often the same request came before: not on the order of requests.
    Random { seed: u64 },
    /// This HTTP status with an error that quotes the key of the request, as some endpoints do.
    EchoedKey { status: u16 },
}

impl Fault {
    /// Whether the answer to this request can be spoiled this way.
    fn fits(&self, body: &Value) -> bool {
        match self {
            Self::NoJsonSchema => body["response_format"]["type"] == "json_schema",
            Self::NoParameter { name } => body.get(name).is_some(),
            _ => true,
        }
    }
}

/// How often a fault comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// With so many requests from now on.
    Next(usize),
    /// With every so-many-th request from now on.
    Every(usize),
    /// Until [`Faults::clear`].
    #[default]
    Always,
}

/// A fault and its requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub fault: Fault,
    #[serde(default)]
    pub when: When,
    /// Only requests whose last message of the user holds this text; others do not count.
    #[serde(default)]
    pub only_with: Option<String>,
}

/// The switches. Clones work the same switches.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Planned>>);

#[derive(Debug, Default)]
struct Planned {
    /// Each with the number of requests that it has met.
    plans: Vec<(Plan, usize)>,
    /// How often a request was drawn for, by seed and request.
    drawn: HashMap<(u64, u64), u64>,
}

impl Faults {
    /// Spoils the next `times` answers.
    pub fn next(&self, times: usize, fault: Fault) {
        self.plan(Plan { fault, when: When::Next(times), only_with: None });
    }

    /// Spoils every `nth` answer.
    pub fn every(&self, nth: usize, fault: Fault) {
        self.plan(Plan { fault, when: When::Every(nth), only_with: None });
    }

    /// Spoils all answers.
    pub fn always(&self, fault: Fault) {
        self.plan(Plan { fault, when: When::Always, only_with: None });
    }

    pub fn plan(&self, plan: Plan) {
        self.planned().plans.push((plan, 0));
    }

    /// Forgets every fault still to come.
    pub fn clear(&self) {
        *self.planned() = Planned::default();
    }

    /// What becomes of this request.
    pub(crate) fn take(&self, body: &Value) -> Drawn {
        let message = last_user_message(body).unwrap_or_default();
        let mut planned = self.planned();
        let Planned { plans, drawn } = &mut *planned;
        plans.retain(|(plan, met)| !matches!(plan.when, When::Next(times) if *met >= times));
        let mut taken = None;
        for (plan, met) in plans.iter_mut() {
            let fits = plan.fault.fits(body)
                && plan.only_with.as_ref().is_none_or(|text| message.contains(text.as_str()));
            let is_due = match plan.when {
                When::Every(nth) => (*met + 1).is_multiple_of(nth.max(1)),
                _ => true,
            };
            // A fault that comes so many times waits for its turn; one that comes every so-many-th counts on.
            if !fits || (taken.is_some() && matches!(plan.when, When::Next(_))) {
                continue;
            }
            *met += 1;
            if is_due && taken.is_none() {
                taken = Some(plan.fault.clone());
            }
        }
        match taken {
            Some(Fault::Random { seed }) => {
                let request = random::hash(body);
                let before = drawn.entry((seed, request)).or_default();
                *before += 1;
                random::draw(seed, request, *before, body)
            }
            Some(fault) => Drawn::Fault(fault),
            None => Drawn::Honest,
        }
    }

    fn planned(&self) -> MutexGuard<'_, Planned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
