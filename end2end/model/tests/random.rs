//! Drawn misbehaviour.

mod common;

use std::collections::BTreeMap;

use common::{Rig, question};
use futures::future::join_all;
use model_simulator::Fault;

fn questions() -> Vec<serde_json::Value> {
    (0..60).map(|n| question(&format!("{n}|agent|I guarantee number {n} will be approved.\n"))).collect()
}

/// What becomes of each question, asked in this order.
async fn answers(seed: u64, order: impl Iterator<Item = usize>) -> BTreeMap<usize, (u16, String)> {
    let rig = Rig::start().await;
    rig.simulator.faults().always(Fault::Random { seed });
    let (questions, rig) = (questions(), &rig);
    let asked = order.map(|n| {
        let question = &questions[n];
        async move {
            let response = rig.send(question).await;
            let status = response.status().as_u16();
            let body = response.text().await.unwrap();
            let told: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
            (n, (status, told["choices"].to_string()))
        }
    });
    join_all(asked).await.into_iter().collect()
}

#[tokio::test]
async fn the_draw_hangs_on_seed_and_request_alone() {
    let forwards = answers(1, 0..60).await;
    assert_eq!(forwards, answers(1, (0..60).rev()).await);
    assert_ne!(forwards, answers(2, 0..60).await);
    let kinds: std::collections::BTreeSet<u16> = forwards.values().map(|(status, _)| *status).collect();
    assert!(kinds.len() >= 3, "{kinds:?}");
}

#[tokio::test]
async fn the_same_request_is_drawn_for_anew() {
    let rig = Rig::start().await;
    rig.simulator.faults().always(Fault::Random { seed: 3 });
    let mut answers = std::collections::BTreeSet::new();
    for _ in 0..20 {
        answers.insert(rig.status(&questions()[0]).await);
    }
    assert!(answers.contains(&200) && answers.len() >= 2, "{answers:?}");
}
