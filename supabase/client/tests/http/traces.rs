//! What the lanes do with a call reaches a collector in one trace, and a collector that is not well holds nobody up.

use std::time::{Duration, Instant};

use collector_simulator::{Fault, Simulator, SpanStatus};
use secrecy::SecretString;
use supabase_client::call::CallId;
use supabase_client::http::traces::{Sender, TraceSettings, Traces, ended, follow_call, traces};
use tracing::subscriber::DefaultGuard;
use tracing::{debug_span, error, info, info_span, warn};
use tracing_subscriber::layer::SubscriberExt as _;

/// Exports what this thread does from now on.
fn tracing_to(collector: &Simulator) -> (DefaultGuard, Traces) {
    let headers = SecretString::from("authorization=Bearer%20of-a-test");
    let url = Some(collector.url().parse().unwrap());
    let settings = TraceSettings::read(("URL", url), ("HEADERS", Some(&headers)), false).unwrap().unwrap();
    let sender = Sender { service: "callscript-test", instance: "one".to_owned(), ours: "http" };
    let (layer, traces) = traces(&settings, &sender).unwrap();
    (tracing::subscriber::set_default(tracing_subscriber::registry().with(layer)), traces)
}

fn work_on(call_id: i64, outcome: Result<&str, &str>) {
    let call = info_span!(parent: None, "call", lane = "vault", %call_id);
    follow_call(&call, CallId(call_id));
    call.in_scope(|| {
        warn!(error = "away", "tried again");
        ended(outcome);
        info!("call ended");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn every_span_of_a_call_is_in_the_trace_with_its_number() {
    let collector = Simulator::start().await.unwrap();
    let (_guard, traces) = tracing_to(&collector);
    info_span!("lane", lane = "vault").in_scope(|| {
        work_on(4711, Ok("downloaded"));
        work_on(4711, Err("failed: The recording is gone."));
        work_on(i64::MAX, Ok("downloaded"));
        info_span!("window", lane = "ingest").in_scope(|| error!("it broke"));
        info_span!(target: "hyper", "request").in_scope(|| info!(target: "hyper", "sent"));
        debug_span!("small").in_scope(|| info!("of no span"));
    });
    traces.finish().await;

    let spans = collector.spans();
    let told: Vec<_> = spans.iter().map(|span| (span.name.as_str(), span.status.clone())).collect();
    let failed = |sentence: &str| SpanStatus::Failed(sentence.to_owned());
    assert_eq!(
        told,
        [
            ("vault call", SpanStatus::Fine),
            ("vault call", failed("failed: The recording is gone.")),
            ("vault call", SpanStatus::Fine),
            ("ingest window", failed("")),
        ]
    );
    assert!(spans.iter().all(|span| !span.has_parent), "{spans:#?}");
    let ids: Vec<_> = spans.iter().map(|span| span.trace_id.as_str()).collect();
    let of_the_call = "00000000000000000000000000004711";
    assert_eq!(ids[..3], [of_the_call, of_the_call, "00000000000009223372036854775807"]);
    assert!(ids[3].len() == 32 && !ids[3].starts_with("0000"), "a window has a trace of its own: {}", ids[3]);

    let attributes: Vec<_> =
        spans[0].attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(attributes, ["call_id=4711", "lane=vault", "outcome=downloaded"]);
    assert_eq!(spans[0].events, ["tried again", "call ended"]);
    for (name, value) in [
        ("service.name", "callscript-test"),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("service.instance.id", "one"),
    ] {
        assert_eq!(spans[0].resource.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(collector.authorizations(), [Some("Bearer of-a-test".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_not_well_holds_nobody_up() {
    let collector = Simulator::start().await.unwrap();
    for fault in [Fault::Status { status: 500 }, Fault::Status { status: 503 }, Fault::Never] {
        let (before, fault) = (collector.authorizations().len(), Some(fault));
        collector.always(fault);
        let (guard, traces) = tracing_to(&collector);
        let began = Instant::now();
        // Several times what may wait.
        (0..10_000).for_each(|number| work_on(number, Ok("downloaded")));
        assert!(began.elapsed() < Duration::from_secs(3), "{fault:?} holds work up: {:?}", began.elapsed());
        collector.until_requested(before + 1).await;
        let began = Instant::now();
        traces.finish().await;
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "{fault:?} holds the end up: {:?}",
            began.elapsed()
        );
        drop(guard);
    }
    assert!(collector.spans().is_empty());
}
