//! Recordings in, flags out: what the whole pipeline makes of calls whose truth is known.

use call_truth::{LabelledCall, WordErrors, print_by_rule, score_flags, score_flags_by_rule, word_errors};
use chrono::{TimeDelta, Utc};
use figures::Figure;
use pipeline::{JudgedCall, Pipeline, workspace};
use rand::Rng;
use ringba_simulator::Ledger;
use sha2::{Digest, Sha256};
use supabase_client::call::CallPage;

const WER_GOAL: f64 = 0.03;
const PRECISION_GOAL: f64 = 0.95;
const RECALL_GOAL: f64 = 0.95;

/// How many calls are made afresh: two of every kind that the generator knows.
const FRESH_CALLS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_calls_are_heard_and_flagged() -> anyhow::Result<()> {
    let folder = workspace().join("end2end/calls");
    let labelled = call_truth::load_folder(&folder)?;
    let long_over = Utc::now() - TimeDelta::minutes(3);
    let judged = judge(Ledger::demo_at(&folder, long_over)?, &labelled).await?;
    report("demo", &judged);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn fresh_calls_are_heard_and_flagged() -> anyhow::Result<()> {
    let seed = match std::env::var("FRESH_CALLS_SEED") {
        Ok(seed) => seed.parse()?,
        Err(_) => rand::rng().random_range(0..1_000_000_u64),
    };
    println!("seed of the fresh calls: {seed} (FRESH_CALLS_SEED={seed} makes them again)");
    let folder = tempfile::tempdir()?;
    let labelled = call_truth::fresh::generate(seed, FRESH_CALLS, folder.path())?;
    let long_over = Utc::now() - TimeDelta::minutes(4);
    let judged = judge(Ledger::demo_at(folder.path(), long_over)?, &labelled).await?;
    report("fresh", &judged);
    Ok(())
}

async fn judge(ledger: Ledger, labelled: &[LabelledCall]) -> anyhow::Result<Vec<JudgedCall>> {
    let pipeline = Pipeline::start(ledger).await?;
    let judged = pipeline.judged(labelled).await?;
    assert_eq!(judged.len(), labelled.len());
    for call in &judged {
        assert_review_copy(&pipeline, &call.page).await?;
    }
    Ok(judged)
}

/// The page is given a copy, and it is the one that was noted.
async fn assert_review_copy(pipeline: &Pipeline, page: &CallPage) -> anyhow::Result<()> {
    let (path, bytes, sha256) = pipeline.review_copy_of(page.call.call_id.0).await;
    assert_eq!(page.review_path.as_ref(), Some(&path));
    assert!(path.ends_with(".review.mp3"), "{path} is no review copy");
    let stored = pipeline.stored(&path).await?;
    assert_eq!(i64::try_from(stored.len())?, bytes, "size of {path}");
    assert_eq!(format!("{:x}", Sha256::digest(&stored)), sha256, "hash of {path}");
    Ok(())
}

/// Prints the figures, and fails only where the pipeline is plainly broken: how well the model hears
/// is a figure to report.
fn report(name: &str, judged: &[JudgedCall]) {
    let mut errors = Vec::new();
    let mut scores = Vec::new();
    for JudgedCall { labelled, page } in judged {
        let transcript = page.transcript.as_ref().expect("a judged call has a transcript");
        let heard = word_errors(&labelled.truth, transcript).whole();
        let score = score_flags(&labelled.truth, &page.call.flags);
        println!(
            "{}: WER {:.3}, {} flags right, {} wrong, {} missed",
            labelled.truth.file,
            heard.rate(),
            score.true_positives,
            score.false_positives,
            score.false_negatives
        );
        score.remarks.iter().for_each(|remark| println!("  {remark}"));
        assert!(heard.rate() < 0.25, "{} was not understood", labelled.truth.file);
        errors.push(heard);
        scores.push(score_flags_by_rule(&labelled.truth, &page.call.flags));
    }
    let heard: WordErrors = errors.into_iter().sum();
    let score = print_by_rule(scores);
    Figure::at_most(format!("{name}_wer"), heard.rate(), WER_GOAL).print();
    Figure::at_least(format!("{name}_phrase_precision"), score.precision(), PRECISION_GOAL).print();
    Figure::at_least(format!("{name}_phrase_recall"), score.recall(), RECALL_GOAL).print();
    assert!(score.recall() > 0.5, "most violations must be found");
}
