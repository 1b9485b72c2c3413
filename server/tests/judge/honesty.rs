//! History is not rewritten: whatever becomes of the rules, stored judgements stay as they were given.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sha2::{Digest, Sha256};
use supabase_client::call::CallId;
use supabase_client::transcript::Speaker::{Agent, Caller};

use crate::support::{World, call};

/// What an admin does in Studio.
#[derive(Debug, Clone)]
enum Edit {
    Retitle(String),
    Rephrase(String),
    Switch,
    Delete,
    JudgeAgain,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let words = "[a-z]{3,9}( [a-z]{3,9}){0,3}";
    let edit = prop_oneof![
        words.prop_map(Edit::Retitle),
        words.prop_map(Edit::Rephrase),
        Just(Edit::Switch),
        Just(Edit::Delete),
        Just(Edit::JudgeAgain),
    ];
    prop::collection::vec(edit, 1..6)
}

/// Everything that the page tells of the verdicts given so far, oldest first.
async fn judgements(world: &World, call: CallId) -> Vec<serde_json::Value> {
    let page = world.page(call).await;
    let mut given: Vec<_> = page
        .judgements
        .iter()
        .map(|judgement| {
            let mut told = serde_json::to_value(judgement).unwrap();
            // Which one is shown may change.
            told.as_object_mut().unwrap().remove("shown");
            told
        })
        .collect();
    given.reverse();
    given
}

fn hash(judgements: &[serde_json::Value]) -> String {
    format!("{:x}", Sha256::digest(serde_json::to_vec(judgements).unwrap()))
}

#[test]
fn editing_rules_never_changes_a_judgement() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::new(Vec::new()));
    let judge = world.judge();
    let material = call(
        Vec::new(),
        &[
            (Agent, "This call is being recorded. I guarantee you will be approved."),
            (Caller, "Stop calling me."),
            (Agent, "You may save fifty dollars. This plan is completely free."),
        ],
    );
    let id = runtime.block_on(async {
        let id = world.waiting_call("c1", "ACA Health Insurance", &material.transcript).await;
        world.work_off(&judge).await;
        id
    });
    // A failure prints the edits that led to it.
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&edits(), |edits| {
        runtime.block_on(async {
            for edit in edits {
                let before = judgements(&world, id).await;
                match &edit {
                    Edit::Retitle(title) => world.stack.retitle_rules("aca", title).await,
                    Edit::Rephrase(phrase) => world.stack.rephrase_rules("aca", phrase).await,
                    Edit::Switch => world.stack.switch_rules("aca").await,
                    Edit::Delete => world.stack.delete_a_rule("aca").await,
                    Edit::JudgeAgain => {
                        world.api.rejudge_call(id).await.unwrap();
                        world.work_off(&judge).await;
                    }
                }
                let after = judgements(&world, id).await;
                let kept = &after[..before.len()];
                prop_assert_eq!(hash(&before), hash(kept), "after {:?}", edit);
            }
            Ok(())
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
