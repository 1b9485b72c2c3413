//! `make bench NAME=search`: the same searches over 2,000 and over 200,000 transcripts, in PostgreSQL. The two are
//! asked in turn, so that whatever else the machine does, it does to both.

use std::path::Path;
use std::time::Duration;

use figures::Figure;
use supabase_local::{CALLS_PER_SELECTIVE_WORD, SELECTIVE_WORDS, Stack, selective_word};

const FEW: i64 = 2_000;
const MANY: i64 = 200_000;
/// How often every search is made.
const ROUNDS: usize = 3;

#[tokio::main]
async fn main() {
    let (few, many) = (stack(FEW).await, stack(MANY).await);

    let mut scans = 0;
    let (mut over_few, mut over_many) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        for query in (0..SELECTIVE_WORDS).flat_map(selective_searches) {
            let (small, large) = (few.watched_search(&query).await, many.watched_search(&query).await);
            for found in [small, large] {
                assert_eq!(found.calls, CALLS_PER_SELECTIVE_WORD, "{query} finds the same on both sides");
            }
            scans += large.sequential_scans;
            // The first round warms up.
            if round > 0 {
                over_few.push(small.took);
                over_many.push(large.took);
            }
        }
    }
    let (small, large) = (p95(&mut over_few), p95(&mut over_many));
    println!(
        "p95 of a selective search: {:.1} ms over {FEW}, {:.1} ms over {MANY}",
        millis(small),
        millis(large)
    );

    let (mut common_few, mut common_many) = (Vec::new(), Vec::new());
    for query in ["social security", "\"social security\" or number", "\"social security\" -neverspoken"] {
        for _ in 0..ROUNDS {
            let (small, large) = (few.watched_search(query).await, many.watched_search(query).await);
            assert_eq!((small.calls, large.calls), (20, 20), "{query} fills a page");
            scans += large.sequential_scans;
            common_few.push(small.took);
            common_many.push(large.took);
        }
    }
    // Words that every call says, in an order that none does: the dearest search there is.
    let hopeless = many.watched_search("\"security social\"").await;
    scans += hopeless.sequential_scans;
    println!(
        "p95 of words on every call: {:.1} ms over {FEW}, {:.1} ms over {MANY}; given up after {:.1} s",
        millis(p95(&mut common_few)),
        millis(p95(&mut common_many)),
        hopeless.took.as_secs_f64()
    );
    assert_eq!(scans, 0, "a plan of a search has a sequential scan");
    assert!(hopeless.took < Duration::from_secs(5), "a hopeless search is given up");

    Figure::at_most("search_200k_vs_2k", large.as_secs_f64() / small.as_secs_f64(), 5.0).print();
    Figure::report(
        "search_common_200k_vs_2k",
        p95(&mut common_many).as_secs_f64() / p95(&mut common_few).as_secs_f64(),
    )
    .print();
    Figure::equal("search_sequential_scans", scans as f64, 0.0).print();
    few.stop().await;
    many.stop().await;
}

/// A stack with so many transcripts.
async fn stack(transcripts: i64) -> Stack {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let stack = Stack::for_test(project).await.expect("the stack starts");
    stack.load_many_transcripts(transcripts).await;
    assert_eq!(
        stack.stretches_differ_from_the_triggers().await,
        0,
        "stretches are as the trigger makes them"
    );
    stack
}

/// A word, a word with a common one, a phrase, and an exclusion: each finds the same few calls.
fn selective_searches(which: i64) -> [String; 4] {
    let word = selective_word(which);
    [
        word.clone(),
        format!("social {word}"),
        format!("\"{word} number\""),
        format!("{word} -{}", selective_word((which + 1) % SELECTIVE_WORDS)),
    ]
}

fn p95(took: &mut [Duration]) -> Duration {
    took.sort_unstable();
    took[(took.len() * 95).div_ceil(100) - 1]
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}
