//! What the server says about settings that cannot be right, and that it does not start with them.

use std::process::{Command, Output};

/// A key of nobody's project.
const KEY: &str = "sb_secret_of-a-project";

/// Runs the server with these variables and no others of ours.
fn server(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut server = Command::new(env!("CARGO_BIN_EXE_callscript-server"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CALLSCRIPT_")) {
        server.env_remove(name);
    }
    server.args(arguments).envs(variables.iter().copied()).output().unwrap()
}

/// The one line that the server refuses to start with.
#[track_caller]
fn refusal(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let Output { status, stdout, stderr } = server(arguments, variables);
    let sentence = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(2), "{sentence}");
    assert!(stdout.is_empty());
    sentence.trim_end().to_owned()
}

const URL: (&str, &str) = ("CALLSCRIPT_SUPABASE_URL", "https://project.supabase.example");
const SECRET: (&str, &str) = ("CALLSCRIPT_SUPABASE_SECRET_KEY", KEY);

#[test]
fn an_unknown_variable_is_named() {
    for slip in [
        "CALLSCRIPT_SERVER_LISTN",
        "CALLSCRIPT_SUPABASE_KEY",
        "CALLSCRIPT_RINGBA_TOKN",
        "CALLSCRIPT_INGEST_INTERVAL",
        "CALLSCRIPT_VAULT_HOSTS",
        "CALLSCRIPT_JUDGE_MODLE",
        "CALLSCRIPT_ENVIROMENT",
        "CALLSCRIPT_RIGBA_TOKEN",
        "CALLSCRIPT_WORKER_MODLE",
        "CALLSCRIPT_DEMO_PROT",
        "CALLSCRIPT_FOO",
    ] {
        let sentence = refusal(&["lane", "vault"], &[URL, SECRET, (slip, "1")]);
        assert_eq!(sentence, format!("There is no setting {slip}; see --help for all settings."));
    }
}

#[test]
fn settings_of_the_other_programs_are_no_slips() {
    let others = [("CALLSCRIPT_WORKER_EMAIL", "worker@example.test"), ("CALLSCRIPT_DEMO_PORT", "3000")];
    assert_eq!(refusal(&["lane", "vault"], &others), "CALLSCRIPT_SUPABASE_URL is not set.");
}

#[test]
fn the_help_comes_whatever_is_set() {
    let Output { status, stdout, .. } = server(&["--help"], &[("CALLSCRIPT_FOO", "1")]);
    assert!(status.success() && String::from_utf8(stdout).unwrap().contains("CALLSCRIPT_SERVER_LISTEN"));
}

/// What people read is what the server reads.
#[test]
fn the_written_settings_are_those_of_the_server() {
    for (file, form) in [("server/deploy/settings.md", "table"), (".env.example", "env")] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
        let Output { status, stdout, .. } = server(&["settings", "--form", form], &[]);
        assert!(status.success());
        assert!(
            std::fs::read_to_string(path).unwrap().contains(&String::from_utf8(stdout).unwrap()),
            "{file} is behind: run end2end/scripts/write-settings.sh"
        );
    }
}

#[test]
fn a_blank_value_is_none() {
    let account = ("CALLSCRIPT_RINGBA_ACCOUNT", "RA01");
    assert_eq!(
        refusal(&[], &[URL, SECRET, account, ("CALLSCRIPT_RINGBA_TOKEN", "")]),
        "CALLSCRIPT_RINGBA_ACCOUNT is set, but CALLSCRIPT_RINGBA_TOKEN is not: set all of them or none."
    );
    let secret = ("CALLSCRIPT_SUPABASE_SECRET_KEY", " ");
    assert_eq!(refusal(&["lane", "vault"], &[URL, secret]), "CALLSCRIPT_SUPABASE_SECRET_KEY is not set.");
    // Where there is a default, it holds.
    let variables = [("CALLSCRIPT_ENVIRONMENT", ""), ("CALLSCRIPT_SERVER_LISTEN", ""), secret];
    assert_eq!(refusal(&["web"], &variables), "CALLSCRIPT_SUPABASE_URL is not set.");
}

#[test]
fn half_a_ringba_account_is_refused() {
    let account = ("CALLSCRIPT_RINGBA_ACCOUNT", "RA01");
    let token = ("CALLSCRIPT_RINGBA_TOKEN", "secret");
    assert_eq!(
        refusal(&[], &[URL, SECRET, account]),
        "CALLSCRIPT_RINGBA_ACCOUNT is set, but CALLSCRIPT_RINGBA_TOKEN is not: set all of them or none."
    );
    assert_eq!(
        refusal(&[], &[URL, SECRET, token]),
        "CALLSCRIPT_RINGBA_TOKEN is set, but CALLSCRIPT_RINGBA_ACCOUNT is not: set all of them or none."
    );
}

#[test]
fn a_language_model_is_set_up_as_a_whole_and_safely() {
    let url = |url| ("CALLSCRIPT_JUDGE_URL", url);
    let model = ("CALLSCRIPT_JUDGE_MODEL", "a-model");
    let https = url("https://models.example/v1");
    for (variables, sentence) in [
        (
            vec![https],
            "CALLSCRIPT_JUDGE_URL is set, but CALLSCRIPT_JUDGE_MODEL is not: set all of them or none.",
        ),
        (
            vec![("CALLSCRIPT_JUDGE_KEY", "sk-1")],
            "CALLSCRIPT_JUDGE_KEY is set, but CALLSCRIPT_JUDGE_URL is not.",
        ),
        (
            vec![url("http://models.example/v1"), model],
            "CALLSCRIPT_JUDGE_URL must begin with https://: transcripts travel to it. For an endpoint in your own \
             network set CALLSCRIPT_JUDGE_PLAIN_HTTP=true.",
        ),
        (vec![url("ftp://models.example/v1"), model], "CALLSCRIPT_JUDGE_URL must begin with https://."),
        (
            vec![https, model, ("CALLSCRIPT_JUDGE_USD_PER_DAY", "5")],
            "CALLSCRIPT_JUDGE_USD_PER_DAY limits nothing while the prices \
             (CALLSCRIPT_JUDGE_USD_PER_MILLION_TOKENS_IN and _OUT) are 0.",
        ),
        (
            vec![https, model, ("CALLSCRIPT_JUDGE_ANSWER_TOKENS", "1001")],
            "CALLSCRIPT_JUDGE_ANSWER_TOKENS must be at most a quarter of CALLSCRIPT_JUDGE_REQUEST_TOKENS.",
        ),
    ] {
        let variables = [&[URL, SECRET], &variables[..]].concat();
        assert_eq!(refusal(&["lane", "judge"], &variables), sentence);
    }
}

#[test]
fn what_a_part_needs_is_asked_for_by_name() {
    let publishable = ("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", "sb_publishable_of-a-project");
    for (arguments, variables, missing) in [
        (["lane", "vault"].as_slice(), [SECRET].as_slice(), "CALLSCRIPT_SUPABASE_URL"),
        (&["lane", "vault"], &[URL], "CALLSCRIPT_SUPABASE_SECRET_KEY"),
        (&["lane", "judge"], &[URL, publishable], "CALLSCRIPT_SUPABASE_SECRET_KEY"),
        (&["lane", "ingest"], &[URL, SECRET], "CALLSCRIPT_RINGBA_ACCOUNT"),
        (&["web"], &[URL, SECRET], "CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY"),
        (&["serve"], &[URL, publishable], "CALLSCRIPT_SUPABASE_SECRET_KEY"),
        (&[], &[URL, SECRET], "CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY"),
    ] {
        assert_eq!(refusal(arguments, variables), format!("{missing} is not set."), "{arguments:?}");
    }
}

#[test]
fn published_keys_are_refused_in_production() {
    let ringba = [("CALLSCRIPT_RINGBA_ACCOUNT", "RA01"), ("CALLSCRIPT_RINGBA_TOKEN", "demo-token")];
    let published = [
        ("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", supabase_local::PUBLISHABLE_KEY),
        ("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", supabase_local::ANON_KEY),
        ("CALLSCRIPT_SUPABASE_SECRET_KEY", supabase_local::SECRET_KEY),
        ("CALLSCRIPT_SUPABASE_SECRET_KEY", supabase_local::SERVICE_ROLE_KEY),
        ringba[1],
    ];
    for (variable, key) in published {
        let sentence =
            refusal(&[], &[URL, ringba[0], ("CALLSCRIPT_RINGBA_TOKEN", "secret"), (variable, key)]);
        let expected = format!(
            "{variable} is a published key of a local stack, which CALLSCRIPT_ENVIRONMENT=production"
        );
        assert!(sentence.starts_with(&expected), "{sentence}");
        assert!(!sentence.contains(key), "a key has no place in a message");

        // On a developer's machine the same key is fine; the next thing missing is named.
        let local = ("CALLSCRIPT_ENVIRONMENT", "local");
        let sentence =
            refusal(&["web"], &[ringba[0], ("CALLSCRIPT_RINGBA_TOKEN", "secret"), (variable, key), local]);
        assert_eq!(sentence, "CALLSCRIPT_SUPABASE_URL is not set.");
    }
}

#[test]
fn the_ringba_token_travels_encrypted_in_production() {
    let ringba = [
        URL,
        SECRET,
        ("CALLSCRIPT_RINGBA_ACCOUNT", "RA01"),
        ("CALLSCRIPT_RINGBA_TOKEN", "secret"),
        ("CALLSCRIPT_RINGBA_URL", "http://ringba.example/v2"),
    ];
    assert_eq!(
        refusal(&["lane", "ingest"], &ringba),
        "CALLSCRIPT_RINGBA_URL must begin with https:// in production: the token travels with every request."
    );
}

#[test]
fn values_that_cannot_be_read_are_named_with_their_variable() {
    for (variable, value) in [
        ("CALLSCRIPT_VAULT_ALLOWED_HOSTS", "https://media.ringba.com"),
        ("CALLSCRIPT_INGEST_INTERVAL_SECONDS", "0"),
        ("CALLSCRIPT_SERVER_LISTEN", "3000"),
        ("CALLSCRIPT_ENVIRONMENT", "staging"),
        ("CALLSCRIPT_SUPABASE_URL", "project.supabase.example"),
    ] {
        let sentence = refusal(&["lane", "vault"], &[SECRET, (variable, value)]);
        assert!(
            sentence.starts_with(&format!("error: invalid value '{value}' for '{variable} (--")),
            "{sentence}"
        );
    }
    let sentence = refusal(&["lane", "vault"], &[URL, SECRET, ("CALLSCRIPT_SERVER_LOG", "=,=")]);
    assert_eq!(sentence, "CALLSCRIPT_SERVER_LOG is no log filter: write for example info.");
}

#[test]
fn no_secret_is_shown_in_the_help() {
    let Output { stdout, .. } = server(&["--help"], &[SECRET, ("CALLSCRIPT_RINGBA_TOKEN", "ringba-secret")]);
    let help = String::from_utf8(stdout).unwrap();
    assert!(help.contains("CALLSCRIPT_SUPABASE_SECRET_KEY") && help.contains("CALLSCRIPT_RINGBA_TOKEN"));
    assert!(!help.contains(KEY) && !help.contains("ringba-secret"));
}

#[test]
fn a_taken_port_gets_a_sentence() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let publishable = ("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", "sb_publishable_of-a-project");
    let Output { status, stdout, .. } =
        server(&["web"], &[URL, publishable, ("CALLSCRIPT_SERVER_LISTEN", &listen)]);
    let log = String::from_utf8(stdout).unwrap();
    let sentence = format!("CALLSCRIPT_SERVER_LISTEN: cannot listen on {listen}; is the port taken?");
    assert!(log.contains(&sentence) && status.code() == Some(1), "{log}");
}

#[test]
fn alerts_travel_encrypted_and_a_bad_address_is_not_shown() {
    for variable in ["CALLSCRIPT_WATCHDOG_SLACK_URL", "CALLSCRIPT_WATCHDOG_WEBHOOK_URL"] {
        let refused = |value| refusal(&["lane", "watchdog"], &[URL, SECRET, (variable, value)]);
        assert_eq!(
            refused("http://hooks.slack.test/services/planted"),
            format!("{variable}: an address that begins with https:// is needed.")
        );
        assert_eq!(refused("planted"), format!("{variable}: this is no address."));
    }
}
