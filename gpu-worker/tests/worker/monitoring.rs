//! The worker seen from outside.

use supabase_client::call::CallStatus;

use crate::scene::Scene;

async fn get(address: &str, path: &str) -> (u16, String) {
    let answer = reqwest::get(format!("http://{address}{path}")).await.expect("it answers");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}

#[tokio::test]
async fn metrics_and_probes_tell_how_the_worker_is() {
    let (scene, call) = Scene::with_demo_call().await;
    let mut worker = scene.watched_worker();
    let line = worker.says("serving metrics").await;
    let (_, address) = line.rsplit_once("address=").expect("an address");
    assert_eq!(get(address, "/healthz").await, (200, "ok\n".to_owned()), "it lives while it loads the model");
    worker.says("on the engine").await;
    assert_eq!(get(address, "/readyz").await.0, 200);
    let (_, metrics) = get(address, "/metrics").await;
    assert!(metrics.contains("callscript_worker_calls_held 1"), "{metrics}");

    worker.says("call ended").await;
    scene.wait_for_status(call, CallStatus::Transcribed).await;
    let (_, metrics) = get(address, "/metrics").await;
    for line in [
        "callscript_worker_calls_total{ended=\"stored\"} 1",
        "callscript_worker_audio_seconds_total 96",
        "callscript_worker_stage_seconds_count{stage=\"wait\"} 1",
        "callscript_worker_stage_seconds_count{stage=\"inference\"} 1",
        "callscript_worker_stage_seconds_count{stage=\"upload\"} 1",
        "callscript_worker_real_time_factor_count 1",
        "callscript_worker_engine_slots 1",
        "callscript_worker_calls_held 0",
    ] {
        assert!(metrics.lines().any(|told| told == line), "{line} is not among:\n{metrics}");
    }
    let busy = metrics
        .lines()
        .find_map(|line| line.strip_prefix("callscript_worker_engine_busy_milliseconds_total "));
    assert!(busy.expect("it is told").parse::<u64>().expect("a number") > 0);

    let second = scene.download("second", crate::scene::demo_call()).await;
    worker.says("on the engine").await;
    worker.terminate();
    worker.says("told to end").await;
    assert_eq!(get(address, "/readyz").await, (503, "not claiming calls\n".to_owned()));
    assert_eq!(get(address, "/healthz").await.0, 200, "it finishes what it has");
    assert!(worker.ended().await.success());
    assert_eq!(scene.status(second).await, CallStatus::Transcribed);
}
