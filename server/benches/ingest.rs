//! `make bench NAME=ingest`: a busy quarter of an hour of 30,000 calls, read by the ingest lane and
//! written in two other ways. Everything is measured in one run; figures are ratios.

mod support;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use callscript_server::lanes::ingest::normalize::COLUMNS;
use callscript_server::lanes::ingest::{Pace, live};
use chrono::{TimeDelta, Utc};
use figures::Figure;
use ringba_simulator::{DEMO_ACCOUNT, Ledger, LedgerCall, Options, Simulator};
use supabase_client::call::CallStatus;
use supabase_client::ingest::{CallRecord, WindowState};
use supabase_local::{RIVAL_COLUMNS, Stack};
use support::{LaneProcess, context, count, median, reader, ringba, stack, until};

const CALLS: i64 = 30_000;
const FEW_CALLS: i64 = 1_000;
/// Wide enough for the whole benchmark: the calls grow older while it runs.
const PACE: Pace = Pace { every: Duration::from_secs(60), window: TimeDelta::hours(2) };
const RUNS: usize = 3;

#[tokio::main]
async fn main() {
    let stack = stack().await;
    stack.make_rival_table().await;
    let simulator = busy_quarter_of_an_hour(CALLS).await;
    let rows = rows(&stack, &simulator).await;
    assert_eq!(rows.len() as i64, CALLS);

    warm_up(&stack, &rows).await;
    let mut ingest = Vec::new();
    let mut copy = Vec::new();
    for _ in 0..RUNS {
        ingest.push(ingest_once(&stack, &simulator).await);
        copy.push(copy_once(&stack, &rows).await);
    }
    let again = read_again(&stack, &simulator).await;
    let (ingest, copy) = (median(ingest), median(copy));
    let row_by_row = row_by_row_once(&stack, &rows).await;
    println!(
        "{CALLS} calls: ingest {ingest:.2} s, again unchanged {again:.2} s, copy {copy:.2} s, row by row {row_by_row:.2} s"
    );
    Figure::at_least("ingest_vs_row_by_row", row_by_row / ingest, 20.0).print();
    Figure::at_most("ingest_vs_copy", ingest / copy, 4.0).print();
    Figure::report("ingest_unchanged_vs_new", again / ingest).print();

    let few = peak_memory(&stack, FEW_CALLS).await;
    let many = peak_memory(&stack, CALLS).await;
    println!("peak memory of the lane: {few:.1} MiB with {FEW_CALLS} calls, {many:.1} MiB with {CALLS}");
    Figure::at_most("ingest_memory_30k_vs_1k", many / few, 1.2).print();
}

/// Calls that started in the last fourteen minutes and are over.
async fn busy_quarter_of_an_hour(calls: i64) -> Simulator {
    let begin = Utc::now() - TimeDelta::minutes(14);
    let call = |at: i64| {
        let start = begin + TimeDelta::milliseconds(at * 12 * 60_000 / calls);
        let mut call = LedgerCall::new(format!("RGB{at:012X}V3"), start, Duration::from_secs(45));
        call.revenue = rust_decimal::Decimal::new(at % 5_000, 2);
        call.cost = rust_decimal::Decimal::new(at % 700, 4);
        call.recording = Some("never-fetched.mp3".into());
        call
    };
    Simulator::start((0..calls).map(call).collect::<Ledger>(), Options::default()).await.expect("it starts")
}

/// What the rivals are given: the records as the lane reads them.
async fn rows(stack: &Stack, simulator: &Simulator) -> Vec<CallRecord> {
    let ringba = ringba(&context(stack), simulator);
    let (begin, end) = (Utc::now() - PACE.window, Utc::now());
    let mut rows = Vec::new();
    loop {
        let page = ringba.call_logs(begin, end, rows.len(), &COLUMNS).await.expect("a page");
        if page.records.is_empty() {
            return rows;
        }
        rows.extend(page.records.into_iter().map(|read| read.record));
    }
}

async fn warm_up(stack: &Stack, rows: &[CallRecord]) {
    let few = busy_quarter_of_an_hour(FEW_CALLS).await;
    ingest_once(stack, &few).await;
    copy_once(stack, &rows[..1_000]).await;
}

/// One turn of the lane over the window, from an empty table.
async fn ingest_once(stack: &Stack, simulator: &Simulator) -> f64 {
    stack.empty().await;
    let context = context(stack);
    let reader = reader(&context, simulator);
    reader.check_columns().await.expect("the columns are known");
    let began = Instant::now();
    let state = live::turn(&context, &reader, PACE).await.expect("the window is read");
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(state, Some(WindowState::Whole));
    let told = simulator.ledger().calls().len() as i64;
    assert_eq!(count(&context.api, CallStatus::Pending).await, told);
    seconds
}

/// The same window once more: nothing has changed.
async fn read_again(stack: &Stack, simulator: &Simulator) -> f64 {
    let context = context(stack);
    let reader = reader(&context, simulator);
    reader.check_columns().await.expect("the columns are known");
    let (from, to) = (Utc::now() - TimeDelta::minutes(45), Utc::now());
    let ids = context
        .api
        .reingest(reader.account(), from, to, supabase_client::ingest::WindowPurpose::Asked)
        .await
        .expect("the range is lined up");
    let began = Instant::now();
    reader.read_among(&ids).await.expect("the range is read");
    began.elapsed().as_secs_f64()
}

async fn copy_once(stack: &Stack, rows: &[CallRecord]) -> f64 {
    stack.empty_rival_table().await;
    let began = Instant::now();
    let mut csv = String::new();
    for row in rows {
        let values = as_row(row);
        for (place, column) in RIVAL_COLUMNS.iter().enumerate() {
            let separator = if place == 0 { "" } else { "," };
            match values.get(*column).and_then(|value| value.as_str()) {
                Some(text) => write!(csv, "{separator}\"{}\"", text.replace('"', "\"\"")),
                None => match values.get(*column) {
                    Some(serde_json::Value::Null) | None => write!(csv, "{separator}"),
                    Some(value) => write!(csv, "{separator}{value}"),
                },
            }
            .expect("text grows");
        }
        csv.push('\n');
    }
    stack.copy_and_upsert(&csv).await;
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(stack.rival_rows().await, rows.len() as i64);
    seconds
}

/// One upsert per row through PostgREST, on a kept connection.
async fn row_by_row_once(stack: &Stack, rows: &[CallRecord]) -> f64 {
    stack.empty_rival_table().await;
    let http = reqwest::Client::new();
    let url = format!("{}/rest/v1/rival_calls?on_conflict=ringba_call_id", stack.api_url());
    let post = |row: &CallRecord| {
        http.post(&url)
            .header("apikey", stack.secret_key())
            .header("content-profile", "api")
            .header("prefer", "resolution=merge-duplicates,return=minimal")
            .json(&as_row(row))
            .send()
    };
    let first = post(&rows[0]).await.expect("an answer");
    assert!(first.status().is_success(), "{}", first.text().await.unwrap_or_default());
    let began = Instant::now();
    for row in rows {
        let answer = post(row).await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
    }
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(stack.rival_rows().await, rows.len() as i64);
    seconds
}

/// A record under the names of the table.
fn as_row(record: &CallRecord) -> serde_json::Map<String, serde_json::Value> {
    let mut row =
        serde_json::to_value(record).ok().and_then(|row| row.as_object().cloned()).expect("an object");
    row.retain(|column, _| RIVAL_COLUMNS.contains(&column.as_str()));
    row.insert("account".to_owned(), DEMO_ACCOUNT.into());
    row
}

/// The most memory that the lane holds while it reads so many calls, in a process of its own.
async fn peak_memory(stack: &Stack, calls: i64) -> f64 {
    stack.empty().await;
    let simulator = busy_quarter_of_an_hour(calls).await;
    let lane = LaneProcess::start("ingest", stack, &simulator);
    until(&context(stack).api, CallStatus::Pending, calls).await;
    lane.peak_memory_mib()
}
