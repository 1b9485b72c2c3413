//! `callscript-server calls …`: acting on calls by hand, and looking at them.

pub mod fail;
pub mod release;
pub mod retry;
pub mod show;

use std::process::ExitCode;

use serde_json::json;
use supabase_client::by_hand::{Act, ActResult, CallSelection};
use supabase_client::http::{ActOrder, Api, CALLS_AT_A_TIME, Error};

use super::word;
use crate::settings::How;

/// Results that are written out: of those done, and of those refused.
const LINES: usize = 50;
const ENTRIES: usize = 1_000;

/// How one act is told.
struct Wording {
    act: Act,
    /// "2 calls …".
    done: &'static str,
}

/// What became of all chosen calls so far.
#[derive(Default)]
struct Outcome {
    done: Vec<ActResult>,
    done_count: usize,
    refused: Vec<ActResult>,
    refused_count: usize,
}

impl Outcome {
    fn take(&mut self, results: Vec<ActResult>) {
        for result in results {
            let (kept, count) = if result.refused.is_some() {
                (&mut self.refused, &mut self.refused_count)
            } else {
                (&mut self.done, &mut self.done_count)
            };
            *count += 1;
            if kept.len() < ENTRIES {
                kept.push(result);
            }
        }
    }
}

/// Acts on the chosen calls, some at a time, and prints what became of them. Fails when one was refused. Whoever breaks
/// this off loses nothing: each call is done or not.
async fn act(
    api: &Api,
    wording: &Wording,
    selection: CallSelection,
    reason: Option<&str>,
    how: How,
    host: &str,
) -> anyhow::Result<ExitCode> {
    let How { dry_run, operator, json } = how;
    let operator = operator.name(host);
    let order = ActOrder { act: wording.act, operator: Some(&operator), reason, dry_run };
    let mut outcome = Outcome::default();
    let ending = match &selection {
        CallSelection::Calls { calls } => one_by_one(api, calls, order, &mut outcome).await,
        CallSelection::OfLane(_) => all_that_fit(api, order, &selection, &mut outcome).await,
    };
    if json {
        println!(
            "{:#}",
            json!({
                "act": wording.act, "dry_run": dry_run, "by": operator, "broken_off": ending.is_err(),
                "done": outcome.done_count, "refused": outcome.refused_count,
                "calls_done": outcome.done, "calls_refused": outcome.refused,
            })
        );
    } else {
        print(wording, &outcome, dry_run);
    }
    ending.map_err(|failure| anyhow::anyhow!("{}", failure.sentence()).context("the rest was left alone"))?;
    Ok(if outcome.refused_count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn one_by_one(
    api: &Api,
    calls: &[String],
    order: ActOrder<'_>,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    for calls in calls.chunks(CALLS_AT_A_TIME) {
        let selection = CallSelection::Calls { calls: calls.to_vec() };
        outcome.take(api.act_on_calls(order, &selection, None).await?.results);
    }
    Ok(())
}

/// By their numbers, so that what is refused is not met again.
async fn all_that_fit(
    api: &Api,
    order: ActOrder<'_>,
    selection: &CallSelection,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let mut after = None;
    loop {
        let acted = api.act_on_calls(order, selection, after).await?;
        outcome.take(acted.results);
        after = acted.next_after;
        if after.is_none() {
            return Ok(());
        }
    }
}

fn print(wording: &Wording, outcome: &Outcome, dry_run: bool) {
    let Outcome { done, done_count, refused, refused_count } = outcome;
    for result in done.iter().take(LINES) {
        println!("{}: {} → {}", name(result), state(result.was), state(result.status));
    }
    if *done_count > LINES {
        println!("… and {} more.", done_count - LINES);
    }
    for result in refused.iter().take(LINES) {
        println!("REFUSED {}: {}", name(result), result.refused.as_deref().unwrap_or_default());
    }
    if *refused_count > LINES {
        println!("… and {} more that were refused.", refused_count - LINES);
    }
    let calls = |count: usize| if count == 1 { "1 call".to_owned() } else { format!("{count} calls") };
    if done_count + refused_count == 0 {
        println!("No call fits.");
    } else if dry_run {
        println!(
            "A trial, nothing was changed. {} would be {}, {refused_count} refused.",
            calls(*done_count),
            wording.done
        );
    } else {
        println!("{} {}, {refused_count} refused.", calls(*done_count), wording.done);
    }
}

fn name(result: &ActResult) -> String {
    match (result.call_id, &result.ringba_call_id) {
        (Some(call_id), Some(ringba_call_id)) => format!("call {call_id} ({ringba_call_id})"),
        _ => format!("call {}", result.name),
    }
}

fn state(status: Option<supabase_client::call::CallStatus>) -> String {
    status.map_or_else(|| "-".to_owned(), word)
}
