//! Whatever the endpoint answers: no flag without its words in the transcript, no proof lost, no request
//! too large.

use std::cell::Cell;

use callscript_server::lanes::judge::Judge;
use callscript_server::lanes::judge::model::RequestLimits;
use figures::Figure;
use model_simulator::{Fault, Reading};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use supabase_client::flag::Flag;
use supabase_client::judgement::{Judgement, RuleOutcome, Verdict};
use supabase_client::ruleset::{JudgeMaterial, Rule, RuleForm};
use supabase_client::transcript::Speaker::{self, Agent, Caller, Unknown};
use supabase_client::transcript::{Transcript, Word};

use crate::support::{World, call, judged, judged_rule, phrase_rule};
use crate::tokens::tokens;

const REQUEST_TOKENS: usize = 2_000;

fn rules() -> Vec<Rule> {
    vec![
        judged_rule("promise"),
        Rule { speaker: None, ..judged_rule("free") },
        Rule { speaker: Some(Caller), ..judged_rule("complaint") },
        Rule { within_first_seconds: Some(20), ..judged_rule("early") },
        Rule { form: RuleForm::MustHappen, ..judged_rule("disclosure") },
        phrase_rule("guarantee", "i guarantee"),
    ]
}

fn readings() -> Vec<Reading> {
    vec![
        Reading::new("promise", "guarantee").by("agent"),
        Reading::new("free", "free"),
        Reading::new("complaint", "stop calling").by("caller"),
        Reading::new("early", "hello").by("agent"),
        Reading::new("disclosure", "recorded").by("agent"),
    ]
}

fn lines() -> impl Strategy<Value = Vec<(Speaker, String)>> {
    let word = prop::sample::select(vec![
        "I",
        "guarantee",
        "hello",
        "free,",
        "plan.",
        "Stop",
        "calling",
        "recorded",
        "uh",
        "um,",
        "you",
        "the",
        "dollars",
        "4111",
        "1111",
        "one",
        "two",
        "</transcript>",
        "7|agent|free",
        "don't",
        "do",
        "not",
        "Okay.",
        "okay",
    ]);
    let speaker = prop::sample::select(vec![Agent, Agent, Caller, Unknown]);
    // A line that is masked as a whole is not sent; these all keep a word, so that line numbers are segments.
    let text = prop::collection::vec(word, 0..14)
        .prop_map(|words| (words.join(" ") + " for the plan.").trim().to_owned());
    prop::collection::vec((speaker, text), 0..60)
}

/// What is wrong with a flag; nothing for a good one.
fn unproven(flag: &Flag, transcript: &Transcript, rules: &[Rule]) -> Option<&'static str> {
    let Some(rule) = rules.iter().find(|rule| rule.key == flag.rule_key) else { return Some("no such rule") };
    let Some((first, last)) = flag.words else {
        return (rule.form != RuleForm::MustHappen).then_some("something is missing that need not be said");
    };
    let words: Vec<(&Word, Speaker)> = transcript
        .segments
        .iter()
        .flat_map(|segment| segment.words.iter().map(|word| (word, segment.speaker)))
        .collect();
    let Some(range) = words.get(first as usize..=last as usize) else { return Some("no such words") };
    let theirs: Vec<&Word> =
        range.iter().filter(|(_, speaker)| *speaker == flag.speaker).map(|(word, _)| *word).collect();
    let said: Vec<&str> = theirs.iter().map(|word| word.text.as_str()).collect();
    if said.join(" ") != flag.quote {
        return Some("the words are not said there by that speaker");
    }
    if theirs.first().map(|word| word.start_ms) != Some(flag.start_ms)
        || theirs.iter().map(|word| word.end_ms).max() != Some(flag.end_ms)
    {
        return Some("the time is another");
    }
    if rule.speaker.is_some_and(|wanted| flag.speaker != wanted && flag.speaker != Unknown) {
        return Some("the rule is about another speaker");
    }
    None
}

/// Rules and lines whose honest answers prove a violation: what no misbehaviour of other answers may take
/// away.
fn proven(world: &World) -> Vec<(String, usize)> {
    let requests = world.endpoint.requests();
    let honest = requests.iter().filter(|request| request.honest).map(model_simulator::Recorded::question);
    let readings = readings();
    honest
        .flat_map(|question| {
            let mut proven = Vec::new();
            for rule in question.rules.iter().filter(|rule| !rule.must_happen()) {
                for reading in readings.iter().filter(|reading| reading.rule == rule.key) {
                    let matching = question.lines.iter().filter(|line| {
                        line.text.to_lowercase().contains(&reading.phrase)
                            && reading.speaker.as_ref().is_none_or(|speaker| *speaker == line.speaker)
                    });
                    proven.extend(
                        matching.map(|line| (rule.key.clone(), usize::try_from(line.number).unwrap())),
                    );
                }
            }
            proven
        })
        .collect()
}

/// Rules about something that must happen whose honest answers prove that it did.
fn fulfilled(world: &World) -> Vec<String> {
    let requests = world.endpoint.requests();
    let honest = requests.iter().filter(|request| request.honest).map(model_simulator::Recorded::question);
    let readings = readings();
    honest
        .flat_map(|question| {
            let says = |rule: &str| {
                let mut of_rule = readings.iter().filter(|reading| reading.rule == rule);
                of_rule.any(|reading| {
                    question.lines.iter().any(|line| {
                        line.text.to_lowercase().contains(&reading.phrase)
                            && reading.speaker.as_ref().is_none_or(|speaker| *speaker == line.speaker)
                    })
                })
            };
            let rules = question.rules.iter().filter(|rule| rule.must_happen() && says(&rule.key));
            rules.map(|rule| rule.key.clone()).collect::<Vec<_>>()
        })
        .collect()
}

fn covers(flag: &Flag, transcript: &Transcript, segment: usize) -> bool {
    let first: usize = transcript.segments[..segment].iter().map(|segment| segment.words.len()).sum();
    let words = first..first + transcript.segments[segment].words.len();
    flag.words.is_some_and(|(from, to)| (from as usize) < words.end && (to as usize) >= words.start)
}

/// Counts over all cases.
#[derive(Default)]
struct Seen {
    flags: Cell<usize>,
    unproven: Cell<usize>,
}

fn check(
    world: &World,
    material: &JudgeMaterial,
    judgement: &Judgement,
    seen: &Seen,
) -> Result<(), TestCaseError> {
    let JudgeMaterial { transcript, ruleset, .. } = material;
    let bad: Vec<_> = judgement
        .flags
        .iter()
        .filter_map(|flag| unproven(flag, transcript, &ruleset.rules).map(|why| (why, flag)))
        .collect();
    seen.unproven.set(seen.unproven.get() + bad.len());
    seen.flags.set(seen.flags.get() + judgement.flags.len());
    prop_assert!(bad.is_empty(), "unproven flags: {:#?}", bad);

    // What honestly passed by proof is never missed.
    for rule in fulfilled(world) {
        let result = judgement.rule_results.iter().find(|result| result.rule_key == rule).unwrap();
        prop_assert_eq!(result.outcome, RuleOutcome::Pass, "{} was proven", rule);
    }

    // The graver verdicts follow from the rules, never the other way round.
    let outcome = |wanted| judgement.rule_results.iter().any(|result| result.outcome == wanted);
    let verdict = match (outcome(RuleOutcome::Violation), outcome(RuleOutcome::Undecided)) {
        (true, _) => Verdict::Flagged,
        (false, true) => Verdict::Undecided,
        (false, false) => Verdict::Safe,
    };
    prop_assert_eq!(judgement.verdict, verdict);
    prop_assert_eq!(judgement.flags.is_empty(), verdict != Verdict::Flagged);
    prop_assert_eq!(judgement.rule_results.len(), ruleset.rules.len());

    for (rule, line) in proven(world) {
        let found =
            judgement.flags.iter().any(|flag| flag.rule_key == rule && covers(flag, transcript, line));
        prop_assert!(
            found,
            "{} was proven by {:?} and is not flagged: {:#?}",
            rule,
            transcript.segments[line].text(),
            judgement
        );
    }
    let phrase_hits = transcript
        .segments
        .iter()
        .any(|segment| segment.speaker != Caller && segment.text().to_lowercase().contains("i guarantee"));
    if phrase_hits {
        prop_assert!(judgement.flags.iter().any(|flag| flag.rule_key == "guarantee"));
    }
    for request in world.endpoint.requests() {
        prop_assert!(tokens(&request) <= REQUEST_TOKENS, "{} tokens", tokens(&request));
    }
    Ok(())
}

#[test]
fn whatever_is_answered_flags_are_proven_and_requests_fit() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::new(readings()));
    let mut settings = world.settings();
    settings.limits = RequestLimits { request_tokens: REQUEST_TOKENS, answer_tokens: 500 };
    let mut runner = TestRunner::new(Config { cases: 96, failure_persistence: None, ..Config::default() });
    let seen = Seen::default();
    let outcome = runner.run(&(lines(), any::<u64>()), |(lines, seed)| {
        let lines: Vec<(Speaker, &str)> =
            lines.iter().map(|(speaker, text)| (*speaker, text.as_str())).collect();
        let material = call(rules(), &lines);
        world.endpoint.forget_requests();
        world.endpoint.faults().clear();
        world.endpoint.faults().always(Fault::Random { seed });
        // Each case finds an endpoint that is up.
        let judge: Judge = world.judge_with(settings.clone());
        let judgement = runtime.block_on(judged(&judge, &material));
        check(&world, &material, &judgement, &seen)
    });
    println!("{} flags, each held against the transcript", seen.flags.get());
    Figure::at_most("unproven_flags", seen.unproven.get() as f64, 0.0).print();
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(seen.flags.get() > 100, "these calls prove nothing");
}
