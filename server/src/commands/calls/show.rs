//! `callscript-server calls show …`: how calls stand, and how they came there.

use std::process::ExitCode;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde_json::json;
use supabase_client::by_hand::{CallLine, CallRecord, CallSelection, LogRecord, RecordingRecord, TryRecord};
use supabase_client::http::{Api, Error};

use crate::commands::word;

/// Lines that one request brings.
const LINES_AT_A_TIME: usize = 500;

/// Prints everything of each named call, or a line for each call of a lane. Fails when there is no such call.
pub async fn run(api: &Api, selection: &CallSelection, most: usize, json: bool) -> anyhow::Result<ExitCode> {
    match selection {
        CallSelection::Calls { calls } => records(api, calls, json).await,
        CallSelection::OfLane(_) => lines(api, selection, most, json).await,
    }
}

async fn records(api: &Api, calls: &[String], json: bool) -> anyhow::Result<ExitCode> {
    let mut found = Vec::new();
    let mut unknown = Vec::new();
    for call in calls {
        match api.call_record(call).await {
            Ok(record) => found.push(record),
            Err(Error::Refused { sentence, .. }) => unknown.push(sentence),
            Err(failure) => return Err(failure).context("the calls could not be read"),
        }
    }
    if json {
        println!("{:#}", json!({ "calls": found, "refused": unknown }));
    } else {
        for record in &found {
            print(record);
        }
        for sentence in &unknown {
            println!("{sentence}");
        }
    }
    Ok(if unknown.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn lines(api: &Api, selection: &CallSelection, most: usize, json: bool) -> anyhow::Result<ExitCode> {
    let mut found: Vec<CallLine> = Vec::new();
    let mut after = None;
    let matching = loop {
        let page = (most - found.len()).min(LINES_AT_A_TIME);
        let lines = api.list_calls(selection, after, page).await.context("the calls could not be read")?;
        found.extend(lines.calls);
        after = lines.next_after;
        if after.is_none() || found.len() >= most {
            break lines.matching;
        }
    };
    if json {
        println!("{:#}", json!({ "matching": matching, "calls": found }));
    } else {
        for call in &found {
            println!("{}", line(call));
        }
        println!("{matching} calls fit, {} shown.", found.len());
    }
    Ok(ExitCode::SUCCESS)
}

fn line(call: &CallLine) -> String {
    let held = call.holder.as_ref().zip(call.lease_expires_at);
    let code = call.last_error_code.as_ref().map(|code| format!(" [{code}]")).unwrap_or_default();
    let parts = [
        Some(format!(
            "call {} ({}, {}): {} since {}",
            call.call_id,
            call.ringba_call_id,
            call.campaign_name.as_deref().unwrap_or("no campaign"),
            word(call.status),
            at(call.status_changed_at)
        )),
        held.map(|(holder, until)| format!(", held by {holder} until {}", at(until))),
        call.delayed_until.map(|until| format!(", not before {}", at(until))),
        (call.attempts > 0).then(|| format!(", {} failures", call.attempts)),
        call.last_error.as_ref().map(|error| format!(": {error}{code}")),
    ];
    parts.into_iter().flatten().collect()
}

fn print(record: &CallRecord) {
    println!("{}", line(&record.line));
    let when = |moment: Option<DateTime<Utc>>| moment.map_or_else(|| "-".to_owned(), at);
    let lane = record.line.lane.map_or("-", |lane| lane.as_str());
    println!("  lane {lane}, round {}, account {}", record.round, record.line.account);
    println!(
        "  started {}, hung up {}, came in {}",
        at(record.line.start_time_utc),
        when(record.completed_at),
        at(record.ingested_at)
    );
    if let Some(since) = record.line.leased_at {
        println!("  in work since {}, last progress {}", at(since), when(record.lease_progressed_at));
    }
    let RecordingRecord { storage_path, bytes, checked_at, missing_at, deleted_at, link_expires_at, .. } =
        &record.recording;
    match storage_path {
        Some(path) => println!(
            "  recording {path} ({} bytes), looked for {}{}{}",
            bytes.unwrap_or_default(),
            when(*checked_at),
            missing_at.map(|moment| format!(", MISSING since {}", at(moment))).unwrap_or_default(),
            deleted_at.map(|moment| format!(", deleted {}", at(moment))).unwrap_or_default()
        ),
        None => println!("  no recording kept, the link ends {}", when(*link_expires_at)),
    }
    if let Some(copy) = &record.review_copy {
        println!("  review copy {} ({} bytes)", copy.storage_path, copy.bytes);
    }
    for TryRecord { lane, round, worker, started_at, ended_at, outcome, error, error_code, .. } in
        &record.tries
    {
        let outcome = outcome.map_or_else(|| "in work".to_owned(), word);
        let error = error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
        let code = error_code.as_ref().map(|code| format!(" [{code}]")).unwrap_or_default();
        println!(
            "  try in {} (round {round}) by {worker}, {} to {}: {outcome}{error}{code}",
            lane.as_str(),
            at(*started_at),
            when(*ended_at)
        );
    }
    for judgement in &record.judgements {
        println!(
            "  judged {} by {} under {}: {}, {} flags{}",
            at(judgement.judged_at),
            judgement.judge_model,
            judgement.qa_version,
            word(judgement.verdict),
            judgement.flags,
            if judgement.shown { " (shown)" } else { "" }
        );
    }
    for alert in &record.alerts {
        println!("  alert since {}: {}", at(alert.raised_at), alert.message);
    }
    for LogRecord { logged_at, level, lane, event, user_id, data, .. } in &record.log {
        let user = user_id.map(|user| format!(" by user {user}")).unwrap_or_default();
        println!("  log {} {level} {lane} {event}{user} {data}", at(*logged_at));
    }
}

fn at(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}
