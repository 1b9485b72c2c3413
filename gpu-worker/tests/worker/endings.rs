//! Workers that end in the middle of a call: killed, told to end, and with time to finish.

use supabase_client::call::{AttemptOutcome, CallStatus};

use crate::scene::{Scene, outcomes};

#[tokio::test]
async fn a_killed_workers_call_is_finished_by_the_other_once() {
    let (scene, call) = Scene::with_demo_call().await;
    let (mut one, mut other) = (scene.worker("60s"), scene.worker("60s"));
    let (victim, survivor) = tokio::select! {
        _ = one.says("on the engine") => (&mut one, &mut other),
        _ = other.says("on the engine") => (&mut other, &mut one),
    };
    victim.kill();
    assert_eq!(scene.status(call).await, CallStatus::Processing, "the call was killed in the middle");
    scene.let_leases_run_out().await;
    scene.wait_for_status(call, CallStatus::Transcribed).await;

    let attempts = scene.attempts(call).await;
    assert_eq!(
        outcomes(&attempts),
        [Some(AttemptOutcome::Lost), Some(AttemptOutcome::Accepted)],
        "{attempts:?}"
    );
    assert_ne!(attempts[0].worker, attempts[1].worker, "a worker's name is its own");
    assert_eq!(scene.failures(call).await, 0, "a completion forgets failures");

    survivor.terminate();
    assert!(survivor.ended().await.success());
    assert_eq!(scene.attempts(call).await.len(), 2);
}

#[tokio::test]
async fn a_worker_without_grace_gives_its_call_back_unpenalised() {
    let (scene, call) = Scene::with_demo_call().await;
    let mut worker = scene.worker("0s");
    worker.says("on the engine").await;
    worker.terminate();
    assert!(worker.ended().await.success());
    assert_eq!(scene.status(call).await, CallStatus::Downloaded);
    assert_eq!(scene.failures(call).await, 0);

    let _next = scene.worker("60s");
    scene.wait_for_status(call, CallStatus::Transcribed).await;
    let attempts = scene.attempts(call).await;
    assert_eq!(outcomes(&attempts), [Some(AttemptOutcome::Released), Some(AttemptOutcome::Accepted)]);
}

#[tokio::test]
async fn a_worker_with_grace_finishes_its_call() {
    let (scene, call) = Scene::with_demo_call().await;
    let mut worker = scene.worker("120s");
    worker.says("on the engine").await;
    worker.terminate();
    assert!(worker.ended().await.success());
    assert_eq!(scene.status(call).await, CallStatus::Transcribed);
    assert_eq!(scene.attempts(call).await.len(), 1);
}
