use supabase_client::flag::{Flag, Proof, Severity};
use supabase_client::ruleset::{Rule, RuleForm};
use supabase_client::transcript::{Doubt, Segment, Speaker, Transcript, Word};

use super::*;

const AGENT: Speaker = Speaker::Agent;
const CALLER: Speaker = Speaker::Caller;

fn rule(key: &str, phrases: &[&str]) -> Rule {
    Rule {
        key: key.to_owned(),
        title: format!("Title of {key}"),
        severity: Severity::Major,
        instruction: "Says what it means.".to_owned(),
        kind: RuleKind::Phrases,
        form: RuleForm::MustNotHappen,
        speaker: Some(AGENT),
        phrases: phrases.iter().map(|phrase| (*phrase).to_owned()).collect(),
        after_phrases: Vec::new(),
        within_first_seconds: None,
        examples_violating: Vec::new(),
        examples_passing: Vec::new(),
    }
}

/// A segment that begins at this second; each word takes a tenth of one.
fn said(speaker: Speaker, second: u32, text: &str) -> Segment {
    let start_ms = second * 1_000;
    let mut at_ms = start_ms;
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        words.push(Word { text: word.to_owned(), start_ms: at_ms, end_ms: at_ms + 100, probability: 0.9 });
        at_ms += 100;
    }
    let channel = u8::from(speaker == CALLER);
    Segment { channel, speaker, start_ms, end_ms: at_ms, words, doubts: Vec::new() }
}

fn judged(rules: Vec<Rule>, segments: Vec<Segment>) -> Judgement {
    judge_by_phrases(&JudgeMaterial {
        transcript: Transcript {
            model: "test".to_owned(),
            language: "en".to_owned(),
            duration_ms: 90_000,
            segments,
            peaks: Vec::new(),
            unheard: Vec::new(),
        },
        ruleset: Ruleset { ruleset_id: "set".to_owned(), vertical: "aca".to_owned(), rules },
        unfinished: None,
        shown: None,
    })
}

fn outcomes(judgement: &Judgement) -> Vec<RuleOutcome> {
    judgement.rule_results.iter().map(|result| result.outcome).collect()
}

#[test]
fn a_violation_is_flagged_with_its_sentence() {
    let judgement = judged(
        vec![rule("guarantee", &["i guarantee"])],
        vec![said(CALLER, 1, "Hello?"), said(AGENT, 3, "Good news. I guarantee you will save.")],
    );
    let flag = Flag {
        id: "guarantee:3-7".to_owned(),
        rule_key: "guarantee".to_owned(),
        rule_title: "Title of guarantee".to_owned(),
        severity: Severity::Major,
        speaker: AGENT,
        quote: "I guarantee you will save.".to_owned(),
        start_ms: 3_200,
        end_ms: 3_700,
        words: Some((3, 7)),
        proof: Proof::Exact,
        doubtful: false,
    };
    assert_eq!((judgement.verdict, &judgement.flags), (Verdict::Flagged, &vec![flag]));
    assert_eq!(outcomes(&judgement), [RuleOutcome::Violation]);
    assert_eq!((judgement.ruleset_id.as_str(), judgement.judge_model.as_str()), ("set", "phrases"));
}

#[test]
fn only_the_rules_speaker_counts() {
    let free = || vec![rule("free", &["free"])];
    assert_eq!(judged(free(), vec![said(CALLER, 0, "Is it free?")]).verdict, Verdict::Safe);
    assert_eq!(judged(free(), vec![said(AGENT, 0, "It is free.")]).verdict, Verdict::Flagged);
    // A recording that does not tell who speaks is not waved through.
    assert_eq!(judged(free(), vec![said(Speaker::Unknown, 0, "It is free.")]).verdict, Verdict::Flagged);
    let anybody = Rule { speaker: None, ..rule("free", &["free"]) };
    assert_eq!(judged(vec![anybody], vec![said(CALLER, 0, "Is it free?")]).verdict, Verdict::Flagged);
}

#[test]
fn one_sentence_is_one_flag_and_two_are_two() {
    let judgement = judged(
        vec![rule("free", &["free", "no cost", "pay nothing"])],
        vec![said(AGENT, 0, "Free, at no cost, free! You pay nothing.")],
    );
    let quotes: Vec<&str> = judgement.flags.iter().map(|flag| flag.quote.as_str()).collect();
    assert_eq!(quotes, ["Free, at no cost, free!", "You pay nothing."]);
}

#[test]
fn a_phrase_runs_on_into_the_next_segment_unless_silence_lies_between() {
    let sign_up = || vec![rule("pressure", &["sign up *3 today"])];
    let near = vec![
        said(AGENT, 0, "You must sign up"),
        said(CALLER, 1, "Well."),
        said(AGENT, 2, "right now today."),
    ];
    let judgement = judged(sign_up(), near);
    assert_eq!(judgement.flags[0].quote, "You must sign up right now today.");
    let far = vec![said(AGENT, 0, "You must sign up"), said(AGENT, 3, "right now today.")];
    assert_eq!(judged(sign_up(), far).verdict, Verdict::Safe);
}

#[test]
fn what_had_to_be_said_is_missed() {
    let disclosure = |limit| Rule {
        form: RuleForm::MustHappen,
        within_first_seconds: limit,
        ..rule("disclosure", &["recorded line"])
    };
    let late = || vec![said(AGENT, 1, "Hello."), said(AGENT, 61, "This is a recorded line.")];
    assert_eq!(judged(vec![disclosure(None)], late()).verdict, Verdict::Safe);

    let judgement = judged(vec![disclosure(Some(60))], late());
    let flag = &judgement.flags[0];
    assert_eq!((flag.id.as_str(), flag.quote.as_str(), flag.words), ("disclosure:missing", "", None));
    assert_eq!((flag.start_ms, flag.end_ms), (0, 60_000));

    let judgement = judged(vec![disclosure(Some(600))], vec![said(AGENT, 1, "Hello.")]);
    assert_eq!(judgement.flags[0].end_ms, 90_000, "no longer than the call");
}

#[test]
fn an_order_counts_when_the_other_side_gave_it_before() {
    let ignored = || {
        vec![Rule { after_phrases: vec!["stop calling".to_owned()], ..rule("ignored", &["call you back"]) }]
    };
    let back = |second| said(AGENT, second, "I will call you back.");
    let stop = |speaker, second| said(speaker, second, "Please stop calling me.");
    let outcome = |segments| outcomes(&judged(ignored(), segments))[0];

    assert_eq!(outcome(vec![stop(CALLER, 1), back(5)]), RuleOutcome::Violation);
    assert_eq!(outcome(vec![back(1), stop(CALLER, 5)]), RuleOutcome::Pass);
    assert_eq!(outcome(vec![back(1)]), RuleOutcome::NotApplicable);
    assert_eq!(outcome(vec![stop(AGENT, 1), back(5)]), RuleOutcome::Pass);
    assert_eq!(outcome(vec![stop(Speaker::Unknown, 1), back(5)]), RuleOutcome::Violation);
}

#[test]
fn what_cannot_be_decided_is_never_safe() {
    let by_model = Rule { kind: RuleKind::Judged, phrases: Vec::new(), ..rule("tone", &[]) };
    let judgement = judged(vec![by_model, rule("free", &["free"])], vec![said(AGENT, 0, "Hello.")]);
    assert_eq!(judgement.verdict, Verdict::Undecided);
    assert_eq!(outcomes(&judgement), [RuleOutcome::Undecided, RuleOutcome::Pass]);
    assert_eq!(judgement.rule_results[0].reason.as_deref(), Some("No language model is configured."));

    let judgement = judged(vec![rule("broken", &["*3 free"])], vec![said(AGENT, 0, "Hello.")]);
    assert_eq!(judgement.verdict, Verdict::Undecided);
    let reason = "The rule's phrase \"*3 free\" cannot be read: a phrase must not begin or end with a gap.";
    assert_eq!(judgement.rule_results[0].reason.as_deref(), Some(reason));
}

#[test]
fn silence_misses_nothing_and_proves_nothing() {
    let disclosure = Rule { form: RuleForm::MustHappen, ..rule("disclosure", &["recorded line"]) };
    let judgement = judged(vec![disclosure, rule("free", &["free"])], Vec::new());
    assert_eq!(outcomes(&judgement), [RuleOutcome::Undecided, RuleOutcome::Pass]);
    assert_eq!(judgement.verdict, Verdict::Undecided);
}

#[test]
fn a_proven_violation_outweighs_what_is_undecided() {
    let by_model = Rule { kind: RuleKind::Judged, phrases: Vec::new(), ..rule("tone", &[]) };
    let judgement = judged(vec![by_model, rule("free", &["free"])], vec![said(AGENT, 0, "Free.")]);
    assert_eq!(judgement.verdict, Verdict::Flagged);
}

#[test]
fn unsure_words_are_told() {
    let said_with = |probability: f32, doubts: &[Doubt]| {
        let mut segment = said(AGENT, 0, "It is free. Really nice.");
        segment.words[2].probability = probability;
        segment.words[4].probability = 0.1;
        segment.doubts = doubts.to_vec();
        judged(vec![rule("free", &["free"])], vec![segment]).flags[0].doubtful
    };
    assert!(!said_with(0.9, &[]), "words beside those that prove it do not matter");
    assert!(said_with(0.3, &[]));
    assert!(said_with(0.9, &[Doubt::LowProbability]));
}

#[test]
fn what_was_not_understood_may_have_been_said() {
    let disclosure = || Rule { form: RuleForm::MustHappen, ..rule("disclosure", &["recorded line"]) };
    let mut murmur = said(AGENT, 3, "hm hm hm hm hm hm hm hm hm hm hm");
    murmur.doubts = vec![Doubt::Repetition];
    let judgement = judged(vec![disclosure()], vec![said(AGENT, 1, "Hello."), murmur]);
    assert_eq!((judgement.verdict, outcomes(&judgement)), (Verdict::Undecided, vec![RuleOutcome::Undecided]));
    let reason = judgement.rule_results[0].reason.as_deref().unwrap();
    assert!(reason.starts_with("From 0:03 to 0:04"), "{reason}");
}
