//! What the worker says about settings that cannot be right, and that it does not start with them.

use std::process::{Command, Output};

/// Runs the worker with these variables and no others of ours.
fn worker(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_gpu-worker"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CALLSCRIPT_")) {
        worker.env_remove(name);
    }
    worker.args(arguments).envs(variables.iter().copied()).output().expect("the worker runs")
}

/// The one sentence that the worker refuses to start with.
#[track_caller]
fn refusal(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let Output { status, stdout, stderr } = worker(arguments, variables);
    let sentence = String::from_utf8(stderr).expect("text");
    assert_eq!(status.code(), Some(2), "{sentence}");
    assert!(stdout.is_empty());
    sentence.trim_end().to_owned()
}

const URL: (&str, &str) = ("CALLSCRIPT_SUPABASE_URL", "https://project.supabase.example");
const KEY: (&str, &str) = ("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", "sb_publishable_of-a-project");
const EMAIL: (&str, &str) = ("CALLSCRIPT_WORKER_EMAIL", "worker@project.example");
const PASSWORD: (&str, &str) = ("CALLSCRIPT_WORKER_PASSWORD", "of-a-project");
const MODEL: (&str, &str) = ("CALLSCRIPT_WORKER_MODEL", "/nowhere/model.bin");

#[test]
fn an_unknown_variable_is_named() {
    for arguments in [[].as_slice(), &["run"], &["transcribe", "/nowhere/call.mp3"]] {
        for slip in [
            "CALLSCRIPT_WORKER_MODLE",
            "CALLSCRIPT_SUPABASE_KEY",
            "CALLSCRIPT_ENVIROMENT",
            "CALLSCRIPT_SERVER_LISTN",
            "CALLSCRIPT_FOO",
        ] {
            // Also where something else is wrong: the slip may be the reason.
            let sentence = refusal(arguments, &[URL, ("CALLSCRIPT_WORKER_GRACE", "long"), (slip, "1")]);
            assert_eq!(sentence, format!("There is no setting {slip}; see --help for all settings."));
        }
    }
}

#[test]
fn settings_of_the_other_programs_are_no_slips() {
    let others = [("CALLSCRIPT_RINGBA_TOKEN", "of-a-project"), ("CALLSCRIPT_DEMO_PORT", "3000")];
    assert_eq!(refusal(&[], &others), "CALLSCRIPT_WORKER_MODEL is not set.");
}

#[test]
fn what_is_needed_is_asked_for_by_name() {
    let all = [URL, KEY, EMAIL, PASSWORD, MODEL];
    for missing in
        ["CALLSCRIPT_SUPABASE_URL", "CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", "CALLSCRIPT_WORKER_MODEL"]
    {
        let others: Vec<_> = all.into_iter().filter(|(name, _)| *name != missing).collect();
        assert_eq!(refusal(&["run"], &others), format!("{missing} is not set."));
        // A blank value is none.
        let blank: Vec<_> = others.into_iter().chain([(missing, " ")]).collect();
        assert_eq!(refusal(&["run"], &blank), format!("{missing} is not set."));
    }
    assert_eq!(refusal(&[], &[URL, KEY, MODEL]), "CALLSCRIPT_WORKER_EMAIL is not set.");
    assert_eq!(refusal(&["transcribe", "/nowhere/call.mp3"], &[]), "CALLSCRIPT_WORKER_MODEL is not set.");
}

#[test]
fn half_a_user_is_refused() {
    let without_password =
        "CALLSCRIPT_WORKER_EMAIL is set, but CALLSCRIPT_WORKER_PASSWORD is not: set all of them or none.";
    assert_eq!(refusal(&[], &[URL, KEY, MODEL, EMAIL]), without_password);
    let blank = ("CALLSCRIPT_WORKER_PASSWORD", "");
    assert_eq!(refusal(&[], &[URL, KEY, MODEL, EMAIL, blank]), without_password);
    assert_eq!(
        refusal(&[], &[URL, KEY, MODEL, PASSWORD]),
        "CALLSCRIPT_WORKER_PASSWORD is set, but CALLSCRIPT_WORKER_EMAIL is not: set all of them or none."
    );
}

#[test]
fn published_secrets_are_refused_in_production() {
    for (variable, secret) in [
        ("CALLSCRIPT_WORKER_PASSWORD", "callscript-local"),
        ("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", supabase_local::PUBLISHABLE_KEY),
        ("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", supabase_local::ANON_KEY),
    ] {
        let variables = [URL, KEY, EMAIL, PASSWORD, (variable, secret)];
        let sentence = refusal(&[], &variables);
        let expected = format!(
            "{variable} is a published key of a local stack, which CALLSCRIPT_ENVIRONMENT=production"
        );
        assert!(sentence.starts_with(&expected), "{sentence}");
        assert!(!sentence.contains(secret), "a secret has no place in a message");

        // On a developer's machine it is fine; the next thing missing is named.
        let local: Vec<_> = variables.into_iter().chain([("CALLSCRIPT_ENVIRONMENT", "local")]).collect();
        assert_eq!(refusal(&[], &local), "CALLSCRIPT_WORKER_MODEL is not set.");
    }
}

#[test]
fn values_that_cannot_be_read_are_named_with_their_variable() {
    for (variable, value) in [
        ("CALLSCRIPT_SUPABASE_URL", "project.supabase.example"),
        ("CALLSCRIPT_WORKER_GRACE", "2h"),
        ("CALLSCRIPT_WORKER_THREADS", "0"),
        ("CALLSCRIPT_WORKER_AGENT_CHANNEL", "2"),
        ("CALLSCRIPT_ENVIRONMENT", "staging"),
    ] {
        let sentence = refusal(&[], &[(variable, value)]);
        let expected = format!("error: invalid value '{value}' for '{variable} (--");
        assert!(sentence.starts_with(&expected), "{sentence}");
    }
    let sentence = refusal(&[], &[("CALLSCRIPT_SUPABASE_URL", "ftp://x"), KEY, EMAIL, PASSWORD, MODEL]);
    assert!(sentence.starts_with("CALLSCRIPT_SUPABASE_URL or"), "{sentence}");
}

#[test]
fn no_secret_is_shown_in_the_help() {
    let Output { stdout, .. } = worker(&["--help"], &[KEY, PASSWORD]);
    let help = String::from_utf8(stdout).expect("text");
    assert!(help.contains("CALLSCRIPT_WORKER_PASSWORD"));
    assert!(!help.contains(KEY.1) && !help.contains(PASSWORD.1));
}
