//! Leases that are lost, and calls that end their workers.

use supabase_client::call::{AttemptOutcome, CallStatus};
use supabase_client::lane::Lane;

use crate::scene::{Scene, demo_call, outcomes};

#[tokio::test]
async fn a_lost_lease_ends_the_work_and_nothing_is_written() {
    let scene = Scene::new().await;
    // Long enough for the next heartbeat to come in the middle.
    let call = scene.download("long", demo_call().repeat(8)).await;
    let mut worker = scene.worker("0s");
    worker.says("on the engine").await;
    scene.let_leases_run_out().await;
    worker.says("the lease was lost; nothing was written").await;
    worker.terminate();
    assert!(worker.ended().await.success());

    let page = scene.page(call).await;
    assert_eq!(page.call.status, CallStatus::Downloaded);
    assert!(page.transcript.is_none());
    assert_eq!(page.review_path, None);
    let attempts = scene.attempts(call).await;
    assert_eq!(attempts[0].outcome, Some(AttemptOutcome::Lost), "{attempts:?}");
    assert!(attempts[0].error.is_some(), "a lost lease says why");
}

#[tokio::test]
async fn a_recording_that_ends_three_workers_fails_with_that_reason() {
    let (scene, call) = Scene::with_demo_call().await;
    for _ in 0..3 {
        let mut worker = scene.worker("60s");
        worker.says("on the engine").await;
        worker.kill();
        scene.let_leases_run_out().await;
    }
    let page = scene.page(call).await;
    assert_eq!((page.call.status, page.call.failed_lane), (CallStatus::Failed, Some(Lane::Worker)));
    let reason = page.call.last_error.expect("a reason");
    assert!(reason.contains("was not heard of for more than 90 s"), "{reason}");
    assert_eq!(outcomes(&scene.attempts(call).await), [Some(AttemptOutcome::Lost); 3]);
}
