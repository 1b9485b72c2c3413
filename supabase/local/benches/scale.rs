//! `make bench NAME=scale`: the same work beside 10,000 and beside 10,000,000 calls, in PostgreSQL. The two are asked in
//! turn, so that whatever else the machine does, it does to both. `SCALE_CALLS` loads fewer.

use std::path::Path;
use std::time::{Duration, Instant};

use figures::Figure;
use supabase_local::{Stack, Watched};

const FEW: u64 = 10_000;
const MANY: u64 = 10_000_000;
/// Calls that are claimed and answered for in each lane.
const CLAIMS: usize = 80;
const ROUNDS: usize = 15;
/// The first are not counted: they warm up.
const WARM_UP: usize = 3;

/// What people open: each tab, each filter, and some together.
const PAGES: [&str; 18] = [
    "{}",
    r#"{"state": "to_review"}"#,
    r#"{"state": "flagged"}"#,
    r#"{"state": "undecided"}"#,
    r#"{"state": "safe"}"#,
    r#"{"state": "in_progress"}"#,
    r#"{"state": "failed"}"#,
    r#"{"state": "no_recording"}"#,
    r#"{"severity": "critical"}"#,
    r#"{"rule": "rule-1"}"#,
    r#"{"rule": "old-rule"}"#,
    r#"{"rule": "rule-1", "campaign": "Campaign 1"}"#,
    r#"{"vertical": "aca"}"#,
    r#"{"campaign": "Campaign 7"}"#,
    r#"{"campaign": "Old campaign"}"#,
    r#"{"publisher": "Publisher 7"}"#,
    r#"{"buyer": "Buyer 7"}"#,
    r#"{"state": "flagged", "severity": "major", "vertical": "aca", "buyer": "Buyer 7"}"#,
];

#[tokio::main]
async fn main() {
    let calls =
        std::env::var("SCALE_CALLS").map_or(MANY, |calls| calls.parse().expect("SCALE_CALLS is a number"));
    let few = stack(FEW, true).await;
    let began = Instant::now();
    let many = stack(calls, false).await;
    println!("{calls} calls were loaded in {:.0} s", began.elapsed().as_secs_f64());

    let mut scans = 0;
    let mut claims = Ratio::default();
    for lane in ["vault", "worker"] {
        for round in 0..CLAIMS {
            claims.add(round, few.watched_claim(lane).await, many.watched_claim(lane).await, &mut scans);
        }
    }
    let mut criteria = Ratio::default();
    let mut metrics = Ratio::default();
    for round in 0..ROUNDS {
        criteria.add(round, few.watched_criteria().await, many.watched_criteria().await, &mut scans);
        metrics.add(round, few.watched_metrics().await, many.watched_metrics().await, &mut scans);
    }
    let mut pages = Ratio::default();
    let mut worst: f64 = 0.0;
    for filter in PAGES {
        let mut page = Ratio::default();
        for round in 0..ROUNDS {
            page.add(
                round,
                few.watched_queue_page(filter).await,
                many.watched_queue_page(filter).await,
                &mut scans,
            );
        }
        page.tell(filter);
        worst = worst.max(page.of_medians());
        pages.few.extend(page.few);
        pages.many.extend(page.many);
    }
    claims.tell("claim and complete");
    criteria.tell("criteria");
    metrics.tell("metrics");
    pages.tell("queue page");

    // A shorter run does not speak for the long one.
    let sides = if calls == MANY { "10m_vs_10k".to_owned() } else { format!("{calls}_vs_10k") };
    Figure::at_most(format!("claim_{sides}"), claims.of_medians(), 1.3).print();
    Figure::at_most(format!("criteria_{sides}"), criteria.of_medians(), 3.0).print();
    Figure::report(format!("metrics_{sides}"), metrics.of_medians()).print();
    Figure::at_most(format!("queue_page_{sides}"), pages.of_medians(), 2.0).print();
    Figure::report(format!("queue_page_worst_filter_{sides}"), worst).print();
    Figure::equal("scale_sequential_scans", scans as f64, 0.0).print();
    few.stop().await;
    many.stop().await;
}

/// A stack with so many calls.
async fn stack(calls: u64, checks_hold: bool) -> Stack {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let stack = Stack::for_test(project).await.expect("the stack starts");
    stack.load_many_calls(calls, checks_hold).await;
    stack
}

/// The same work on both sides.
#[derive(Default)]
struct Ratio {
    few: Vec<Duration>,
    many: Vec<Duration>,
}

impl Ratio {
    fn add(&mut self, round: usize, few: Watched, many: Watched, scans: &mut i64) {
        *scans += many.sequential_scans;
        if round >= WARM_UP {
            self.few.push(few.took);
            self.many.push(many.took);
        }
    }

    fn of_medians(&self) -> f64 {
        median(&self.many).as_secs_f64() / median(&self.few).as_secs_f64()
    }

    fn tell(&self, what: &str) {
        let millis = |took: Duration| took.as_secs_f64() * 1000.0;
        println!(
            "{what}: median {:.2} ms beside few, {:.2} ms beside many",
            millis(median(&self.few)),
            millis(median(&self.many))
        );
    }
}

fn median(took: &[Duration]) -> Duration {
    let mut took = took.to_vec();
    took.sort_unstable();
    took[took.len() / 2]
}
