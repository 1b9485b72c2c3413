//! Rules of the kind *phrases*: decided here, without anybody's help.

use supabase_client::flag::Proof;
use supabase_client::ruleset::{Rule, RuleForm};
use supabase_client::transcript::{Speaker, Transcript};

use super::coverage;
use super::ending::Outcome;
use super::flags::{Hit, can_be, flags_for, looks_until_ms, missing};
use super::phrases::{Phrase, PhraseError};
use super::speech::Speech;

const NOTHING_HEARD: &str = "No speech was recognised in this call.";

/// Holds one rule against the call.
pub fn apply(rule: &Rule, speech: &Speech<'_>, transcript: &Transcript) -> Outcome {
    let (phrases, after_phrases) = match (parse_all(&rule.phrases), parse_all(&rule.after_phrases)) {
        (Ok(phrases), Ok(after_phrases)) => (phrases, after_phrases),
        (Err(reason), _) | (_, Err(reason)) => return Outcome::Undecided(reason),
    };
    // Something that had to be said cannot be missed where nothing at all was heard.
    if rule.form == RuleForm::MustHappen && speech.words.is_empty() {
        return absent(rule, transcript);
    }
    let preceding = hits_of(&after_phrases, speech);
    if !rule.after_phrases.is_empty() && preceding.is_empty() {
        return Outcome::NotApplicable;
    }
    let until_ms = looks_until_ms(rule);
    let hits: Vec<Hit> = hits_of(&phrases, speech)
        .into_iter()
        .filter(|hit| rule.speaker.is_none_or(|speaker| can_be(hit.speaker, speaker)))
        .filter(|hit| hit.start_ms < until_ms)
        .filter(|hit| rule.after_phrases.is_empty() || preceding.iter().any(|other| provokes(other, hit)))
        .collect();
    match (rule.form, hits.is_empty()) {
        (RuleForm::MustNotHappen, true) | (RuleForm::MustHappen, false) => Outcome::Passed,
        (RuleForm::MustNotHappen, false) => Outcome::Violated(flags_for(rule, speech, &hits)),
        (RuleForm::MustHappen, true) => absent(rule, transcript),
    }
}

/// What it means that something which had to be said was not found.
pub fn absent(rule: &Rule, transcript: &Transcript) -> Outcome {
    if transcript.segments.iter().all(|segment| segment.words.is_empty()) {
        return Outcome::Undecided(NOTHING_HEARD.to_owned());
    }
    match coverage::first_gap(transcript, rule.speaker, looks_until_ms(rule)) {
        Some(gap) => Outcome::Undecided(coverage::sentence(&gap)),
        None => Outcome::Violated(vec![missing(rule, transcript.duration_ms)]),
    }
}

fn parse_all(phrases: &[String]) -> Result<Vec<Phrase>, String> {
    let parse = |text: &String| {
        Phrase::parse(text)
            .map_err(|error: PhraseError| format!("The rule's phrase \"{text}\" cannot be read: {error}."))
    };
    phrases.iter().map(parse).collect()
}

/// Whether `later` was said by the other side after `earlier`.
fn provokes(earlier: &Hit, later: &Hit) -> bool {
    let other_side = earlier.speaker != later.speaker || earlier.speaker == Speaker::Unknown;
    other_side && later.start_ms >= earlier.end_ms
}

fn hits_of(phrases: &[Phrase], speech: &Speech<'_>) -> Vec<Hit> {
    let mut sought: Vec<_> = phrases.iter().filter_map(|phrase| phrase.among(&speech.vocabulary)).collect();
    let mut hits = Vec::new();
    for stretch in &speech.stretches {
        for range in sought.iter_mut().flat_map(|phrase| phrase.hits(&stretch.tokens)) {
            hits.push(stretch.hit(speech, &range, Proof::Exact));
        }
    }
    hits
}
