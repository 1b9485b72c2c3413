//! A long call ends, and gets its link, outside the window in which it began.

use std::time::Duration;

use chrono::TimeDelta;
use ringba_simulator::{Ledger, LedgerCall};
use supabase_client::call::CallStatus;
use supabase_client::queue::QueueFilter;

use crate::lanes::{Lanes, stack};

const LENGTH: Duration = Duration::from_mins(45);
const LINK_AFTER: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_a_long_call_is_vaulted_within_two_minutes_of_appearing() {
    let (stack, api) = stack().await;
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("long.mp3");
    std::fs::write(&recording, "ID3 three quarters of an hour").unwrap();
    let lanes = Lanes::new(&stack, &api, TimeDelta::zero(), |begins| {
        let mut call = LedgerCall::new("long", begins, LENGTH);
        call.link_after = LINK_AFTER;
        call.recording = Some(recording.clone());
        Ledger::from_iter([call])
    })
    .await;

    let status = async || {
        let queue = api.queue_page(&QueueFilter::default(), None, 10).await.unwrap();
        queue.rows.first().map(|row| row.call.status)
    };
    let appears_after = LENGTH + LINK_AFTER;
    let mut gone_by = Duration::ZERO;
    while status().await != Some(CallStatus::Downloaded) {
        lanes.clock.advance(Duration::from_mins(1)).await;
        gone_by += Duration::from_mins(1);
        lanes.round().await;
        assert!(gone_by < appears_after + Duration::from_mins(2), "{:?}", status().await);
    }
    assert!(gone_by >= appears_after, "a recording before its link");
}
