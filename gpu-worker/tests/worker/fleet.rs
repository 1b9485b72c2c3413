//! Four workers that are killed and told to end at random, again and again: every call is transcribed, and
//! each transcript is accepted once.
//!
//! `FLEET_CALLS` sets how many calls (24 otherwise, 200 for the whole trial), `FLEET_SEED` repeats a run.

use std::collections::BTreeMap;

use figures::Figure;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use supabase_client::call::{AttemptOutcome, CallId, CallStatus};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::made::sound::{RATE, channels_of};
use crate::made::wav::{Coding, wav};
use crate::process::Worker;
use crate::scene::{PATIENCE, Scene, repository};

const WORKERS: usize = 4;

/// How likely a line of the log ends its worker.
const MISFORTUNE: f64 = 0.12;

/// Length of a call, in samples: a sentence or two.
const CALL_SAMPLES: usize = 6 * RATE as usize;

/// One of the workers that are at it.
struct Member {
    worker: Worker,
    /// Known when it begins to claim.
    name: Option<String>,
}

#[tokio::test]
async fn whatever_ends_them_every_call_is_transcribed_once() {
    let number: usize = std::env::var("FLEET_CALLS").map_or(24, |calls| calls.parse().expect("a number"));
    let seed: u64 =
        std::env::var("FLEET_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().expect("a number"));
    println!("FLEET_SEED={seed} FLEET_CALLS={number}");
    let mut random = StdRng::seed_from_u64(seed);

    let scene = Scene::new().await;
    // Ahead of the time after a start in which nothing is taken back.
    scene.let_leases_run_out().await;
    let calls = download(&scene, number).await;

    let (lines, mut log) = mpsc::unbounded_channel();
    let mut fleet: BTreeMap<u32, Member> = BTreeMap::new();
    let mut started = 0;
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    let mut waiting = calls.clone();
    while !waiting.is_empty() {
        while fleet.len() < WORKERS {
            started += 1;
            fleet.insert(started, start(&scene, started, lines.clone()));
        }
        let heard = timeout(PATIENCE, log.recv()).await.expect("some worker works");
        let (number, line) = heard.expect("this test holds a sender");
        let Some(member) = fleet.get_mut(&number) else { continue };
        if let Some(name) = named_in(&line) {
            member.name = Some(name);
        }
        if line.contains("call ended") {
            waiting = unfinished(&scene, waiting).await;
        }
        let Some(name) = member.name.clone() else { continue };
        if !random.random_bool(MISFORTUNE) {
            continue;
        }
        // The third loss of a call would rightly be its last.
        let kills = random.random_bool(0.5) && scene.most_failures_held_by(&name).await < 2;
        let mut worker = fleet.remove(&number).expect("it was there").worker;
        if kills {
            worker.kill();
            scene.take_back_from(&name).await;
        } else {
            worker.terminate();
            assert!(worker.ended().await.success());
        }
        *ends.entry(if kills { "killed" } else { "told to end" }).or_default() += 1;
        waiting = unfinished(&scene, waiting).await;
    }
    println!("{started} workers for {number} calls: {ends:?}");
    drop(fleet);

    let mut double_accepts = 0;
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for call in calls {
        let page = scene.page(call).await;
        assert_eq!(page.call.status, CallStatus::Transcribed, "{:?}", page.call.last_error);
        assert!(page.review_path.is_some(), "it has a review copy");
        let attempts = scene.attempts(call).await;
        let is_accepted = |outcome| outcome == Some(AttemptOutcome::Accepted);
        let accepted = attempts.iter().filter(|attempt| is_accepted(attempt.outcome)).count();
        assert!(accepted >= 1, "{attempts:?}");
        double_accepts += accepted - 1;
        for attempt in attempts {
            let outcome = attempt.outcome.expect("every lease has ended and says how");
            if outcome == AttemptOutcome::Lost {
                assert!(attempt.error.is_some(), "a lost lease says why: {attempt:?}");
            }
            *outcomes.entry(format!("{outcome:?}")).or_default() += 1;
        }
    }
    println!("attempts: {outcomes:?}");
    Figure::equal("worker_double_accepts", double_accepts as f64, 0.0).print();
    assert_eq!(double_accepts, 0);
}

/// Calls with a sentence or two of a demo call each.
async fn download(scene: &Scene, number: usize) -> Vec<CallId> {
    let agent = channels_of(&repository("end2end/calls/call1_compliant_enrollment.mp3")).swap_remove(0);
    let mut calls = Vec::new();
    for (number, sound) in (0..number).zip(agent.chunks_exact(CALL_SAMPLES).cycle()) {
        let recording = wav(Coding::Pcm16, RATE, &[sound.to_vec()]);
        calls.push(scene.download(&number.to_string(), recording).await);
    }
    calls
}

/// A worker that gives back at once what it holds when it is told to end.
fn start(scene: &Scene, number: u32, lines: mpsc::UnboundedSender<(u32, String)>) -> Member {
    let mut worker = scene.worker("0s");
    let mut log = worker.take_log();
    tokio::spawn(async move {
        while let Some(line) = log.recv().await {
            // Nobody reads any more when all calls are done.
            let _ = lines.send((number, line));
        }
    });
    Member { worker, name: None }
}

/// What a worker calls itself when it begins to claim.
fn named_in(line: &str) -> Option<String> {
    let (_, name) = line.split_once("claiming calls worker=")?;
    Some(name.trim().trim_matches('"').to_owned())
}

/// Those of the calls that are not transcribed yet.
async fn unfinished(scene: &Scene, calls: Vec<CallId>) -> Vec<CallId> {
    let mut left = Vec::new();
    for call in calls {
        let page = scene.page(call).await;
        assert_ne!(page.call.status, CallStatus::Failed, "{:?}", page.call.last_error);
        if page.call.status != CallStatus::Transcribed {
            left.push(call);
        }
    }
    left
}
