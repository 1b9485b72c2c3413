//! What the lanes log reaches the database in batches, and never holds anybody up.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use supabase_client::http::{LogLines, log_lines};
use tracing::subscriber::DefaultGuard;
use tracing::{debug, error, info, info_span, warn};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::server::Server;

/// Keeps what this thread logs from now on.
fn logging() -> (DefaultGuard, LogLines) {
    let (layer, lines) = log_lines();
    (tracing::subscriber::set_default(tracing_subscriber::registry().with(layer)), lines)
}

/// The lines of each request, without their ages.
fn written(server: &Server) -> Vec<Vec<Value>> {
    let lines = server.seen().into_iter().map(|seen| {
        assert_eq!(seen.line, "POST /rest/v1/rpc/write_log");
        let mut body: Value = serde_json::from_str(&seen.body).unwrap();
        let lines = body["events"].as_array_mut().unwrap();
        for line in lines.iter_mut() {
            assert!(line.as_object_mut().unwrap().remove("ago_ms").unwrap().is_u64());
        }
        lines.clone()
    });
    lines.collect()
}

#[tokio::test]
async fn a_line_has_its_lane_and_its_call() {
    let (_guard, lines) = logging();
    info!("a word of no lane");
    info!(lane = "kitchen", "a word of no lane of ours");
    info!(lane = "web", attempts = 3, "lane's sign: started");
    info_span!("lane", lane = "judge").in_scope(|| {
        warn!(error = %"nul\0 inside", "cannot claim");
        debug!("too small a matter");
        let call = info_span!(parent: None, "call", lane = "vault", call_id = %7);
        call.in_scope(|| error!(ms = 12_u128, is_late = true, "call ended"));
    });
    let server = Server::start([(204, "")]).await;
    lines.write_to(server.supabase.as_service(), "one".into(), "watchdog").finish().await;

    let expected = json!([
        { "level": "info", "lane": "web", "event": "lanes_sign_started", "worker": "one", "data": { "attempts": 3 } },
        { "level": "warn", "lane": "judge", "event": "cannot_claim", "worker": "one", "data": { "error": "nul inside" } },
        {
            "level": "error", "lane": "vault", "event": "call_ended", "call_id": 7, "worker": "one",
            "data": { "ms": 12, "is_late": true }
        },
    ]);
    assert_eq!(json!(written(&server)), json!([expected]));
}

#[tokio::test]
async fn lines_stay_small() {
    let (_guard, lines) = logging();
    let long = "ж".repeat(100_000);
    info!(lane = "web", a = long, b = long, c = ?long, d = %long, "long");
    let server = Server::start([(204, "")]).await;
    lines.write_to(server.supabase.as_service(), "one".into(), "watchdog").finish().await;
    let line = &written(&server)[0][0];
    assert!(line.to_string().len() < 10_000);
    assert_eq!(line["data"]["a"].as_str().unwrap().chars().count(), 500);
}

#[tokio::test]
async fn a_database_that_is_away_gets_them_later_and_hears_what_was_lost() {
    let (_guard, lines) = logging();
    let began = Instant::now();
    for number in 0..5_000 {
        info!(lane = "vault", number, "call ended");
    }
    assert!(began.elapsed() < Duration::from_secs(1), "logging takes no time: {:?}", began.elapsed());

    let server = Server::start([(503, "")].into_iter().chain([(204, ""); 30])).await;
    let writer = lines.write_to(server.supabase.as_service(), "one".into(), "watchdog");
    // Twenty full batches, one of the rest, and one more for the first that was not taken.
    server.seen_all(22).await;
    writer.finish().await;
    let written = written(&server);
    assert_eq!(written[0], written[1], "tried again");
    let lines: Vec<&Value> = written[1..].iter().flatten().collect();
    let numbers: Vec<u64> = lines.iter().filter_map(|line| line["data"]["number"].as_u64()).collect();
    assert_eq!(numbers, (0..4_096).collect::<Vec<_>>(), "the oldest ones, in order");
    let lost: Vec<&&Value> = lines.iter().filter(|line| line["event"] == "log_lines_lost").collect();
    assert_eq!(lost.len(), 1);
    assert_eq!((&lost[0]["lane"], &lost[0]["data"]), (&json!("watchdog"), &json!({ "lines": 904 })));
}

#[tokio::test]
async fn a_line_that_is_refused_takes_no_other_along() {
    let (_guard, lines) = logging();
    for number in 1..=3 {
        info!(lane = "vault", number, "call ended");
    }
    let refusal = (400, r#"{"code":"22P05","message":"unsupported Unicode escape sequence"}"#);
    let server = Server::start([refusal, (204, ""), refusal, refusal, (204, "")]).await;
    lines.write_to(server.supabase.as_service(), "one".into(), "watchdog").finish().await;
    let numbers: Vec<Vec<u64>> = written(&server)
        .iter()
        .map(|lines| lines.iter().map(|line| line["data"]["number"].as_u64().unwrap()).collect())
        .collect();
    assert_eq!(numbers, [vec![1, 2, 3], vec![1], vec![2, 3], vec![2], vec![3]]);
}

#[tokio::test]
async fn the_end_waits_for_nobody() {
    let (_guard, lines) = logging();
    info!(lane = "vault", "call ended");
    // Connections wait in its queue for ever.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let writer = lines.write_to(Server::at(&silent).as_service(), "one".into(), "watchdog");
    let began = Instant::now();
    writer.finish().await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}
