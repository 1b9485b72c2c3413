//! Drafts of rules on past calls: what they would change, and that they change nothing.

use callscript_server::lanes::judge::backtest::work_off;
use chrono::{TimeDelta, Utc};
use model_simulator::Reading;
use supabase_client::backtest::{BacktestOrder, BacktestStatus};
use supabase_client::call::{CallId, CallPage};
use supabase_client::transcript::Speaker::Agent;

use crate::support::{World, call};

const OPENING: &str = "This call is being recorded.";
const INCOME: &str = "Let us say you earn forty thousand.";

/// Three judged calls of ACA: a guarantee, a free plan, and neither. A judged rule is on.
async fn world() -> (World, Vec<CallId>) {
    let world = World::new(vec![Reading::new("income_misstated", "say you earn").by("agent")]).await;
    world.stack.enable_rule("aca", "income_misstated").await;
    let judge = world.judge();
    let mut calls = Vec::new();
    for (id, said) in [("c1", "I guarantee it."), ("c2", "This plan is free."), ("c3", "You may qualify.")] {
        let transcript = call(Vec::new(), &[(Agent, OPENING), (Agent, said), (Agent, INCOME)]).transcript;
        calls.push(world.waiting_call(id, "ACA Health Insurance", &transcript).await);
        world.work_off(&judge).await;
    }
    world.endpoint.forget_requests();
    (world, calls)
}

fn order() -> BacktestOrder {
    BacktestOrder {
        draft: "stricter".to_owned(),
        vertical: "aca".to_owned(),
        from_time: Utc::now() - TimeDelta::hours(1),
        to_time: Utc::now() + TimeDelta::hours(1),
        most_calls: None,
    }
}

async fn pages(world: &World, calls: &[CallId]) -> Vec<CallPage> {
    let mut pages = Vec::new();
    for call in calls {
        pages.push(world.page(*call).await);
    }
    pages
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_tells_what_it_would_change_and_changes_nothing() {
    let (world, calls) = world().await;
    // Guarantees are no longer flagged, and "may qualify" is.
    world.stack.draft_phrase_rule("stricter", "aca", "guarantee", "we both guarantee").await;
    world.stack.draft_phrase_rule("stricter", "aca", "may_qualify", "may qualify").await;
    let before = pages(&world, &calls).await;

    let id = world.api.order_backtest(&order()).await.unwrap();
    let claimed = world.api.claim_backtest("test", Some(id)).await.unwrap().unwrap();
    let report = work_off(&world.context(), &world.judge(), claimed).await.unwrap();

    assert_eq!((report.calls, report.added_total, report.removed_total), (3, 1, 1));
    let (added, removed) = (&report.added[0], &report.removed[0]);
    assert_eq!((added.call_id, added.quote.as_str()), (calls[2], "You may qualify."));
    assert_eq!((removed.call_id, removed.quote.as_str()), (calls[0], "I guarantee it."));
    assert!(added.link.starts_with(&format!("/calls/{}?flag=may_qualify", calls[2])), "{}", added.link);
    let rule = |key: &str| report.rules.iter().find(|rule| rule.rule_key == key).unwrap();
    assert_eq!((rule("guarantee").before, rule("guarantee").after), (1, 0));
    assert_eq!((rule("income_misstated").before, rule("income_misstated").after), (3, 3));
    assert_eq!(world.endpoint.request_count(), 0, "the judged rule is the same as then");
    assert_eq!(pages(&world, &calls).await, before);
    assert_eq!(world.api.backtest_report(id).await.unwrap().status, BacktestStatus::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_over_a_backtest_goes_on_with_it() {
    let (world, calls) = world().await;
    world.stack.draft_phrase_rule("stricter", "aca", "may_qualify", "may qualify").await;
    let id = world.api.order_backtest(&order()).await.unwrap();
    // The first one is killed with a batch in hand; its lease runs out.
    let claimed = world.api.claim_backtest("killed", Some(id)).await.unwrap().unwrap();
    world.api.backtest_batch(claimed.lease_token, 8).await.unwrap();
    assert!(world.api.claim_backtest("early", None).await.unwrap().is_none());
    world.stack.set_time_shift(std::time::Duration::from_secs(150)).await;

    let taken = world.api.claim_backtest("second", None).await.unwrap().unwrap();
    assert_eq!(taken.backtest_id, id);
    let report = work_off(&world.context(), &world.judge(), taken).await.unwrap();
    assert_eq!((report.calls, report.added_total), (3, 1));
    assert_eq!(report.added[0].call_id, calls[2]);
    let late = work_off(&world.context(), &world.judge(), claimed).await;
    assert!(matches!(late, Err(supabase_client::http::Error::LeaseLost)), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lane_works_off_what_is_ordered_in_studio() {
    let (world, _) = world().await;
    world.stack.draft_phrase_rule("stricter", "aca", "may_qualify", "may qualify").await;
    let id = world.api.order_backtest(&order()).await.unwrap();
    let context = world.context();
    let lane = tokio::spawn({
        let (context, judge) = (context.clone(), world.judge());
        async move { callscript_server::lanes::judge::run(context, judge, 2).await }
    });
    let report =
        crate::support::eventually(|| async { world.api.backtest_report(id).await.unwrap().report }).await;
    assert_eq!(report.added_total, 1);
    context.stop.cancel();
    lane.await.unwrap();
}
