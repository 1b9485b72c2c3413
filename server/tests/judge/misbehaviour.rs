//! Each way in which an endpoint can misbehave, one by one.

use model_simulator::{Fault, Reading};
use supabase_client::flag::Proof;
use supabase_client::judgement::{RefusalReason, RuleOutcome, Unasked, Verdict};
use supabase_client::ruleset::{JudgeMaterial, Rule, RuleForm};
use supabase_client::transcript::Speaker::{Agent, Caller};

use crate::support::{World, call, judged, judged_rule, outcome, quotes, result};

const SAID: &str = "I guarantee you will be approved.";

async fn world() -> World {
    World::new(vec![
        Reading::new("promise", "i guarantee").by("agent"),
        Reading::new("disclosure", "recorded line").by("agent"),
    ])
    .await
}

fn disclosure() -> Rule {
    Rule { form: RuleForm::MustHappen, ..judged_rule("disclosure") }
}

fn the_call() -> JudgeMaterial {
    call(
        vec![judged_rule("promise"), disclosure()],
        &[
            (Agent, "Hello, this is John on a recorded line."),
            (Caller, "I guarantee nothing."),
            (Agent, SAID),
            (Caller, "Well, okay."),
        ],
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_proven_is_flagged_and_what_it_took_is_told() {
    let world = world().await;
    let judgement = judged(&world.judge(), &the_call()).await;
    assert_eq!((judgement.verdict, quotes(&judgement)), (Verdict::Flagged, vec![SAID]));
    let flag = &judgement.flags[0];
    assert_eq!((flag.start_ms, flag.speaker, flag.proof, flag.doubtful), (6_000, Agent, Proof::Exact, false));
    assert_eq!(flag.id, "promise:11-16");
    assert_eq!(outcome(&judgement, "disclosure"), RuleOutcome::Pass);
    assert_eq!((judgement.judge_model.as_str(), judgement.requests), ("demo-judge", 1));
    assert_eq!(judgement.returned_model.as_deref(), Some("demo-judge-2026-01-01"));
    assert_eq!(judgement.endpoint, Some(world.endpoint.base_url()));
    let cost = (rust_decimal::Decimal::from(judgement.tokens_in * 2 + judgement.tokens_out * 8)
        / rust_decimal::Decimal::from(1_000_000))
    .normalize();
    assert!(judgement.tokens_in > 0 && judgement.cost_usd == cost);
    let used = world.api.model_use_today().await.unwrap().used;
    assert_eq!((used.tokens, used.cost_usd.normalize()), (judgement.tokens_in + judgement.tokens_out, cost));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_answers_give_the_same_judgement_byte_for_byte() {
    let world = world().await;
    let once = serde_json::to_string(&judged(&world.judge(), &the_call()).await).unwrap();
    let again = serde_json::to_string(&judged(&world.judge(), &the_call()).await).unwrap();
    assert_eq!(once, again);
}

/// What a fault does to the two rules: outcomes of `promise` and `disclosure`, the flags, why findings
/// were refused, and the number of requests.
struct Expected {
    fault: Fault,
    promise: RuleOutcome,
    disclosure: RuleOutcome,
    refused: &'static [RefusalReason],
    requests: i64,
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_makes_a_flag_of_what_was_not_said() {
    use RuleOutcome::{Pass, Undecided, Violation};
    let world = world().await;
    let invented: &[RefusalReason] = &[RefusalReason::QuoteNotFound];
    let expected = |fault, promise, disclosure, refused, requests| Expected {
        fault,
        promise,
        disclosure,
        refused,
        requests,
    };
    for expected in [
        expected(Fault::InventedQuotes, Undecided, Undecided, invented, 1),
        // What was said is looked up, wherever it was said to be.
        expected(Fault::WrongLine, Violation, Pass, &[], 1),
        expected(Fault::WrongSpeaker, Undecided, Undecided, &[RefusalReason::WrongSpeaker], 1),
        expected(Fault::DuplicateFindings, Violation, Pass, &[], 1),
        expected(Fault::UnknownRules, Undecided, Undecided, &[RefusalReason::UnknownRule], 2),
        expected(Fault::UnknownOutcomes, Undecided, Undecided, &[], 2),
        expected(Fault::BrokenJson, Undecided, Undecided, &[], 2),
        expected(Fault::Prose, Undecided, Undecided, &[], 2),
        expected(Fault::Fenced, Undecided, Undecided, &[], 2),
        expected(Fault::LongProse, Undecided, Undecided, &[], 2),
        expected(Fault::ManyFindings, Undecided, Undecided, &[], 2),
        expected(Fault::EmptyContent, Undecided, Undecided, &[], 2),
        expected(Fault::Refusal, Undecided, Undecided, &[], 2),
        expected(Fault::Length, Undecided, Undecided, &[], 2),
        expected(Fault::ContentFilter, Undecided, Undecided, &[], 2),
        // One rule is answered, the other stays open.
        expected(Fault::MissingRules, Violation, Undecided, &[], 2),
        expected(Fault::OtherModel { model: "another".to_owned() }, Violation, Pass, &[], 1),
        expected(Fault::NoUsage, Violation, Pass, &[], 1),
    ] {
        let Expected { fault, promise, disclosure, refused, requests } = expected;
        world.endpoint.faults().clear();
        world.endpoint.faults().always(fault.clone());
        let judgement = judged(&world.judge(), &the_call()).await;
        let outcomes = (outcome(&judgement, "promise"), outcome(&judgement, "disclosure"));
        assert_eq!(outcomes, (promise, disclosure), "{fault:?}");
        let flags = if promise == Violation { vec![SAID] } else { Vec::new() };
        assert_eq!(quotes(&judgement), flags, "{fault:?}");
        let mut reasons: Vec<RefusalReason> =
            judgement.refused_findings.iter().map(|finding| finding.reason).collect();
        reasons.dedup();
        assert_eq!(reasons, refused, "{fault:?}");
        assert_eq!(judgement.requests, requests, "{fault:?}");
        let is_unasked = promise == Undecided && refused != invented && fault != Fault::WrongSpeaker;
        let unasked = is_unasked.then_some(Unasked::BadAnswers);
        assert_eq!(result(&judgement, "promise").unasked, unasked, "{fault:?}");
        assert!(judgement.tokens_in > 0, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_that_answered_is_kept() {
    let world = world().await;
    world.endpoint.faults().always(Fault::OtherModel { model: "another".to_owned() });
    let judgement = judged(&world.judge(), &the_call()).await;
    assert_eq!(judgement.judge_model, "demo-judge");
    assert_eq!(judgement.returned_model.as_deref(), Some("another"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_answer_is_asked_for_again_with_the_reason() {
    let world = world().await;
    world.endpoint.faults().next(1, Fault::Prose);
    let judgement = judged(&world.judge(), &the_call()).await;
    assert_eq!((judgement.verdict, judgement.requests), (Verdict::Flagged, 2));
    let requests = world.endpoint.requests();
    assert!(!requests[0].message().contains("could not be used"));
    assert!(requests[1].message().starts_with("Your last answer could not be used: It is no JSON."));
}

#[tokio::test(flavor = "multi_thread")]
async fn good_findings_beside_bad_ones_count() {
    let world = world().await;
    world.endpoint.faults().next(1, Fault::MissingRules);
    let judgement = judged(&world.judge(), &the_call()).await;
    assert_eq!((quotes(&judgement), judgement.requests), (vec![SAID], 2));
    assert_eq!(outcome(&judgement, "disclosure"), RuleOutcome::Pass);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_knows_less_is_asked_for_less() {
    let world = world().await;
    world.endpoint.faults().always(Fault::NoJsonSchema);
    for name in ["max_tokens", "temperature"] {
        world.endpoint.faults().always(Fault::NoParameter { name: name.to_owned() });
    }
    let judge = world.judge();
    assert_eq!(judged(&judge, &the_call()).await.verdict, Verdict::Flagged);
    world.endpoint.forget_requests();
    assert_eq!(judged(&judge, &the_call()).await.verdict, Verdict::Flagged);
    let requests = world.endpoint.requests();
    assert_eq!(requests.len(), 1, "what it does not know is remembered");
    let body = &requests[0].body;
    assert_eq!(body["response_format"]["type"], "json_object");
    assert!(body.get("temperature").is_none() && body["max_completion_tokens"] == 800);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_asks_for_the_same_answer_every_time() {
    let world = world().await;
    judged(&world.judge(), &the_call()).await;
    let body = &world.endpoint.requests()[0].body;
    assert_eq!((&body["temperature"], &body["seed"]), (&0.0.into(), &1.into()));
    assert_eq!(body["response_format"]["json_schema"]["strict"], true);
    assert_eq!(body["model"], "demo-judge");
}
