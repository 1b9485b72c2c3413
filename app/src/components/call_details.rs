use leptos::prelude::*;
use rust_decimal::Decimal;
use supabase_client::call::{Attempt, CallPage, CallSummary};
use supabase_client::judgement::RuleResult;

use crate::components::judgement_list::JudgementList;
use crate::components::moment::Moment;
use crate::components::rule_outcomes::RuleOutcomes;
use crate::format::length;
use crate::wording;

/// How each rule ended, every verdict, what Ringba knows of the call, and what the lanes did.
#[component]
pub fn CallDetails(page: RwSignal<CallPage>) -> impl IntoView {
    let call = Memo::new(move |_| page.with(|page| page.call.clone()));
    let rules = Memo::new(move |_| page.with(|page| (page.rule_results.clone(), page.asked_again)));
    let history = Memo::new(move |_| page.with(|page| page.history.clone()));
    view! {
        <section class="details" aria-label="Details">
            {move || rules.with(|(rules, asked_again)| (!rules.is_empty()).then(|| rule_results(rules, *asked_again)))}
            <JudgementList page/>
            <details class="fold" open>
                <summary><h2>"Call"</h2></summary>
                {move || call.with(facts)}
            </details>
            {move || history.with(|history| (!history.is_empty()).then(|| attempts(history)))}
        </section>
    }
}

fn rule_results(rules: &[RuleResult], asked_again: bool) -> impl IntoView + use<> {
    // Why a rule is undecided stands where it is settled.
    let rules = rules.iter().cloned().map(|rule| RuleResult { reason: None, ..rule }).collect::<Vec<_>>();
    view! {
        <details class="fold">
            <summary><h2>"Rules "<span class="fold-count">{rules.len()}</span></h2></summary>
            <RuleOutcomes rules asked_again/>
        </details>
    }
}

fn facts(call: &CallSummary) -> impl IntoView + use<> {
    let words = [
        ("Ringba call", Some(call.ringba_call_id.clone())),
        ("Account", Some(call.account.clone())),
        (
            "Vertical",
            Some(
                call.vertical
                    .as_deref()
                    .map_or_else(|| "not mapped, common rules".to_owned(), wording::vertical_name),
            ),
        ),
        ("Campaign", call.campaign_name.clone()),
        ("Publisher", call.publisher_name.clone()),
        ("Target", call.target_name.clone()),
        ("Buyer", call.buyer_name.clone()),
        ("Caller", call.caller_number_masked.clone()),
        ("Dialled", call.dialled_number_masked.clone()),
        ("Length", call.call_length_seconds.map(length)),
        ("Revenue", call.revenue.map(money)),
        ("Payout", call.payout.map(money)),
        ("Cost", call.cost.map(money)),
    ];
    let words = words
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }));
    view! {
        <dl class="facts">
            <div><dt>"Began"</dt><dd><Moment moment=call.start_time_utc/></dd></div>
            {call.completed_at.map(|moment| view! { <div><dt>"Ended"</dt><dd><Moment moment/></dd></div> })}
            {words.collect_view()}
        </dl>
    }
}

fn attempts(history: &[Attempt]) -> impl IntoView + use<> {
    let attempts = history.iter().cloned().map(|attempt| {
        let took = attempt.ended_at.map(|ended| seconds_between(attempt.started_at, ended));
        view! {
            <li>
                <strong>{wording::lane(attempt.lane)}</strong>
                <span>{wording::attempt_outcome(attempt.outcome)}{took.map(|took| format!(" in {took}"))}</span>
                <span class="attempt-when"><Moment moment=attempt.started_at/>" · "{attempt.worker}</span>
                {attempt.error.map(|error| view! { <span class="attempt-error">{error}</span> })}
            </li>
        }
    });
    view! {
        <details class="fold">
            <summary><h2>"History"</h2></summary>
            <ol class="attempts" role="list">{attempts.collect_view()}</ol>
        </details>
    }
}

fn seconds_between(start: chrono::DateTime<chrono::Utc>, end: chrono::DateTime<chrono::Utc>) -> String {
    let milliseconds = (end - start).num_milliseconds().max(0);
    format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100)
}

fn money(amount: Decimal) -> String {
    format!("${amount:.2}")
}
