//! From a transcript and a ruleset to a judgement, by phrase rules alone.

use std::cmp::Reverse;

use rust_decimal::Decimal;
use supabase_client::flag::{Flag, Proof};
use supabase_client::judgement::{Judgement, RuleOutcome, RuleResult, Verdict};
use supabase_client::ruleset::{JudgeMaterial, Rule, RuleForm, RuleKind};
use supabase_client::transcript::Speaker;

use super::phrases::{Phrase, PhraseError};
use super::quote::{Quote, quote_around};
use super::speech::Speech;

/// Part of `qa_version`: changes whenever the same rules can give another verdict than before.
pub const PROMPT_VERSION: &str = "phrases-1";

/// Stands where a language model would be named.
const JUDGE_MODEL: &str = "phrases";

const NO_MODEL: &str = "No language model is configured.";
const NOTHING_HEARD: &str = "No speech was recognised in this call.";

/// Judges a call. The same material gives the same judgement, byte for byte.
pub fn judge(material: &JudgeMaterial) -> Judgement {
    let speech = Speech::new(&material.transcript);
    let duration_ms = material.transcript.duration_ms;
    let mut flags = Vec::new();
    let mut rule_results = Vec::new();
    for rule in &material.ruleset.rules {
        let ending = apply(rule, &speech, duration_ms);
        rule_results.push(RuleResult {
            rule_key: rule.key.clone(),
            rule_title: rule.title.clone(),
            outcome: ending.outcome(),
            reason: if let Ending::Undecided(reason) = &ending { Some(reason.clone()) } else { None },
            unasked: None,
        });
        if let Ending::Violated(found) = ending {
            flags.extend(found);
        }
    }
    flags.sort_by_key(|flag| (flag.start_ms, flag.words));
    let undecided = rule_results.iter().any(|result| result.outcome == RuleOutcome::Undecided);
    Judgement {
        verdict: match (flags.is_empty(), undecided) {
            (false, _) => Verdict::Flagged,
            (true, true) => Verdict::Undecided,
            (true, false) => Verdict::Safe,
        },
        ruleset_id: material.ruleset.ruleset_id.clone(),
        prompt_version: PROMPT_VERSION.to_owned(),
        judge_model: JUDGE_MODEL.to_owned(),
        returned_model: None,
        endpoint: None,
        flags,
        rule_results,
        refused_findings: Vec::new(),
        requests: 0,
        tokens_in: 0,
        tokens_out: 0,
        cost_usd: Decimal::ZERO,
    }
}

/// How one rule ended.
enum Ending {
    Violated(Vec<Flag>),
    Passed,
    NotApplicable,
    Undecided(String),
}

impl Ending {
    const fn outcome(&self) -> RuleOutcome {
        match self {
            Self::Violated(_) => RuleOutcome::Violation,
            Self::Passed => RuleOutcome::Pass,
            Self::NotApplicable => RuleOutcome::NotApplicable,
            Self::Undecided(_) => RuleOutcome::Undecided,
        }
    }
}

fn apply(rule: &Rule, speech: &Speech<'_>, duration_ms: u32) -> Ending {
    if rule.kind == RuleKind::Judged {
        return Ending::Undecided(NO_MODEL.to_owned());
    }
    let (phrases, after_phrases) = match (parse_all(&rule.phrases), parse_all(&rule.after_phrases)) {
        (Ok(phrases), Ok(after_phrases)) => (phrases, after_phrases),
        (Err(reason), _) | (_, Err(reason)) => return Ending::Undecided(reason),
    };
    // Something that had to be said cannot be missed where nothing at all was heard.
    if rule.form == RuleForm::MustHappen && speech.words.is_empty() {
        return Ending::Undecided(NOTHING_HEARD.to_owned());
    }
    let preceding = hits_of(&after_phrases, speech);
    if !rule.after_phrases.is_empty() && preceding.is_empty() {
        return Ending::NotApplicable;
    }
    let hits: Vec<Hit> = hits_of(&phrases, speech)
        .into_iter()
        .filter(|hit| rule.speaker.is_none_or(|speaker| can_be(hit.speaker, speaker)))
        .filter(|hit| rule.within_first_seconds.is_none_or(|limit| hit.start_ms < seconds_in_ms(limit)))
        .filter(|hit| rule.after_phrases.is_empty() || preceding.iter().any(|other| other.provokes(hit)))
        .collect();
    match (rule.form, hits.is_empty()) {
        (RuleForm::MustNotHappen, true) | (RuleForm::MustHappen, false) => Ending::Passed,
        (RuleForm::MustNotHappen, false) => Ending::Violated(flags_for(rule, speech, &hits)),
        (RuleForm::MustHappen, true) => Ending::Violated(vec![missing(rule, duration_ms)]),
    }
}

fn parse_all(phrases: &[String]) -> Result<Vec<Phrase>, String> {
    let parse = |text: &String| {
        Phrase::parse(text)
            .map_err(|error: PhraseError| format!("The rule's phrase \"{text}\" cannot be read: {error}."))
    };
    phrases.iter().map(parse).collect()
}

/// One place where a phrase was said.
struct Hit {
    speaker: Speaker,
    first_word: usize,
    last_word: usize,
    start_ms: u32,
    end_ms: u32,
}

impl Hit {
    /// Whether `later` was said by the other side after this.
    fn provokes(&self, later: &Self) -> bool {
        let other_side = self.speaker != later.speaker || self.speaker == Speaker::Unknown;
        other_side && later.start_ms >= self.end_ms
    }
}

/// Whether a voice counts for a rule about `wanted`. A recording that does not tell who speaks is held
/// against every rule: a reviewer can dismiss a flag, but cannot see what was never flagged.
fn can_be(speaker: Speaker, wanted: Speaker) -> bool {
    speaker == wanted || speaker == Speaker::Unknown
}

fn hits_of(phrases: &[Phrase], speech: &Speech<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for stretch in &speech.stretches {
        for range in phrases.iter().flat_map(|phrase| phrase.hits(&stretch.tokens)) {
            let (first_word, last_word) =
                (stretch.tokens[range.start].word, stretch.tokens[range.end - 1].word);
            hits.push(Hit {
                speaker: stretch.voice.speaker,
                first_word,
                last_word,
                start_ms: speech.words[first_word].start_ms,
                end_ms: speech.words[last_word].end_ms,
            });
        }
    }
    hits
}

/// One flag for each sentence, however often the rule was broken in it.
fn flags_for(rule: &Rule, speech: &Speech<'_>, hits: &[Hit]) -> Vec<Flag> {
    let mut quotes: Vec<(Quote, Speaker)> = hits
        .iter()
        .map(|hit| (quote_around(speech, &(hit.first_word..=hit.last_word)), hit.speaker))
        .collect();
    // The wider one of two that begin together comes first and swallows the other.
    quotes.sort_by_key(|(quote, _)| (quote.words.0, Reverse(quote.words.1)));
    quotes.dedup_by(|(later, later_speaker), (earlier, speaker)| {
        *later_speaker == *speaker && later.words.0 >= earlier.words.0 && later.words.1 <= earlier.words.1
    });
    let flag = |(quote, speaker): (Quote, Speaker)| Flag {
        id: format!("{}:{}-{}", rule.key, quote.words.0, quote.words.1),
        rule_key: rule.key.clone(),
        rule_title: rule.title.clone(),
        severity: rule.severity,
        speaker,
        quote: quote.text,
        start_ms: quote.start_ms,
        end_ms: quote.end_ms,
        words: Some((word_position(quote.words.0), word_position(quote.words.1))),
        proof: Proof::Exact,
        doubtful: false,
    };
    quotes.into_iter().map(flag).collect()
}

/// The flag of something that was never said.
fn missing(rule: &Rule, duration_ms: u32) -> Flag {
    Flag {
        id: format!("{}:missing", rule.key),
        rule_key: rule.key.clone(),
        rule_title: rule.title.clone(),
        severity: rule.severity,
        speaker: rule.speaker.unwrap_or(Speaker::Unknown),
        quote: String::new(),
        start_ms: 0,
        end_ms: rule.within_first_seconds.map_or(duration_ms, |limit| seconds_in_ms(limit).min(duration_ms)),
        words: None,
        proof: Proof::Exact,
        doubtful: false,
    }
}

const fn seconds_in_ms(seconds: u32) -> u32 {
    seconds.saturating_mul(1_000)
}

fn word_position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
