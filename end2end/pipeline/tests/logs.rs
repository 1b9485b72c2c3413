//! What all parts log while calls go well and badly: one id leads through the lanes, and nothing that is secret or
//! personal is anywhere in it.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use collector_simulator::ReceivedSpan;
use pipeline::programs::Program;
use pipeline::workspace;
use ringba_simulator::{ALWAYS, Endpoint, Ledger, LedgerCall, RecordingFault, RequestFault, Simulator};
use serde_json::Value;
use supabase_client::criterion::AlertLevel;
use supabase_client::http::{Api, Supabase, SupabaseConfig};
use supabase_client::queue::QueueFilter;
use supabase_local::{Stack, StackConfig};

const PATIENCE: Duration = Duration::from_mins(3);
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

const RINGBA_TOKEN: &str = "planted-token-of-ringba";
const JUDGE_KEY: &str = "planted-key-of-the-judge";
const COLLECTOR_KEY: &str = "planted-key-of-the-collector";
/// Numbers by their last digits: nobody else has them.
const CALLER: [&str; 2] = ["+12025550147", "+12025550158"];
const DIALLED: [&str; 2] = ["+18005550169", "+18005550171"];

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_followed_by_its_id_and_nothing_personal_is_said() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    // One that keeps what it was told when it crashes.
    let config = StackConfig::new(workspace().join("supabase"), folder.path().join("stack"));
    let mut stack = Stack::start(StackConfig { api_port: 0, db_port: 0, ..config }).await?;
    stack.enable_rule("aca", "income_misstated").await;
    let ledger = Ledger::from_iter([call("goes-well", 0), call("goes-badly", 1)]);
    let options = ringba_simulator::Options { token: RINGBA_TOKEN.to_owned(), ..Default::default() };
    let ringba = Simulator::start(ledger, options).await?;
    let options = model_simulator::Options { api_key: JUDGE_KEY.to_owned(), ..Default::default() };
    let model = model_simulator::Simulator::start(options).await?;
    let people = slack_simulator::Simulator::start().await?;
    spoil(&ringba, &model, &people);

    let collector = collector_simulator::Simulator::start().await?;
    let headers = format!("x-key={COLLECTOR_KEY}");

    let (server_log, worker_log) = (folder.path().join("server.log"), folder.path().join("worker.log"));
    let mut server = Program::server(&stack, &ringba)?
        .with("CALLSCRIPT_RINGBA_TOKEN", RINGBA_TOKEN)
        .with("CALLSCRIPT_INGEST_INTERVAL_SECONDS", "1")
        .with("CALLSCRIPT_JUDGE_URL", &model.base_url())
        .with("CALLSCRIPT_JUDGE_KEY", JUDGE_KEY)
        .with("CALLSCRIPT_JUDGE_MODEL", model_simulator::DEMO_MODEL)
        .with("CALLSCRIPT_WATCHDOG_SLACK_URL", &people.slack_url())
        .with("CALLSCRIPT_SERVER_OTLP_URL", &collector.url())
        .with("CALLSCRIPT_SERVER_OTLP_HEADERS", &headers)
        .with("CALLSCRIPT_SERVER_LOG", "info,callscript_server=debug")
        .with("CALLSCRIPT_SERVER_LOG_FORMAT", "json")
        .logging_to(&server_log)?;
    let mut worker = Program::waiting_worker(&stack)?
        .with("CALLSCRIPT_WORKER_OTLP_URL", &collector.url())
        .with("CALLSCRIPT_WORKER_OTLP_HEADERS", &headers)
        .with("CALLSCRIPT_WORKER_LOG", "warn,gpu_worker=debug")
        .with("CALLSCRIPT_WORKER_LOG_FORMAT", "json")
        .logging_to(&worker_log)?;
    server.start()?;
    worker.start()?;
    let service = Supabase::new(SupabaseConfig {
        url: stack.api_url().parse()?,
        api_key: stack.secret_key().to_owned().into(),
    })?
    .as_service();
    service.raise_alert("recording_gone", "planted", AlertLevel::Critical, "A fault of this test.").await?;

    let (lines, id) = until_said(&mut stack, &service, &[&server_log, &worker_log]).await?;
    assert_eq!(lanes_of(id, &lines), ["ingest", "vault", "worker", "judge"]);

    let trace_id = format!("{id:0>32}");
    for lane in ["vault call", "worker call", "judge call"] {
        let is_it = |span: &ReceivedSpan| span.name == lane && span.trace_id == trace_id;
        let found = tokio::time::timeout(PATIENCE, collector.until_taken(is_it)).await;
        anyhow::ensure!(found.is_ok(), "no span {lane} in {trace_id}: {:#?}", collector.spans());
    }

    for log in [&server_log, &worker_log] {
        let has_id = all_of(&[log])?.contains(&format!(r#""call_id":"{id}""#));
        assert!(has_id, "{} does not follow the call", log.display());
    }
    let said = all_of(&[&server_log, &worker_log])?;
    let said = lines.iter().fold(said, |said, line| said + &line.to_string() + "\n");

    // Strings stand in protobuf as they are.
    let said = said + &String::from_utf8_lossy(&collector.bytes());

    let slack_secret = people.slack_url();
    let slack_secret = slack_secret.rsplit_once("/services/").map_or("", |(_, secret)| secret);
    let planted = [
        RINGBA_TOKEN,
        JUDGE_KEY,
        COLLECTOR_KEY,
        slack_secret,
        stack.secret_key(),
        "callscript-local",
        "reviewer@",
        "v=v1",
    ];
    let spoken = ["guarantee that you", "Thank you for calling"];
    let numbers = CALLER.iter().chain(&DIALLED).map(|number| &number[1..]);
    for secret in planted.into_iter().chain(spoken).chain(numbers) {
        let leak = said.lines().find(|line| line.contains(secret));
        assert_eq!(leak, None, "{secret:?} is said");
    }
    // Words and numbers have their columns; a secret has none.
    let rows = stack.every_row().await;
    for secret in [RINGBA_TOKEN, JUDGE_KEY, slack_secret, stack.secret_key(), "callscript-local"] {
        let leak = rows.iter().find(|row| row.contains(secret));
        assert_eq!(leak, None, "{secret:?} is kept");
    }
    Ok(())
}

fn spoil(ringba: &Simulator, model: &model_simulator::Simulator, people: &slack_simulator::Simulator) {
    ringba.faults().next(Endpoint::CallLogs, 1, RequestFault::WrongTypes);
    // Windows without calls are read, too, and in no order: one of so many pages has calls.
    ringba.faults().next(
        Endpoint::CallLogs,
        12,
        RequestFault::MissingKeys { keys: vec!["callDt".to_owned()] },
    );
    ringba.faults().next(Endpoint::CallLogs, 1, RequestFault::Status { status: 500, retry_after_s: None });
    ringba.faults().recording("goes-badly", ALWAYS, RecordingFault::Status { status: 500 });
    // What it thinks of the key comes with the endpoint's own troubles, and stays.
    model.faults().next(1, model_simulator::Fault::Status { status: 500 });
    model.faults().next(1, model_simulator::Fault::EchoedKey { status: 503 });
    model.faults().always(model_simulator::Fault::EchoedKey { status: 401 });
    people.faults().always(slack_simulator::Fault::Status { status: 500 });
}

/// Until the good call is judged and each trouble was met, a crash of the database among them; then the lines of the
/// log, and the good call's id.
async fn until_said(stack: &mut Stack, service: &Api, logs: &[&Path]) -> anyhow::Result<(Vec<Value>, i64)> {
    let began = Instant::now();
    let mut has_crashed = false;
    loop {
        let calls = service.queue_page(&QueueFilter::default(), None, 10).await?.into_calls();
        let id_of = |name: &str| {
            calls.iter().find(|call| call.ringba_call_id == name).map_or(0, |call| call.call_id.0)
        };
        let lines = stack.log_lines().await;
        let has = |event: &str| lines.iter().any(|line| line["event"] == event);
        let is_through = lanes_of(id_of("goes-well"), &lines).contains(&"judge".to_owned());
        let has_failed = lanes_of(id_of("goes-badly"), &lines).contains(&"vault".to_owned());
        if !has_crashed && has("record_set_aside") {
            stack.crash_database().await?;
            has_crashed = true;
        } else if is_through
            && has_failed
            && has_crashed
            && has("the_endpoint_gave_no_answer")
            && has("people_could_not_be_told")
        {
            return Ok((lines, id_of("goes-well")));
        }
        anyhow::ensure!(began.elapsed() < PATIENCE, "{lines:#?}\n{}", all_of(logs)?);
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// The lanes that spoke about a call, in order.
fn lanes_of(call_id: i64, lines: &[Value]) -> Vec<String> {
    let said = lines.iter().filter(|line| line["call_id"] == call_id);
    let mut speakers: Vec<_> =
        said.map(|line| line["lane"].as_str().unwrap_or_default().to_owned()).collect();
    speakers.dedup();
    speakers
}

/// A recorded call that is over.
fn call(id: &str, which: usize) -> LedgerCall {
    let mut call = LedgerCall::new(id, Utc::now() - TimeDelta::minutes(5), Duration::from_secs(60));
    CALLER[which].clone_into(&mut call.caller_number);
    DIALLED[which].clone_into(&mut call.dialled_number);
    call.recording = Some(workspace().join("end2end/calls/call4_gift_card.mp3"));
    call
}

fn all_of(logs: &[&Path]) -> anyhow::Result<String> {
    let logs = logs.iter().map(std::fs::read_to_string);
    Ok(logs.collect::<Result<Vec<_>, _>>()?.join("\n"))
}
