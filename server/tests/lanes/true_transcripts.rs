//! From Ringba to the flags, with the true transcript in the worker's place: whatever is wrong at the
//! end, the lanes and the rules of `supabase/seed.sql` made it.

use std::collections::BTreeMap;

use call_truth::{FlagScore, LabelledCall, load_folder, print_by_rule, score_flags_by_rule};
use callscript_server::lanes::judge::verdict::judge_by_phrases;
use chrono::{TimeDelta, Utc};
use figures::Figure;
use futures::TryStreamExt;
use ringba_simulator::{Endpoint, Ledger, RecordingFault};
use supabase_client::call::{CallStatus, CallSummary};
use supabase_client::ruleset::{JudgeMaterial, Ruleset};

use crate::running::{Running, eventually};
use crate::support::demo_calls;

/// How many calls are made afresh: three of every kind that the generator knows.
const FRESH_CALLS: usize = 12;
/// Any will do: nothing here was fitted to these calls.
const FRESH_SEED: u64 = 4_711;

fn has_verdict(call: &CallSummary) -> bool {
    matches!(call.status, CallStatus::Flagged | CallStatus::Safe | CallStatus::Undecided)
}

/// Waits until every call has its verdict, transcribing what comes.
async fn verdicts(running: &Running, labelled: &[LabelledCall]) -> Vec<CallSummary> {
    eventually(|| async {
        running.transcribe_truly(labelled).await;
        let calls = running.calls().await;
        (calls.len() == labelled.len() && calls.iter().all(has_verdict)).then_some(calls)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_violation_is_flagged_and_nothing_else() {
    let labelled = load_folder(&demo_calls()).unwrap();
    let long_over = Utc::now() - TimeDelta::minutes(3);
    let running = Running::new(Ledger::demo_at(&demo_calls(), long_over).unwrap()).await;
    running.start_lanes();
    let calls = verdicts(&running, &labelled).await;
    let ledger = running.simulator.ledger();

    let mut scores = Vec::new();
    let mut rulesets: Vec<(String, Ruleset)> = Vec::new();
    for call in &calls {
        let told = ledger.get(&call.ringba_call_id).unwrap();
        assert_eq!(
            (call.revenue, call.payout, call.cost),
            (Some(told.revenue), Some(told.payout), Some(told.cost))
        );
        let labelled =
            labelled.iter().find(|labelled| Some(&labelled.recording) == told.recording.as_ref()).unwrap();
        scores.push(score_flags_by_rule(&labelled.truth, &call.flags));
        for flag in call.flags.iter().filter(|flag| flag.words.is_some()) {
            let line = labelled.truth.segments.iter().find(|segment| segment.text == flag.quote);
            let line = line.unwrap_or_else(|| panic!("{flag:?} does not quote a sentence"));
            assert!(
                (line.start_s * 1_000.0 - f64::from(flag.start_ms)).abs() <= 1.0,
                "{flag:?} starts elsewhere"
            );
        }

        // What is kept is what the link led to, byte for byte.
        let page = running.reviewer.call_page(call.call_id).await.unwrap().unwrap();
        let storage = running.reviewer.storage();
        let kept: Vec<_> =
            storage.download(&page.storage_path.unwrap()).await.unwrap().try_collect().await.unwrap();
        assert!(kept.concat() == std::fs::read(&labelled.recording).unwrap(), "{}", labelled.truth.file);

        let material = running.context.api.judge_material(call.call_id).await.unwrap();
        rulesets.push((call.vertical.clone().unwrap(), material.ruleset));
    }
    let found: usize = scores.iter().flat_map(BTreeMap::values).map(|score| score.true_positives).sum();
    assert_eq!(found, 26);
    scores.extend(fresh_calls(&rulesets));

    println!("seed of the fresh calls: {FRESH_SEED}");
    let score = print_by_rule(scores);
    Figure::at_least("phrase_precision", score.precision(), 1.0).print();
    Figure::at_least("phrase_recall", score.recall(), 1.0).print();
    assert_eq!((score.precision(), score.recall()), (1.0, 1.0), "{:#?}", score.remarks);
}

/// The same rules on calls that nobody has seen while writing them. Their verticals are told apart as
/// the simulator does it.
fn fresh_calls(rulesets: &[(String, Ruleset)]) -> Vec<BTreeMap<String, FlagScore>> {
    let folder = tempfile::tempdir().unwrap();
    let fresh = call_truth::fresh::generate(FRESH_SEED, FRESH_CALLS, folder.path()).unwrap();
    let flagged = |LabelledCall { truth, .. }: &LabelledCall| {
        let of_medicare =
            truth.segments.iter().any(|said| said.channel == 0 && said.text.contains("Medicare"));
        let vertical = if of_medicare { "medicare" } else { "aca" };
        let (_, ruleset) = rulesets.iter().find(|(name, _)| name == vertical).unwrap();
        let material = JudgeMaterial {
            transcript: truth.transcript(),
            ruleset: ruleset.clone(),
            unfinished: None,
            shown: None,
        };
        score_flags_by_rule(truth, &judge_by_phrases(&material).flags)
    };
    let scores: Vec<_> = fresh.iter().map(flagged).collect();
    let found: usize = scores.iter().flat_map(BTreeMap::values).map(|score| score.true_positives).sum();
    assert!(found > 10, "these calls prove nothing: seed {FRESH_SEED}");
    scores
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_recording_fails_with_its_reason_and_nothing_else_stops() {
    let labelled = load_folder(&demo_calls()).unwrap();
    let long_over = Utc::now() - TimeDelta::minutes(3);
    let ledger = Ledger::demo_at(&demo_calls(), long_over).unwrap();
    let ids: Vec<String> = ledger.calls().map(|call| call.id.clone()).collect();
    let running = Running::new(ledger).await;
    let inward = RecordingFault::Redirect { url: "http://127.0.0.1:1/x".to_owned() };
    let spoiled = [
        (RecordingFault::Html, "What the link leads to is no audio recording."),
        (RecordingFault::Empty, "The recording is empty."),
        (RecordingFault::Expired, "The recording is gone: its host answered 410."),
        (RecordingFault::Endless, "The recording is larger than 4194304 bytes."),
        (inward, "The recording's link is not encrypted (https)."),
    ];
    for ((fault, _), id) in spoiled.iter().zip(&ids) {
        running.simulator.faults().recording(id, 1, fault.clone());
    }
    running.start_lanes();

    for ((_, reason), id) in spoiled.iter().zip(&ids) {
        let call = running.wait_for(id, CallStatus::Failed).await;
        assert_eq!(call.last_error.as_deref(), Some(*reason));
    }
    let sound = &ids[spoiled.len()];
    eventually(|| async {
        running.transcribe_truly(&labelled).await;
        running.the_call(sound).await.filter(has_verdict)
    })
    .await;
    assert_eq!(
        running.simulator.requests(Endpoint::Recording),
        ids.len(),
        "permanent failures are not repeated"
    );
}
