//! What becomes of a request when it is drawn.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::answer::{Answer, RuleAnswer};
use crate::faults::Fault;
use crate::question::{Line, Question};

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drawn {
    Honest,
    Fault(Fault),
    /// This content.
    Content(String),
}

const OUTCOMES: [&str; 6] = ["violation", "violation", "pass", "not_applicable", "undecided", "perhaps"];
const INVENTED: [&str; 4] = ["guarantee", "never", "whatsoever", "…"];

/// The same for equal requests, in this process and in others.
pub fn hash(body: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.to_string().hash(&mut hasher);
    hasher.finish()
}

/// `time` counts the draws for the same request.
pub fn draw(seed: u64, request: u64, time: u64, body: &Value) -> Drawn {
    let mut hasher = DefaultHasher::new();
    (seed, request, time).hash(&mut hasher);
    let mut random = StdRng::seed_from_u64(hasher.finish());
    match random.random_range(0..10) {
        0..4 => Drawn::Honest,
        4..7 => Drawn::Fault(fault(&mut random)),
        _ => match Question::of(body) {
            Some(question) => Drawn::Content(content(&question, &mut random)),
            None => Drawn::Honest,
        },
    }
}

fn fault(random: &mut StdRng) -> Fault {
    let faults = [
        Fault::InventedQuotes,
        Fault::WrongLine,
        Fault::WrongSpeaker,
        Fault::DuplicateFindings,
        Fault::StrangeFindings,
        Fault::UnknownRules,
        Fault::UnknownOutcomes,
        Fault::MissingRules,
        Fault::Obedient,
        Fault::BrokenJson,
        Fault::Prose,
        Fault::Fenced,
        Fault::LongProse,
        Fault::ManyFindings,
        Fault::EmptyContent,
        Fault::Refusal,
        Fault::Length,
        Fault::ContentFilter,
        Fault::OtherModel { model: "another-model".to_owned() },
        Fault::NoUsage,
        Fault::Slow { ms: random.random_range(1..20) },
        Fault::RateLimited { retry_after_s: [None, Some(0)][random.random_range(0..2)] },
        Fault::Status { status: [500, 503][random.random_range(0..2)] },
        Fault::HtmlPage { status: [200, 502][random.random_range(0..2)] },
    ];
    faults.choose(random).cloned().unwrap_or(Fault::EmptyContent)
}

/// An answer of the right form, put together without sense.
fn content(question: &Question, random: &mut StdRng) -> String {
    let count = random.random_range(0..=question.rules.len() + 2);
    let rules = (0..count).map(|_| rule(question, random)).collect();
    let text = Answer { rules }.text();
    if random.random_ratio(1, 8) { format!("```json\n{text}\n```") } else { text }
}

fn rule(question: &Question, random: &mut StdRng) -> RuleAnswer {
    let known = question.rules.choose(random).map(|rule| rule.key.clone()).unwrap_or_default();
    let rule = match random.random_range(0..8) {
        0 => format!("{known}x"),
        1 => known.to_uppercase(),
        _ => known,
    };
    let findings = (0..random.random_range(0..4)).map(|_| finding(&question.lines, random)).collect();
    let outcome = OUTCOMES.choose(random).copied().unwrap_or_default().to_owned();
    RuleAnswer { rule, outcome, findings }
}

fn finding(lines: &[Line], random: &mut StdRng) -> Value {
    let Some(line) = lines.choose(random) else { return Value::Null };
    let number = match random.random_range(0..10) {
        0 => json!(null),
        1 => json!(line.number.to_string()),
        2 => json!(random.random::<i64>()),
        3 => json!(line.number + random.random_range(1..5)),
        _ => json!(line.number),
    };
    let speaker = match random.random_range(0..8) {
        0 => json!(null),
        1 => json!("narrator"),
        2 => json!("caller"),
        3 => json!("agent"),
        _ => json!(line.speaker),
    };
    json!({"line": number, "speaker": speaker, "quote": quote(line, lines, random)})
}

/// Some words of the line, now and then with some of another line, now and then altered.
fn quote(line: &Line, lines: &[Line], random: &mut StdRng) -> String {
    let mut words = slice(&line.text, random);
    if random.random_ratio(1, 6)
        && let Some(other) = lines.choose(random)
    {
        words.extend(slice(&other.text, random));
    }
    let at = random.random_range(0..=words.len());
    let invented = INVENTED.choose(random).copied().unwrap_or_default().to_owned();
    match random.random_range(0..8) {
        0 => words.insert(at, invented),
        1 if at < words.len() => words[at] = invented,
        2 if at < words.len() => drop(words.remove(at)),
        3 => words.reverse(),
        4 => words.iter_mut().for_each(|word| *word = word.to_uppercase()),
        _ => {}
    }
    words.join(" ")
}

fn slice(text: &str, random: &mut StdRng) -> Vec<String> {
    let words: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
    let from = random.random_range(0..=words.len());
    let to = random.random_range(from..=words.len());
    words[from..to].to_vec()
}
