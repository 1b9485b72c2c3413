//! What the server's lanes do with a call reaches a collector as spans, and no collector holds the server up.

use std::time::Duration;

use collector_simulator::{Fault, ReceivedSpan, SpanStatus};
use ringba_simulator::{ALWAYS, Ledger, Options, RecordingFault, Simulator};
use supabase_client::call::CallStatus;
use supabase_local::Stack;
use tokio::time::timeout;

use crate::scene::{PATIENCE, recorded_call, repository, reviewer, signal, until_call};
use crate::server::{Server, settings};

/// What service managers grant.
const GRANTED: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_found_by_its_number_and_no_collector_is_needed() {
    let stack = Stack::for_test(repository("supabase")).await.unwrap();
    let ledger = Ledger::from_iter([recorded_call("goes-well"), recorded_call("goes-badly")]);
    let simulator = Simulator::start(ledger, Options::default()).await.unwrap();
    simulator.faults().recording("goes-badly", ALWAYS, RecordingFault::Html);
    let collector = collector_simulator::Simulator::start().await.unwrap();
    let mut settings = settings(&stack.api_url(), &simulator);
    settings.extend([
        ("CALLSCRIPT_SERVER_NAME", "the-one".to_owned()),
        ("CALLSCRIPT_SERVER_OTLP_URL", collector.url()),
        ("CALLSCRIPT_SERVER_OTLP_HEADERS", "authorization=Bearer%20of-a-test".to_owned()),
    ]);
    let mut server = Server::start(&settings);
    let people = reviewer(&stack.api_url()).await;

    let call = until_call(&people, "goes-well", CallStatus::Downloaded).await;
    let trace_id = format!("{:0>32}", call.call_id.0);
    let vault = taken(&collector, |span| span.trace_id == trace_id).await;
    assert_eq!(
        (vault.name.as_str(), &vault.status, vault.has_parent),
        ("vault call", &SpanStatus::Fine, false)
    );
    assert_eq!(vault.attributes["call_id"], call.call_id.0.to_string());
    assert_eq!(vault.resource["service.name"], "callscript-server");
    assert_eq!(vault.resource["service.instance.id"], "the-one");

    let call = until_call(&people, "goes-badly", CallStatus::Failed).await;
    let trace_id = format!("{:0>32}", call.call_id.0);
    let vault = taken(&collector, |span| span.trace_id == trace_id).await;
    assert!(
        matches!(&vault.status, SpanStatus::Failed(why) if why.contains("no audio recording")),
        "{vault:#?}"
    );
    let window = taken(&collector, |span| span.name == "ingest window").await;
    assert_eq!(window.status, SpanStatus::Fine);
    assert!(collector.spans().iter().all(|span| span.attributes.contains_key("lane")), "spans of no lane");
    assert!(collector.authorizations().iter().all(|said| said.as_deref() == Some("Bearer of-a-test")));

    // The work goes on, and the end comes in time, while nobody answers.
    collector.always(Some(Fault::Never));
    let before = collector.authorizations().len();
    simulator.change_ledger(|ledger| ledger.add(recorded_call("unseen"))).unwrap();
    until_call(&people, "unseen", CallStatus::Downloaded).await;
    timeout(PATIENCE, collector.until_requested(before + 1)).await.expect("spans are still sent");
    signal("-TERM", server.id());
    assert!(server.ends_within(GRANTED).await.success());
}

async fn taken(
    collector: &collector_simulator::Simulator,
    is_it: impl Fn(&ReceivedSpan) -> bool,
) -> ReceivedSpan {
    let found = timeout(PATIENCE, collector.until_taken(is_it)).await;
    found.unwrap_or_else(|_| panic!("no such span among {:#?}", collector.spans()))
}
