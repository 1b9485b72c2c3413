//! `callscript-server check`: every credential and address that the settings name, right and wrong.

use std::process::Output;

use model_simulator::{DEMO_KEY, DEMO_MODEL, Fault};
use ringba_simulator::{Ledger, Options, Simulator};
use serde_json::Value;
use supabase_local::{PUBLISHABLE_KEY, SECRET_KEY, Stack};

use crate::scene::{free_port, repository};
use crate::server::{program, settings};

struct Scene {
    stack: Stack,
    ringba: Simulator,
    model: model_simulator::Simulator,
    site: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let site = tempfile::tempdir().unwrap();
        std::fs::create_dir(site.path().join("pkg")).unwrap();
        for file in ["callscript.js", "callscript.wasm", "callscript.css"] {
            std::fs::write(site.path().join("pkg").join(file), "").unwrap();
        }
        Self {
            stack: Stack::for_test(repository("supabase")).await.unwrap(),
            ringba: Simulator::start(Ledger::default(), Options::default()).await.unwrap(),
            model: model_simulator::Simulator::start(model_simulator::Options::default()).await.unwrap(),
            site,
        }
    }

    /// What the command prints and how it ends, with these settings in place of the right ones.
    fn check(&self, arguments: &[&str], others: &[(&'static str, &str)]) -> (Option<i32>, String) {
        let mut right = settings(&self.stack.api_url(), &self.ringba);
        right.extend([
            ("CALLSCRIPT_SERVER_SITE_ROOT", self.site.path().display().to_string()),
            ("CALLSCRIPT_JUDGE_URL", self.model.base_url()),
            ("CALLSCRIPT_JUDGE_KEY", DEMO_KEY.to_owned()),
            ("CALLSCRIPT_JUDGE_MODEL", DEMO_MODEL.to_owned()),
        ]);
        right.extend(others.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let arguments: Vec<&str> = ["check"].into_iter().chain(arguments.iter().copied()).collect();
        let Output { status, stdout, stderr } = program(&arguments, &right).output().unwrap();
        let (told, log) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        println!("{told}{log}");
        for secret in [SECRET_KEY, DEMO_KEY, ringba_simulator::DEMO_TOKEN] {
            assert!(!told.contains(secret) && !log.contains(secret), "a secret is told");
        }
        (status.code(), told)
    }
}

/// That one line begins so and holds these words.
#[track_caller]
fn holds(told: &str, beginning: &str, words: &str) {
    let line = told.lines().find(|line| line.starts_with(beginning));
    assert!(
        line.is_some_and(|line| line.contains(words)),
        "no line {beginning:?} with {words:?} in:\n{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_right_is_fine() {
    let scene = Scene::new().await;
    let collector = collector_simulator::Simulator::start().await.unwrap();
    let (code, told) = scene.check(&[], &[("CALLSCRIPT_SERVER_OTLP_URL", &collector.url())]);
    assert_eq!((code, told.lines().filter(|line| line.starts_with("fine ")).count()), (Some(0), 8));
    assert!(collector.spans().is_empty(), "a check leaves nothing");
    holds(&told, "fine   people and roles", "admins: 1, reviewers: ");
    assert_eq!(scene.model.request_count(), 1);

    let nothing = [
        ("CALLSCRIPT_RINGBA_ACCOUNT", ""),
        ("CALLSCRIPT_RINGBA_TOKEN", ""),
        ("CALLSCRIPT_JUDGE_URL", ""),
        ("CALLSCRIPT_JUDGE_KEY", ""),
        ("CALLSCRIPT_JUDGE_MODEL", ""),
    ];
    let (code, told) = scene.check(&["--json"], &nothing);
    let told: Value = serde_json::from_str(&told).unwrap();
    let off = |what: &str| {
        let findings = told["findings"].as_array().unwrap();
        findings.iter().any(|finding| finding["what"] == what && finding["state"] == "off")
    };
    assert!(code == Some(0) && told["fine"] == true && off("Ringba") && off("language model"), "{told:#}");
    assert!(off("collector of spans"), "{told:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_credential_is_named_with_what_to_do() {
    let scene = Scene::new().await;
    let collector = collector_simulator::Simulator::start().await.unwrap();
    collector.always(Some(collector_simulator::Fault::Status { status: 401 }));
    let (code, told) = scene.check(
        &[],
        &[
            ("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", "sb_publishable_of-another-project"),
            ("CALLSCRIPT_SUPABASE_SECRET_KEY", "sb_secret_of-another-project"),
            ("CALLSCRIPT_RINGBA_TOKEN", "wrong"),
            ("CALLSCRIPT_JUDGE_KEY", "wrong"),
            ("CALLSCRIPT_SERVER_OTLP_URL", &collector.url()),
            ("CALLSCRIPT_SERVER_SITE_ROOT", "/nowhere"),
        ],
    );
    assert_eq!(code, Some(1));
    holds(
        &told,
        "WRONG  publishable key (CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY)",
        "refuses the key. Copy it anew",
    );
    holds(&told, "WRONG  secret key (CALLSCRIPT_SUPABASE_SECRET_KEY)", "refuses the key. Copy it anew");
    holds(&told, "WRONG  people and roles", "refuses the key");
    holds(&told, "WRONG  recordings in Storage", "refuses the key");
    holds(&told, "WRONG  Ringba (CALLSCRIPT_RINGBA_TOKEN)", "refuses the token for the account");
    holds(&told, "WRONG  language model (CALLSCRIPT_JUDGE_URL)", "Compare CALLSCRIPT_JUDGE_KEY");
    holds(
        &told,
        "WRONG  collector of spans (CALLSCRIPT_SERVER_OTLP_URL)",
        "Compare CALLSCRIPT_SERVER_OTLP_HEADERS",
    );
    holds(&told, "WRONG  browser files (CALLSCRIPT_SERVER_SITE_ROOT)", "has no pkg/callscript.js");
}

#[tokio::test(flavor = "multi_thread")]
async fn exchanged_keys_are_told_apart() {
    let scene = Scene::new().await;
    let exchanged = [
        ("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", SECRET_KEY),
        ("CALLSCRIPT_SUPABASE_SECRET_KEY", PUBLISHABLE_KEY),
        ("CALLSCRIPT_JUDGE_MODEL", "no-such-model"),
    ];
    scene.model.faults().always(Fault::Status { status: 404 });
    let (code, told) = scene.check(&[], &exchanged);
    assert_eq!(code, Some(1));
    holds(&told, "WRONG  publishable key", "this is a secret key");
    holds(&told, "WRONG  secret key", "this is not a secret key");
    holds(&told, "WRONG  recordings in Storage", "sees no bucket recordings");
    holds(&told, "WRONG  language model", "knows no model no-such-model");
    holds(&told, "fine   Ringba", "can be read");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_away_is_named_with_the_address() {
    let scene = Scene::new().await;
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let (code, told) = scene.check(
        &[],
        &[
            ("CALLSCRIPT_SUPABASE_PUBLIC_URL", &nowhere),
            ("CALLSCRIPT_RINGBA_URL", &nowhere),
            ("CALLSCRIPT_JUDGE_URL", &nowhere),
            ("CALLSCRIPT_SERVER_OTLP_URL", &nowhere),
        ],
    );
    assert_eq!(code, Some(1));
    holds(&told, "fine   publishable key", &scene.stack.api_url());
    holds(
        &told,
        "WRONG  Supabase for browsers (CALLSCRIPT_SUPABASE_PUBLIC_URL)",
        &format!("{nowhere}/ cannot be reached"),
    );
    holds(&told, "WRONG  Ringba", "Ringba could not be reached");
    holds(&told, "WRONG  language model", &nowhere);
    holds(&told, "WRONG  collector of spans", &nowhere);

    let (code, told) =
        scene.check(&[], &[("CALLSCRIPT_SUPABASE_URL", scene.ringba.base_url().trim_end_matches("/v2"))]);
    assert_eq!(code, Some(1));
    holds(&told, "WRONG  publishable key", "not as Supabase does");
    holds(&told, "WRONG  recordings in Storage", "");
}
