//! `rules check` and `rules backtest`, as people run them.

use std::path::Path;
use std::process::{Command, Output};

use model_simulator::{DEMO_KEY, Reading};
use supabase_client::transcript::Speaker::Agent;

use crate::support::{World, call};

async fn server(world: &World, arguments: &[&str], with_model: bool) -> (bool, String, String) {
    let mut server = Command::new(env!("CARGO_BIN_EXE_callscript-server"));
    server
        .args(arguments)
        .env_clear()
        .env("CALLSCRIPT_ENVIRONMENT", "local")
        .env("CALLSCRIPT_SUPABASE_URL", world.stack.api_url())
        .env("CALLSCRIPT_SUPABASE_SECRET_KEY", world.stack.secret_key())
        .env("CALLSCRIPT_SERVER_PUBLIC_URL", "https://review.example");
    if with_model {
        server
            .env("CALLSCRIPT_JUDGE_URL", world.endpoint.base_url())
            .env("CALLSCRIPT_JUDGE_KEY", DEMO_KEY)
            .env("CALLSCRIPT_JUDGE_MODEL", "demo-judge");
    }
    let ran = tokio::task::spawn_blocking(move || server.output().unwrap()).await.unwrap();
    let Output { status, stdout, stderr } = ran;
    (status.success(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// The row of a rule in each table.
fn rows(stdout: &str, rule: &str) -> Vec<Vec<String>> {
    let rows = stdout.lines().filter(|line| line.trim_start().starts_with(&format!("{rule} ")));
    rows.map(|row| row.split_whitespace().map(str::to_owned).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_checked_against_labelled_calls() {
    let calls = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end/calls");
    let calls = calls.to_str().unwrap();
    let world = World::new(vec![
        Reading::new("guarantee", "i guarantee").by("agent"),
        // Reads too much.
        Reading::new("misleading_free", "free"),
        Reading::new("missing_recorded_line_disclosure", "recorded").by("agent"),
    ])
    .await;
    let arguments = ["rules", "check", calls, "--vertical", "aca"];
    let (succeeded, stdout, stderr) = server(&world, &arguments, false).await;
    assert!(succeeded, "{stderr}");
    assert!(stdout.contains("No language model is configured"), "{stdout}");
    for rule in ["guarantee", "misleading_free", "missing_recorded_line_disclosure"] {
        let rows = rows(&stdout, rule);
        assert_eq!(
            (rows.len(), &rows[0][5..]),
            (1, &["1.000".to_owned(), "1.000".to_owned()][..]),
            "{stdout}"
        );
    }

    let (succeeded, stdout, stderr) = server(&world, &arguments, true).await;
    assert!(succeeded, "{stderr}");
    assert!(stdout.contains("Asked of demo-judge (answered by demo-judge-2026-01-01):"), "{stdout}");
    assert_eq!(rows(&stdout, "guarantee")[1][5..], ["1.000", "1.000"], "{stdout}");
    // What the model was not given to read it does not find.
    assert_eq!(rows(&stdout, "pressure")[1][6], "0.000", "{stdout}");

    world.endpoint.faults().always(model_simulator::Fault::Status { status: 401 });
    let (succeeded, stdout, _) = server(&world, &arguments, true).await;
    assert!(!succeeded && stdout.contains("could not be asked"), "{stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_tried_from_the_command_line() {
    let world = World::new(Vec::new()).await;
    let transcript = call(Vec::new(), &[(Agent, "This call is being recorded. You may qualify.")]).transcript;
    world.waiting_call("c1", "ACA Health Insurance", &transcript).await;
    let id = world.work_off(&world.judge()).await.call.call_id;
    let arguments =
        ["rules", "backtest", "--draft", "d", "--vertical", "aca", "--from", "2020-01-01T00:00:00Z"];
    let (succeeded, _, stderr) = server(&world, &arguments, false).await;
    assert!(!succeeded && stderr.contains("draft"), "{stderr}");

    world.stack.draft_phrase_rule("d", "aca", "may_qualify", "may qualify").await;
    let (succeeded, stdout, stderr) = server(&world, &arguments, false).await;
    assert!(succeeded, "{stderr}");
    assert!(stdout.contains("1 calls. Before: 0 flagged, 1 safe, 0 undecided."), "{stdout}");
    assert!(stdout.contains("Under the draft: 1 flagged, 0 safe, 0 undecided."), "{stdout}");
    assert!(stdout.contains(&format!("https://review.example/calls/{id}?flag=may_qualify")), "{stdout}");
    let (_, stdout, _) = server(&world, &[&arguments[..], &["--json"]].concat(), false).await;
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["added_total"], 1);
}
