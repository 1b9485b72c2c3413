//! The books: what differs is read again, and what differs still is told with both numbers.

use std::time::Duration;

use callscript_server::lanes::reconcile::{Pass, pass};
use chrono::{DateTime, TimeDelta, Utc};
use ringba_simulator::{Endpoint, Ledger, LedgerCall};
use supabase_client::criterion::Criterion;
use supabase_client::http::Api;
use supabase_client::ingest::CallRecord;
use supabase_client::queue::QueueFilter;

use crate::lanes::{Lanes, stack};

fn calls(begins: DateTime<Utc>) -> Ledger {
    let call = |minute: i64| {
        let start = begins + TimeDelta::minutes(minute);
        let mut call = LedgerCall::new(format!("minute-{minute}"), start, Duration::from_secs(30));
        call.revenue = "0.1".parse().unwrap();
        call.cost = "0.0123".parse().unwrap();
        call
    };
    (0..180).step_by(7).map(call).collect()
}

async fn criterion(api: &Api, number: i32) -> Criterion {
    let criteria = api.criteria().await.unwrap();
    criteria.into_iter().find(|criterion| criterion.criterion == number).unwrap()
}

async fn hours_of_reading(lanes: &Lanes, hours: u32) {
    for _ in 0..hours * 4 {
        lanes.clock.advance(Duration::from_mins(15)).await;
        lanes.round().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_books_hold_and_a_late_change_is_read_again() {
    let (stack, api) = stack().await;
    let lanes = Lanes::new(&stack, &api, TimeDelta::zero(), calls).await;
    hours_of_reading(&lanes, 4).await;
    let all_equal = pass(&lanes.context, &lanes.reader).await.unwrap();
    assert!(all_equal.hours >= 2, "{all_equal:?}");
    assert_eq!((all_equal.mended, all_equal.differing), (0, 0));
    for number in [1, 5] {
        let criterion = criterion(&api, number).await;
        assert!(criterion.holds, "{criterion:?}");
    }

    // Too late for the rereads of the last hours, and seen by nothing but the sums.
    let change = |ledger: &mut Ledger| ledger.get_mut("minute-70").unwrap().payout = "7.25".parse().unwrap();
    lanes.simulator.change_ledger(change).unwrap();
    let mended = pass(&lanes.context, &lanes.reader).await.unwrap();
    assert_eq!((mended.mended, mended.differing), (1, 0));
    let queue = api.queue_page(&QueueFilter::default(), None, 100).await.unwrap();
    let payouts: Vec<_> = queue.into_calls().into_iter().filter_map(|call| call.payout).collect();
    assert!(payouts.contains(&"7.25".parse().unwrap()));
    assert_eq!(api.open_alerts().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_still_is_told_with_both_numbers_until_it_agrees() {
    let (stack, api) = stack().await;
    let lanes = Lanes::new(&stack, &api, TimeDelta::zero(), calls).await;
    hours_of_reading(&lanes, 4).await;
    // A call that Ringba does not know (any more): reading the hour again cannot mend that.
    let ghost = CallRecord {
        ringba_call_id: Some("ghost".to_owned()),
        start_time_utc: Some(lanes.simulator.ledger().get("minute-70").unwrap().start),
        revenue: Some("99.99".to_owned()),
        ..CallRecord::default()
    };
    api.ingest_calls(lanes.reader.account(), vec![ghost]).await.unwrap();
    let Pass { mended, differing, .. } = pass(&lanes.context, &lanes.reader).await.unwrap();
    assert_eq!((mended, differing), (0, 1));
    let alerts = api.open_alerts().await.unwrap();
    let [alert] = alerts.as_slice() else { panic!("{alerts:?}") };
    assert_eq!(alert.kind, "books_differ");
    assert!(alert.message.contains("calls, revenue 100") && alert.message.contains("at Ringba"), "{alert:?}");
    assert!(!criterion(&api, 5).await.holds);

    let start = lanes.simulator.ledger().get("minute-70").unwrap().start;
    let found = |ledger: &mut Ledger| {
        let mut call = LedgerCall::new("ghost", start, Duration::from_secs(30));
        call.revenue = "99.99".parse().unwrap();
        ledger.add(call);
    };
    lanes.simulator.change_ledger(found).unwrap();
    let Pass { differing, .. } = pass(&lanes.context, &lanes.reader).await.unwrap();
    assert_eq!(differing, 0);
    assert_eq!(api.open_alerts().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_that_come_as_text_or_not_at_all_are_no_difference() {
    let (stack, api) = stack().await;
    let lanes = Lanes::new(&stack, &api, TimeDelta::zero(), |_| Ledger::default()).await;
    hours_of_reading(&lanes, 3).await;
    let Pass { hours, differing, .. } = pass(&lanes.context, &lanes.reader).await.unwrap();
    assert!(hours > 0);
    assert_eq!(differing, 0, "hours without calls");
    assert_eq!(lanes.simulator.requests(Endpoint::Insights), hours);
}
