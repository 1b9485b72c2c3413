//! From places in the transcript to the flags that reviewers see.

use std::cmp::Reverse;

use supabase_client::flag::{Flag, Proof};
use supabase_client::ruleset::Rule;
use supabase_client::transcript::Speaker;

use super::quote::{Quote, quote_around};
use super::speech::Speech;

/// Below this a word counts as unsurely recognised.
const UNSURE_PROBABILITY: f32 = 0.5;

/// One place where something was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub speaker: Speaker,
    /// Inclusive positions among all words of the transcript.
    pub first_word: usize,
    pub last_word: usize,
    pub start_ms: u32,
    pub end_ms: u32,
    pub proof: Proof,
}

/// Whether a voice counts for a rule about `wanted`. A recording that does not tell who speaks is held
/// against every rule: a reviewer can dismiss a flag, but cannot see what was never flagged.
pub fn can_be(speaker: Speaker, wanted: Speaker) -> bool {
    speaker == wanted || speaker == Speaker::Unknown
}

struct Quoted {
    quote: Quote,
    speaker: Speaker,
    proof: Proof,
    doubtful: bool,
}

/// One flag for each sentence, however often the rule was broken in it.
pub fn flags_for(rule: &Rule, speech: &Speech<'_>, hits: &[Hit]) -> Vec<Flag> {
    let mut found: Vec<Quoted> = hits
        .iter()
        .map(|hit| Quoted {
            quote: quote_around(speech, &(hit.first_word..=hit.last_word)),
            speaker: hit.speaker,
            proof: hit.proof,
            doubtful: is_doubtful(speech, hit),
        })
        .collect();
    // The wider one of two that begin together comes first and swallows the other.
    found.sort_by_key(|found| (found.quote.words.0, Reverse(found.quote.words.1)));
    found.dedup_by(|later, earlier| {
        let inside = later.speaker == earlier.speaker
            && later.quote.words.0 >= earlier.quote.words.0
            && later.quote.words.1 <= earlier.quote.words.1;
        if inside {
            // The surest of the hits in a sentence speaks for it.
            earlier.doubtful &= later.doubtful;
            if later.proof == Proof::Exact {
                earlier.proof = Proof::Exact;
            }
        }
        inside
    });
    found.into_iter().map(|found| flag(rule, found)).collect()
}

fn flag(rule: &Rule, Quoted { quote, speaker, proof, doubtful }: Quoted) -> Flag {
    Flag {
        id: format!("{}:{}-{}", rule.key, quote.words.0, quote.words.1),
        rule_key: rule.key.clone(),
        rule_title: rule.title.clone(),
        severity: rule.severity,
        speaker,
        quote: quote.text,
        start_ms: quote.start_ms,
        end_ms: quote.end_ms,
        words: Some((word_position(quote.words.0), word_position(quote.words.1))),
        proof,
        doubtful,
    }
}

fn is_doubtful(speech: &Speech<'_>, hit: &Hit) -> bool {
    let voice = speech.words[hit.first_word].voice;
    speech.words[hit.first_word..=hit.last_word]
        .iter()
        .filter(|word| word.voice == voice)
        .any(|word| word.probability < UNSURE_PROBABILITY || word.in_doubt)
}

/// The flag of something that was never said.
pub fn missing(rule: &Rule, duration_ms: u32) -> Flag {
    Flag {
        id: format!("{}:missing", rule.key),
        rule_key: rule.key.clone(),
        rule_title: rule.title.clone(),
        severity: rule.severity,
        speaker: rule.speaker.unwrap_or(Speaker::Unknown),
        quote: String::new(),
        start_ms: 0,
        end_ms: looks_until_ms(rule).min(duration_ms),
        words: None,
        proof: Proof::Exact,
        doubtful: false,
    }
}

/// Where the rule stops looking.
pub const fn looks_until_ms(rule: &Rule) -> u32 {
    match rule.within_first_seconds {
        Some(seconds) => seconds.saturating_mul(1_000),
        None => u32::MAX,
    }
}

fn word_position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
