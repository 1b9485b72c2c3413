//! Settings of the programs, flags that are environment variables as well: what clap does not check is
//! checked here, the same way for every program.

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue};
use clap::{Command, Parser};

/// How the variables of this project begin; an unknown one is a slip.
const PREFIX: &str = "CALLSCRIPT_";

/// Every variable of this project. The programs and scripts share one environment, so each knows the
/// names of the others as well; tests hold the list against what each of them reads.
pub const VARIABLES: [&str; 66] = [
    // Of more than one program.
    "CALLSCRIPT_ENVIRONMENT",
    "CALLSCRIPT_SUPABASE_URL",
    "CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY",
    // Of the server.
    "CALLSCRIPT_SUPABASE_PUBLIC_URL",
    "CALLSCRIPT_SUPABASE_SECRET_KEY",
    "CALLSCRIPT_SERVER_LISTEN",
    "CALLSCRIPT_SERVER_MONITORING_LISTEN",
    "CALLSCRIPT_SERVER_PUBLIC_URL",
    "CALLSCRIPT_SERVER_SITE_ROOT",
    "CALLSCRIPT_SERVER_STUDIO_URL",
    "CALLSCRIPT_SERVER_NAME",
    "CALLSCRIPT_SERVER_LOG",
    "CALLSCRIPT_SERVER_LOG_FORMAT",
    "CALLSCRIPT_SERVER_OTLP_URL",
    "CALLSCRIPT_SERVER_OTLP_HEADERS",
    "CALLSCRIPT_RINGBA_ACCOUNT",
    "CALLSCRIPT_RINGBA_TOKEN",
    "CALLSCRIPT_RINGBA_URL",
    "CALLSCRIPT_RINGBA_REQUESTS_PER_MINUTE",
    "CALLSCRIPT_INGEST_INTERVAL_SECONDS",
    "CALLSCRIPT_INGEST_WINDOW_MINUTES",
    "CALLSCRIPT_VAULT_ALLOWED_HOSTS",
    "CALLSCRIPT_VAULT_PLAIN_HTTP_HOSTS",
    "CALLSCRIPT_VAULT_DOWNLOADS",
    "CALLSCRIPT_VAULT_DOWNLOADS_PER_HOST",
    "CALLSCRIPT_VAULT_LARGEST_BYTES",
    "CALLSCRIPT_JUDGE_CALLS",
    "CALLSCRIPT_JUDGE_URL",
    "CALLSCRIPT_JUDGE_KEY",
    "CALLSCRIPT_JUDGE_MODEL",
    "CALLSCRIPT_JUDGE_TOKENIZER",
    "CALLSCRIPT_JUDGE_REQUEST_TOKENS",
    "CALLSCRIPT_JUDGE_ANSWER_TOKENS",
    "CALLSCRIPT_JUDGE_REQUESTS",
    "CALLSCRIPT_JUDGE_TIMEOUT_SECONDS",
    "CALLSCRIPT_JUDGE_USD_PER_MILLION_TOKENS_IN",
    "CALLSCRIPT_JUDGE_USD_PER_MILLION_TOKENS_OUT",
    "CALLSCRIPT_JUDGE_TOKENS_PER_DAY",
    "CALLSCRIPT_JUDGE_USD_PER_DAY",
    "CALLSCRIPT_JUDGE_MASK_NUMBERS",
    "CALLSCRIPT_JUDGE_PLAIN_HTTP",
    "CALLSCRIPT_WATCHDOG_INTERVAL_SECONDS",
    "CALLSCRIPT_WATCHDOG_SLACK_URL",
    "CALLSCRIPT_WATCHDOG_WEBHOOK_URL",
    // Of the worker.
    "CALLSCRIPT_WORKER_EMAIL",
    "CALLSCRIPT_WORKER_PASSWORD",
    "CALLSCRIPT_WORKER_MODEL",
    "CALLSCRIPT_WORKER_MODELS",
    "CALLSCRIPT_WORKER_MODEL_MIRROR",
    "CALLSCRIPT_WORKER_LANGUAGE",
    "CALLSCRIPT_WORKER_SLOTS",
    "CALLSCRIPT_WORKER_THREADS",
    "CALLSCRIPT_WORKER_LISTEN",
    "CALLSCRIPT_WORKER_AGENT_CHANNEL",
    "CALLSCRIPT_WORKER_POLL_INTERVAL",
    "CALLSCRIPT_WORKER_GRACE",
    "CALLSCRIPT_WORKER_LOG",
    "CALLSCRIPT_WORKER_LOG_FORMAT",
    "CALLSCRIPT_WORKER_OTLP_URL",
    "CALLSCRIPT_WORKER_OTLP_HEADERS",
    // Of the scripts in `end2end/scripts`.
    "CALLSCRIPT_DEMO_PORT",
    "CALLSCRIPT_DEMO_API_PORT",
    "CALLSCRIPT_DEMO_DB_PORT",
    "CALLSCRIPT_DEMO_RINGBA_PORT",
    "CALLSCRIPT_DEMO_DATA_DIR",
    "CALLSCRIPT_DEMO_PROFILE",
];

/// Reads a program's flags and variables. An unknown variable is refused, a blank one counts as not set
/// (compose files and unit files write `NAME=`), and a value that cannot be read is told with its
/// variable. The error is for people; `--help` and `--version` end the process inside.
pub fn read<P: Parser>() -> Result<P, String> {
    let mut command = without_blank_variables(P::command());
    command.build();
    let matches = match command.try_get_matches_from_mut(std::env::args_os()) {
        Err(help) if !help.use_stderr() => help.exit(),
        matches => matches,
    };
    refuse_unknown(std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()))?;
    matches
        .and_then(|matches| P::from_arg_matches(&matches))
        .map_err(|error| with_variable(error, &command).to_string().trim_end().to_owned())
}

/// A setting that has no default, or the sentence that names its variable.
pub fn needed<T>(variable: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("{variable} is not set."))
}

/// Refuses a group of settings of which only some have a value. Each entry is the variable's name
/// and whether it is set.
pub fn refuse_half_set(group: &[(&str, bool)]) -> Result<(), String> {
    let names = |set: bool| {
        let names: Vec<&str> =
            group.iter().filter(|(_, is_set)| *is_set == set).map(|(name, _)| *name).collect();
        (names.join(", "), names.len())
    };
    let ((set, set_count), (missing, missing_count)) = (names(true), names(false));
    if set_count == 0 || missing_count == 0 {
        return Ok(());
    }
    Err(format!("{set} is set, but {missing} is not: set all of them or none."))
}

fn without_blank_variables(command: Command) -> Command {
    command
        .mut_args(|argument| {
            let value = argument.get_env().and_then(std::env::var_os);
            let is_blank = value.is_some_and(|value| value.to_string_lossy().trim().is_empty());
            if is_blank { argument.env(Resettable::Reset) } else { argument }
        })
        .mut_subcommands(without_blank_variables)
}

fn refuse_unknown(names: impl Iterator<Item = String>) -> Result<(), String> {
    let mut unknown: Vec<String> =
        names.filter(|name| name.starts_with(PREFIX) && !VARIABLES.contains(&name.as_str())).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    unknown.sort();
    Err(format!("There is no setting {}; see --help for all settings.", unknown.join(", ")))
}

/// clap names the flag alone, even where the value came from the variable.
fn with_variable(mut error: clap::Error, command: &Command) -> clap::Error {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else { return error };
    let argument = command.get_arguments().find(|argument| argument.to_string() == *shown);
    if let Some((name, flag)) = argument.and_then(|argument| argument.get_env().zip(argument.get_long())) {
        let both = format!("{} (--{flag})", name.to_string_lossy());
        error.insert(ContextKind::InvalidArg, ContextValue::String(both));
    }
    error
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn names_the_unknown_variables_only() {
        let refuse = |names: &[&str]| refuse_unknown(names.iter().map(|name| (*name).to_owned()));
        assert_eq!(
            refuse(&["CALLSCRIPT_WORKER_MODEL", "CALLSCRIPT_DEMO_PORT", "PATH", "SUPABASE_URL"]),
            Ok(())
        );
        let sentence =
            refuse(&["CALLSCRIPT_WORKER_MODLE", "CALLSCRIPT_", "CALLSCRIPT_SERVER_LOG"]).unwrap_err();
        assert_eq!(
            sentence,
            "There is no setting CALLSCRIPT_, CALLSCRIPT_WORKER_MODLE; see --help for all settings."
        );
    }

    #[test]
    fn names_both_sides_of_a_half_set_group() {
        assert_eq!(refuse_half_set(&[("A", true), ("B", true)]), Ok(()));
        assert_eq!(refuse_half_set(&[("A", false), ("B", false)]), Ok(()));
        let sentence = refuse_half_set(&[("A", true), ("B", false)]).unwrap_err();
        assert_eq!(sentence, "A is set, but B is not: set all of them or none.");
    }

    /// What the scripts, the example file and the deployment files write must not be refused by the programs; and
    /// the demo's own settings are those that its script reads.
    #[test]
    fn the_scripts_variables_are_known() {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let folders = [
            "end2end/scripts",
            "server/deploy/container",
            "server/deploy/kubernetes",
            "server/deploy/systemd",
        ];
        let files =
            folders.into_iter().flat_map(|folder| std::fs::read_dir(repository.join(folder)).unwrap());
        let files = files.map(|entry| entry.unwrap().path());
        let others = [".env.example", "server/deploy/README.md"].map(|file| repository.join(file));
        let mut written = BTreeSet::new();
        for file in files.chain(others) {
            let text = std::fs::read_to_string(&file).unwrap();
            let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
            // The scripts also look for all names with a beginning.
            let names = words.filter(|word| word.starts_with(PREFIX) && !word.ends_with('_'));
            written.extend(names.map(str::to_owned));
        }
        let unknown: Vec<&String> =
            written.iter().filter(|name| !VARIABLES.contains(&name.as_str())).collect();
        assert!(unknown.is_empty(), "not in the list: {unknown:?}");
        let of_the_demo = |name: &&str| name.starts_with("CALLSCRIPT_DEMO_");
        let unused: Vec<&str> =
            VARIABLES.into_iter().filter(of_the_demo).filter(|name| !written.contains(*name)).collect();
        assert!(unused.is_empty(), "no script reads them: {unused:?}");
    }
}
