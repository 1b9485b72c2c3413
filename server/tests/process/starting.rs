//! The server starts while Supabase is away, and comes back by itself with it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use ringba_simulator::{Ledger, Options, Simulator};
use supabase_client::call::CallStatus;
use supabase_local::{Durability, Stack, StackConfig};

use crate::scene::{free_port, get, recorded_call, repository, reviewer, signal, until_call, until_status};
use crate::server::{Server, settings};

async fn start_stack(data_dir: &Path, api_port: u16) -> Stack {
    let config = StackConfig {
        api_port,
        db_port: 0,
        // What was answered before PostgreSQL is killed must be there afterwards.
        durability: Durability::Kept,
        ..StackConfig::new(repository("supabase"), data_dir)
    };
    Stack::start(config).await.unwrap()
}

/// Kills PostgreSQL as the kernel would when memory is short, and then all that was before it.
fn kill(stack: Stack, data_dir: &Path) {
    let postmaster = std::fs::read_to_string(data_dir.join("postgres/postmaster.pid")).unwrap();
    signal("-KILL", postmaster.lines().next().unwrap().parse().unwrap());
    drop(stack);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_works_whenever_supabase_is_there() {
    let data_dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(data_dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let simulator =
        Simulator::start(Ledger::from_iter([recorded_call("first")]), Options::default()).await.unwrap();
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}");
    let mut server = Server::start(&settings(&url, &simulator));
    let monitoring = server.address_of("metrics are at").await;
    let app = server.address_of("the review app is at").await;
    for address in [&monitoring, &app] {
        assert_eq!(until_status(address, "/healthz", 200).await, "ok\n");
        assert_eq!(until_status(address, "/readyz", 503).await, "Supabase does not answer\n");
    }

    let stack = start_stack(data_dir.path(), port).await;
    for address in [&monitoring, &app] {
        until_status(address, "/readyz", 200).await;
    }
    let people = reviewer(&url).await;
    until_call(&people, "first", CallStatus::Downloaded).await;
    let (_, metrics) = get(&monitoring, "/metrics").await.unwrap();
    for line in
        ["callscript_supabase_answers 1", "callscript_lane_calls{lane=\"worker\",state=\"waiting\"} 1"]
    {
        assert!(metrics.lines().any(|told| told == line), "{line} is not among:\n{metrics}");
    }
    assert_eq!(get(&app, "/metrics").await.unwrap().0, 302, "the review app leads a stranger to sign in");

    kill(stack, data_dir.path());
    until_status(&monitoring, "/readyz", 503).await;
    let (_, metrics) = get(&monitoring, "/metrics").await.unwrap();
    assert!(!metrics.contains("callscript_lane_calls{"), "old numbers are told:\n{metrics}");
    simulator.change_ledger(|ledger| ledger.add(recorded_call("second"))).unwrap();
    let _stack = start_stack(data_dir.path(), port).await;
    until_status(&monitoring, "/readyz", 200).await;
    let people = reviewer(&url).await;
    until_call(&people, "second", CallStatus::Downloaded).await;
    until_call(&people, "first", CallStatus::Downloaded).await;
}
