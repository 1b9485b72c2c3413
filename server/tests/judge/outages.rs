//! Endpoints that are down or too busy, and budgets that are spent: what is proven stands, and the rest
//! is asked again.

use std::time::Duration;

use callscript_server::lanes::judge::Judge;
use chrono::TimeDelta;
use model_simulator::{Fault, Reading, Usage};
use supabase_client::call::{AttemptOutcome, CallPage, CallStatus};
use supabase_client::criterion::AlertLevel;
use supabase_client::judgement::{RuleOutcome, Unasked};
use supabase_client::lane::Lane;
use supabase_client::ruleset::Ruleset;
use supabase_client::transcript::Speaker::Agent;
use supabase_client::transcript::Transcript;

use crate::support::{World, call, eventually, judged_rule, phrase_rule};

/// Of the seed's vertical aca: a phrase rule and, switched on, a judged one.
const JUDGED: &str = "income_misstated";
const PROVEN: &str = "I guarantee you will be approved.";
const INCOME: &str = "Let us say you earn forty thousand.";

async fn world() -> World {
    let world = World::new(vec![Reading::new(JUDGED, "say you earn").by("agent")]).await;
    world.stack.enable_rule("aca", JUDGED).await;
    world
}

fn transcript() -> Transcript {
    let opening = (Agent, "This call is being recorded for quality.");
    call(Vec::new(), &[opening, (Agent, PROVEN), (Agent, INCOME)]).transcript
}

fn quotes(page: &CallPage) -> Vec<&str> {
    page.call.flags.iter().map(|flag| flag.quote.as_str()).collect()
}

fn unasked(page: &CallPage) -> Option<Unasked> {
    page.rule_results.iter().find(|result| result.rule_key == JUDGED).unwrap().unasked
}

/// Asks again until the judged rule is answered; the proof of before is there all the time.
async fn asked_again(world: &World, judge: &Judge) -> CallPage {
    assert_eq!(world.api.ask_unasked(10).await.unwrap(), 1);
    world.work_off(judge).await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_endpoint_the_rule_waits_for_one() {
    let world = world().await;
    world.waiting_call("c1", "ACA Health Insurance", &transcript()).await;
    let page = world.work_off(&Judge { api: world.api.clone(), model: None }).await;
    assert_eq!((page.call.status, quotes(&page)), (CallStatus::Flagged, vec![PROVEN]));
    assert_eq!(unasked(&page), Some(Unasked::NoEndpoint));

    let page = asked_again(&world, &world.judge()).await;
    assert_eq!((quotes(&page), unasked(&page)), (vec![PROVEN, INCOME], None));
    assert_eq!(page.judgements.len(), 2, "the earlier verdict stays readable");
    assert_eq!(world.api.ask_unasked(10).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_fails_loses_no_proof_and_no_attempt() {
    let world = world().await;
    let faults = world.endpoint.faults();
    for (number, fault) in [
        Fault::Status { status: 500 },
        Fault::Status { status: 503 },
        Fault::Status { status: 401 },
        Fault::HtmlPage { status: 502 },
        Fault::RateLimited { retry_after_s: Some(3_600) },
        Fault::RateLimited { retry_after_s: None },
        Fault::Never,
    ]
    .into_iter()
    .enumerate()
    {
        faults.clear();
        faults.always(fault.clone());
        let id = world.waiting_call(&format!("c{number}"), "ACA Health Insurance", &transcript()).await;
        let mut settings = world.settings();
        settings.endpoint.timeout = Duration::from_millis(300);
        let page = world.work_off(&world.judge_with(settings)).await;
        assert_eq!((page.call.status, quotes(&page)), (CallStatus::Flagged, vec![PROVEN]), "{fault:?}");
        assert_eq!(unasked(&page), Some(Unasked::EndpointAway), "{fault:?}");
        assert_eq!(world.stack.failures_of(id.0).await, 0, "{fault:?}");
        // An endpoint that was silent may have been at work; others were not.
        let asked = if fault == Fault::Never { "demo-judge" } else { "phrases" };
        assert_eq!(page.judge_model.as_deref(), Some(asked), "{fault:?}");

        faults.clear();
        let page = asked_again(&world, &world.judge()).await;
        assert_eq!((quotes(&page), unasked(&page)), (vec![PROVEN, INCOME], None), "{fault:?}");
    }
}

/// Judging again without the model takes away nothing that the model has proven, and phrase rules go on.
#[tokio::test(flavor = "multi_thread")]
async fn judging_anew_without_the_model_keeps_what_it_had_proven() {
    let world = world().await;
    let id = world.waiting_call("c1", "ACA Health Insurance", &transcript()).await;
    let first = world.work_off(&world.judge()).await;
    assert_eq!(quotes(&first), [PROVEN, INCOME]);
    let without = Judge { api: world.api.clone(), model: None };

    for (fault, judge, reason) in [
        (Fault::Status { status: 503 }, world.judge(), Unasked::EndpointAway),
        (Fault::Prose, world.judge(), Unasked::BadAnswers),
        (Fault::Prose, without, Unasked::NoEndpoint),
    ] {
        world.endpoint.faults().clear();
        world.endpoint.faults().always(fault);
        world.api.rejudge_call(id).await.unwrap();
        let page = world.work_off(&judge).await;
        assert_eq!((quotes(&page), unasked(&page)), (vec![PROVEN, INCOME], Some(reason)));
        assert_eq!(page.judge_model.as_deref(), Some("demo-judge"), "who proved it is told");
    }

    world.endpoint.faults().clear();
    let page = asked_again(&world, &world.judge()).await;
    assert_eq!((quotes(&page), unasked(&page), page.judgements.len()), (vec![PROVEN, INCOME], None, 5));
}

/// Open rules are asked as they were when the call was judged: nobody asked for a verdict under other ones.
#[tokio::test(flavor = "multi_thread")]
async fn asking_again_keeps_to_the_rules_of_the_verdict() {
    let world = world().await;
    let id = world.waiting_call("c1", "ACA Health Insurance", &transcript()).await;
    let first = world.work_off(&Judge { api: world.api.clone(), model: None }).await;
    world.stack.rephrase_rules("aca", "never said").await;
    let page = asked_again(&world, &world.judge()).await;
    assert_eq!((page.call.call_id, quotes(&page)), (id, vec![PROVEN, INCOME]));
    assert_eq!(page.qa_version, first.qa_version);

    world.api.rejudge_call(id).await.unwrap();
    assert_eq!(
        quotes(&world.work_off(&world.judge()).await),
        [INCOME],
        "an admin asked for the present ones"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_trouble_is_sat_out() {
    let world = world().await;
    world.waiting_call("c1", "ACA Health Insurance", &transcript()).await;
    world.endpoint.faults().next(1, Fault::RateLimited { retry_after_s: Some(1) });
    world.endpoint.faults().next(1, Fault::Status { status: 500 });
    let page = world.work_off(&world.judge()).await;
    assert_eq!((quotes(&page), unasked(&page)), (vec![PROVEN, INCOME], None));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_answers_are_asked_again_later_and_not_for_ever() {
    let world = world().await;
    world.waiting_call("c1", "ACA Health Insurance", &transcript()).await;
    world.endpoint.faults().always(Fault::Prose);
    let judge = world.judge();
    let page = world.work_off(&judge).await;
    assert_eq!(unasked(&page), Some(Unasked::BadAnswers));
    assert_eq!(world.api.ask_unasked(10).await.unwrap(), 0, "not at once");
    let mut rounds = 0;
    for day in 1..10 {
        world.stack.set_time_shift(Duration::from_hours(24 * day)).await;
        if world.api.ask_unasked(10).await.unwrap() == 1 {
            world.work_off(&judge).await;
            rounds += 1;
        }
    }
    assert_eq!(rounds, 5);
    let page = world.page(page.call.call_id).await;
    assert_eq!((page.call.status, quotes(&page)), (CallStatus::Flagged, vec![PROVEN]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_budget_stops_the_model_alone_and_alerts() {
    let world = world().await;
    let mut settings = world.settings();
    settings.per_day.tokens_per_day = Some(2_000);
    world.endpoint.behave(|endpoint| {
        endpoint.usage = Some(Usage { prompt_tokens: 1_400, completion_tokens: 100 });
    });
    let judge = world.judge_with(settings);
    world.waiting_call("c1", "ACA Health Insurance", &transcript()).await;
    assert_eq!(unasked(&world.work_off(&judge).await), None, "the first call is within it");

    let id = world.waiting_call("c2", "ACA Health Insurance", &transcript()).await;
    world.endpoint.forget_requests();
    let page = world.work_off(&judge).await;
    assert_eq!((quotes(&page), unasked(&page)), (vec![PROVEN], Some(Unasked::BudgetSpent)));
    assert_eq!(world.endpoint.request_count(), 0);
    let alerts = world.api.open_alerts().await.unwrap();
    let kinds: Vec<_> = alerts.iter().map(|alert| (alert.kind.as_str(), alert.level)).collect();
    assert_eq!(kinds, [("judge_budget_spent", AlertLevel::Warning)]);
    assert_eq!(world.api.ask_unasked(10).await.unwrap(), 0, "not today");

    world.stack.set_time_shift(Duration::from_hours(24)).await;
    let page = asked_again(&world, &judge).await;
    assert_eq!((page.call.call_id, quotes(&page)), (id, vec![PROVEN, INCOME]));
    assert!(world.api.open_alerts().await.unwrap().is_empty());
}

/// One call at a time: after three of them the endpoint counts as down, and the others wait for it with
/// all their attempts.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_claimed_while_the_endpoint_is_down() {
    let world = world().await;
    let mut calls = Vec::new();
    for number in 0..5 {
        calls.push(world.waiting_call(&format!("c{number}"), "ACA Health Insurance", &transcript()).await);
    }
    world.endpoint.faults().always(Fault::Status { status: 503 });
    let context = world.context();
    let lane = tokio::spawn(callscript_server::lanes::judge::run(context.clone(), world.judge(), 1));
    let down_since = eventually(|| async {
        let alerts = world.api.open_alerts().await.unwrap();
        alerts.iter().find(|alert| alert.kind == "judge_endpoint_away").map(|alert| alert.raised_at)
    })
    .await;

    // It comes back: the waiting calls are judged, and the others asked again, in a minute those that had
    // been asked again in vain.
    world.endpoint.faults().clear();
    world.stack.set_time_shift(Duration::from_secs(70)).await;
    eventually(|| async {
        let mut asked = 0;
        for call in &calls {
            let page = world.page(*call).await;
            asked += usize::from(page.call.status == CallStatus::Flagged && unasked(&page).is_none());
        }
        (asked == calls.len()).then_some(())
    })
    .await;
    let (mut before, mut meanwhile) = (0, 0);
    for call in &calls {
        assert_eq!(world.stack.failures_of(call.0).await, 0);
        let page = world.page(*call).await;
        assert_eq!(quotes(&page), [PROVEN, INCOME]);
        for attempt in page.history.iter().filter(|attempt| attempt.lane == Lane::Judge) {
            assert_eq!(attempt.outcome, Some(AttemptOutcome::Accepted));
            before += usize::from(attempt.started_at < down_since);
            // The endpoint is left alone for half of five seconds at least.
            let rest = down_since..down_since + TimeDelta::seconds(2);
            meanwhile += usize::from(rest.contains(&attempt.started_at));
        }
    }
    assert_eq!((before, meanwhile), (3, 0), "claimed before and while it was down");
    eventually(|| async { world.api.open_alerts().await.unwrap().is_empty().then_some(()) }).await;
    context.stop.cancel();
    lane.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_asks_the_open_rules_only_and_keeps_what_was_proven() {
    let world = World::new(vec![
        Reading::new("one", "say you earn").by("agent"),
        Reading::new("two", "say you earn").by("agent"),
    ])
    .await;
    let rules = vec![phrase_rule("guarantee", "i guarantee"), judged_rule("one"), judged_rule("two")];
    let mut material = call(rules, &[(Agent, PROVEN), (Agent, INCOME)]);
    world.endpoint.faults().always(Fault::MissingRules);
    let judge = world.judge();
    let first = crate::support::judged(&judge, &material).await;
    assert_eq!(first.flags.len(), 2, "the second rule was not answered");

    let Ruleset { ruleset_id, .. } = material.ruleset.clone();
    material.unfinished = Some(supabase_client::ruleset::EarlierJudgement {
        ruleset_id,
        prompt_version: first.prompt_version.clone(),
        judge_model: first.judge_model.clone(),
        returned_model: first.returned_model.clone(),
        endpoint: first.endpoint.clone(),
        flags: first.flags.clone(),
        rule_results: first.rule_results.clone(),
    });
    world.endpoint.faults().clear();
    world.endpoint.forget_requests();
    let second = crate::support::judged(&judge, &material).await;
    let asked: Vec<String> =
        world.endpoint.requests()[0].question().rules.into_iter().map(|rule| rule.key).collect();
    assert_eq!(asked, ["two"]);
    assert_eq!(second.flags.len(), 3);
    assert!(second.rule_results.iter().all(|result| result.outcome == RuleOutcome::Violation));

    // While the endpoint is away the proof of the first time stands.
    world.endpoint.faults().always(Fault::Status { status: 500 });
    let third = crate::support::judged(&judge, &material).await;
    assert_eq!(third.flags, first.flags);
    let origins = |judgement: &supabase_client::judgement::Judgement| {
        (judgement.judge_model.clone(), judgement.returned_model.clone(), judgement.endpoint.clone())
    };
    assert_eq!(origins(&third), origins(&first), "who proved the flags is still told");
}
