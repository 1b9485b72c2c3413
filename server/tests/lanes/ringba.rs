//! The client of Ringba against the simulator.

use std::sync::Arc;
use std::time::{Duration, Instant};

use callscript_server::lanes::clock::SystemClock;
use callscript_server::lanes::ingest::normalize::COLUMNS;
use callscript_server::lanes::ingest::ringba::{Ringba, RingbaError, known_columns};
use callscript_server::lanes::ingest::window::Paging;
use chrono::{DateTime, TimeDelta, Utc};
use ringba_simulator::{DEMO_TOKEN, Endpoint, Ledger, LedgerCall, Options, RequestFault, Simulator};
use supabase_client::ingest::StopReason;

use crate::support::ringba;

/// A simulator with this many calls of one minute, one second apart, the last of them over.
async fn simulator(calls: usize) -> (Simulator, DateTime<Utc>) {
    let begin = Utc::now() - TimeDelta::hours(2);
    let call = |at: usize| {
        LedgerCall::new(
            format!("call-{at:05}"),
            begin + TimeDelta::seconds(i64::try_from(at).unwrap()),
            Duration::from_secs(60),
        )
    };
    let ledger: Ledger = (0..calls).map(call).collect();
    (Simulator::start(ledger, Options::default()).await.unwrap(), begin)
}

fn client(simulator: &Simulator, token: &str) -> Ringba {
    ringba(simulator, token, Arc::new(SystemClock))
}

/// Pages through a window as the lane does; answers with the ids and why it stopped.
async fn ids_of_window(ringba: &Ringba, begin: DateTime<Utc>) -> (Vec<String>, StopReason) {
    let (mut paging, mut ids) = (Paging::default(), Vec::new());
    loop {
        let page =
            ringba.call_logs(begin, begin + TimeDelta::hours(2), paging.offset(), &COLUMNS).await.unwrap();
        let read: Vec<String> =
            page.records.into_iter().map(|read| read.record.ringba_call_id.unwrap()).collect();
        let stop =
            paging.note(read.iter().map(|id| Some(id.as_str())), page.total_count, page.partial_result);
        ids.extend(read);
        if let Some(stop) = stop {
            return (ids, stop);
        }
    }
}

#[tokio::test]
async fn a_window_of_several_pages_is_read_whole_and_in_order() {
    let (simulator, begin) = simulator(2_345).await;
    let (ids, stop) = ids_of_window(&client(&simulator, DEMO_TOKEN), begin).await;
    let expected: Vec<String> = (0..2_345).map(|at| format!("call-{at:05}")).collect();
    assert_eq!((ids, stop), (expected, StopReason::AllFetched));
    assert_eq!(simulator.requests(Endpoint::CallLogs), 3);
}

#[tokio::test]
async fn cut_and_partial_pages_stop_short_of_the_total() {
    let (simulator, begin) = simulator(1_500).await;
    let ringba = client(&simulator, DEMO_TOKEN);
    simulator.faults().next(Endpoint::CallLogs, 1, RequestFault::PageCut { keep: 95 });
    let (ids, stop) = ids_of_window(&ringba, begin).await;
    assert_eq!((ids.len(), stop), (95, StopReason::ShortPage));

    simulator.faults().next(Endpoint::CallLogs, 1, RequestFault::Partial { keep: 700 });
    let (ids, stop) = ids_of_window(&ringba, begin).await;
    assert_eq!((ids.len(), stop), (700, StopReason::PartialResult));
}

#[tokio::test]
async fn all_our_columns_exist() {
    let (simulator, _) = simulator(0).await;
    let known = client(&simulator, DEMO_TOKEN).columns().await.unwrap();
    assert_eq!(known_columns(&known), (COLUMNS.to_vec(), Vec::new()));
}

#[tokio::test]
async fn failures_that_pass_are_sat_out() {
    let (simulator, begin) = simulator(3).await;
    let faults = simulator.faults();
    faults.next(Endpoint::CallLogs, 1, RequestFault::Status { status: 502, retry_after_s: None });
    faults.next(Endpoint::CallLogs, 1, RequestFault::Garbage);
    faults.next(Endpoint::CallLogs, 1, RequestFault::Cut { after_bytes: 20 });
    let (ids, stop) = ids_of_window(&client(&simulator, DEMO_TOKEN), begin).await;
    assert_eq!((ids.len(), stop), (3, StopReason::AllFetched));
    assert_eq!(simulator.requests(Endpoint::CallLogs), 4);
}

#[tokio::test]
async fn ringbas_wish_to_wait_is_honoured() {
    let (simulator, begin) = simulator(1).await;
    let wish = RequestFault::Status { status: 429, retry_after_s: Some(2) };
    simulator.faults().next(Endpoint::CallLogs, 1, wish);
    let asked = Instant::now();
    ids_of_window(&client(&simulator, DEMO_TOKEN), begin).await;
    assert!(asked.elapsed() >= Duration::from_secs(2));
}

#[tokio::test]
async fn a_refused_token_is_not_tried_again() {
    let (simulator, _) = simulator(1).await;
    let answer = client(&simulator, "wrong").columns().await;
    assert!(matches!(answer, Err(RingbaError::TokenRefused)), "{answer:?}");
    assert_eq!(simulator.requests(Endpoint::Columns), 1);
}

#[tokio::test]
async fn an_endless_outage_ends_in_an_error() {
    let (simulator, begin) = simulator(1).await;
    let down = RequestFault::Status { status: 503, retry_after_s: Some(100_000) };
    simulator.faults().next(Endpoint::CallLogs, 1, down);
    let answer = client(&simulator, DEMO_TOKEN).call_logs(begin, Utc::now(), 0, &COLUMNS).await;
    assert!(matches!(answer, Err(RingbaError::Status { status: 503, .. })), "{answer:?}");
}

#[tokio::test]
async fn wrong_types_and_strange_keys_are_read_all_the_same() {
    let (simulator, _) = simulator(0).await;
    simulator
        .change_ledger(|ledger| {
            let start = Utc::now() - TimeDelta::minutes(10);
            ledger.add(LedgerCall {
                revenue: "12.3456".parse().unwrap(),
                payout: "-0.1".parse().unwrap(),
                ..LedgerCall::new("paid", start, Duration::from_secs(60))
            });
        })
        .unwrap();
    let ringba = client(&simulator, DEMO_TOKEN);
    let ids = ["paid".to_owned(), "unknown".to_owned()];
    let plain = ringba.details(&ids).await.unwrap();
    simulator.faults().next(Endpoint::Detail, 1, RequestFault::WrongTypes);
    let typed = ringba.details(&ids).await.unwrap();
    simulator.faults().next(Endpoint::Detail, 1, RequestFault::ExtraKeys);
    let extended = ringba.details(&ids).await.unwrap();
    assert_eq!((plain.len(), typed.len()), (1, 1));
    let [plain, typed, extended] = [plain, typed, extended].map(|mut records| records.remove(0));
    assert_eq!((&typed, &extended), (&plain, &plain));
    assert_eq!(
        (plain.record.revenue.as_deref(), plain.record.payout.as_deref()),
        (Some("12.3456"), Some("-0.1"))
    );
    assert_eq!(plain.unreadable, 0);
}
