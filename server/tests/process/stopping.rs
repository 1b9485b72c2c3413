//! SIGTERM ends the server within 30 seconds, whatever it has in hand and whoever does not answer.

use std::time::{Duration, Instant};

use ringba_simulator::{Ledger, Options, RecordingFault, Simulator};
use supabase_client::call::{AttemptOutcome, CallStatus};
use supabase_local::Stack;

use crate::scene::{get, recorded_call, repository, reviewer, signal, until_call, until_status};
use crate::server::{Server, settings};

/// What service managers grant.
const GRANTED: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_finished_is_given_back_in_time() {
    let stack = Stack::for_test(repository("supabase")).await.unwrap();
    let simulator =
        Simulator::start(Ledger::from_iter([recorded_call("slow")]), Options::default()).await.unwrap();
    simulator.faults().recording("slow", 1, RecordingFault::Slow { bytes_per_second: 1_000 });
    let mut server = Server::start(&settings(&stack.api_url(), &simulator));
    let monitoring = server.address_of("metrics are at").await;
    let app = server.address_of("the review app is at").await;
    let people = reviewer(&stack.api_url()).await;
    until_call(&people, "slow", CallStatus::Downloading).await;
    until_status(&app, "/readyz", 200).await;

    let began = Instant::now();
    signal("-TERM", server.id());
    // People need not notice while the lanes finish; load balancers send nobody new.
    for address in [&monitoring, &app] {
        assert_eq!(until_status(address, "/readyz", 503).await, "stopping\n");
        assert_eq!(get(address, "/healthz").await.unwrap().0, 200);
    }
    assert_eq!(get(&app, "/sign-in").await.unwrap().0, 200);
    assert!(server.ends_within(GRANTED).await.success());
    println!("ended after {:?}", began.elapsed());

    let call = until_call(&people, "slow", CallStatus::Pending).await;
    let page = people.call_page(call.call_id).await.unwrap().unwrap();
    let outcomes: Vec<_> = page.history.iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, [Some(AttemptOutcome::Released)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supabase_that_never_answers_holds_nothing_up() {
    let simulator = Simulator::start(Ledger::default(), Options::default()).await.unwrap();
    // Connections wait in its queue for ever.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let mut server = Server::start(&settings(&url, &simulator));
    let monitoring = server.address_of("metrics are at").await;
    until_status(&monitoring, "/readyz", 503).await;

    signal("-TERM", server.id());
    assert!(server.ends_within(GRANTED).await.success());
}
