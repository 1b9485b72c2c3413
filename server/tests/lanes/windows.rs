//! Windows between servers: no two read the same one, and what cannot be read says so.

use std::time::Duration;

use axum::Router;
use callscript_server::lanes::ingest::Pace;
use callscript_server::lanes::ingest::live;
use callscript_server::lanes::ingest::ringba::RingbaError;
use chrono::{TimeDelta, Utc};
use ringba_simulator::{DEMO_TOKEN, Endpoint, Ledger, LedgerCall, RequestFault};
use supabase_client::ingest::{WindowPurpose, WindowState};

use crate::running::Running;

const PACE: Pace = Pace { every: Duration::from_secs(60), window: TimeDelta::minutes(15) };

fn calls(number: i64) -> Ledger {
    let begin = Utc::now() - TimeDelta::minutes(10);
    let call = |at: i64| {
        LedgerCall::new(format!("call-{at:05}"), begin + TimeDelta::milliseconds(at), Duration::from_secs(60))
    };
    (0..number).map(call).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_never_read_the_same_window() {
    let running = Running::new(calls(3)).await;
    let [one, other] = [running.reader(DEMO_TOKEN), running.reader(DEMO_TOKEN)];
    let (one_ends, other_ends) =
        tokio::join!(live::turn(&running.context, &one, PACE), live::turn(&running.context, &other, PACE));
    let ends = [one_ends.unwrap(), other_ends.unwrap()];
    assert!(ends.contains(&Some(WindowState::Whole)) && ends.contains(&None), "{ends:?}");
    assert_eq!(running.simulator.requests(Endpoint::CallLogs), 1);

    // A range of an hour, read by both at the same time.
    let from = Utc::now() - TimeDelta::hours(3);
    let to = from + TimeDelta::hours(1);
    let ids = running.context.api.reingest(one.account(), from, to, WindowPurpose::Asked).await.unwrap();
    assert_eq!(ids.len(), 4);
    let (one_ends, other_ends) = tokio::join!(one.read_among(&ids), other.read_among(&ids));
    one_ends.and(other_ends).unwrap();
    assert_eq!(running.simulator.requests(Endpoint::CallLogs), 1 + 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_came_short_is_not_believed() {
    let running = Running::new(calls(1_500)).await;
    let reader = running.reader(DEMO_TOKEN);
    running.simulator.faults().next(Endpoint::CallLogs, 1, RequestFault::PageCut { keep: 95 });
    assert_eq!(live::turn(&running.context, &reader, PACE).await.unwrap(), Some(WindowState::Open));
    assert_eq!(running.calls().await.len(), 95, "what came is kept");

    // Every record twice: as many records as announced, half of the calls.
    let (from, to) = (Utc::now() - TimeDelta::minutes(11), Utc::now());
    running.simulator.faults().next(Endpoint::CallLogs, 1, RequestFault::Duplicates);
    let left = reader.read_range(from, to, WindowPurpose::Asked).await.unwrap();
    assert_eq!((left.open, left.incomplete), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_alerts() {
    let running = Running::new(calls(1)).await;
    running.start_ingest("wrong").await.unwrap().unwrap_err();
    let alerts = running.reviewer.open_alerts().await.unwrap();
    assert_eq!(alerts.iter().map(|alert| alert.kind.as_str()).collect::<Vec<_>>(), ["ringba_token_refused"]);
    assert!(!alerts[0].message.contains("wrong"), "a token never stands in a message: {}", alerts[0].message);

    running.start_ingest(DEMO_TOKEN);
    crate::running::eventually(|| async {
        running.reviewer.open_alerts().await.unwrap().is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_never_ends_is_refused() {
    let endless = || async {
        let piece = bytes::Bytes::from_static(&[b' '; 1024 * 1024]);
        axum::body::Body::from_stream(futures::stream::repeat_with(move || {
            Ok::<_, std::io::Error>(piece.clone())
        }))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v2", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(endless)).await });
    let ringba = crate::support::ringba_at(&url, DEMO_TOKEN);
    let answer = ringba.columns().await;
    assert!(matches!(answer, Err(RingbaError::TooLarge)), "{answer:?}");
}
