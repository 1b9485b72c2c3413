//! All settings: flags that are environment variables as well, read once at start.

use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;
use supabase_client::http::published_keys::refuse_in_production;
use supabase_client::http::settings::refuse_unknown;
use supabase_client::http::{Supabase, SupabaseConfig};
use url::Url;

use crate::audio::channels::AgentChannel;
use crate::engine::whisper::WhisperSettings;

/// Beginnings of the variables' names that this project owns and the worker reads.
const PREFIXES: [&str; 2] = ["CALLSCRIPT_WORKER_", "CALLSCRIPT_SUPABASE_"];

/// All variables with those beginnings. The last two belong to the server and are not read here:
/// on a developer's machine both run in one environment.
const KNOWN: [&str; 12] = [
    "CALLSCRIPT_WORKER_EMAIL",
    "CALLSCRIPT_WORKER_PASSWORD",
    "CALLSCRIPT_WORKER_MODEL",
    "CALLSCRIPT_WORKER_LANGUAGE",
    "CALLSCRIPT_WORKER_THREADS",
    "CALLSCRIPT_WORKER_AGENT_CHANNEL",
    "CALLSCRIPT_WORKER_POLL_INTERVAL",
    "CALLSCRIPT_WORKER_GRACE",
    "CALLSCRIPT_SUPABASE_URL",
    "CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY",
    "CALLSCRIPT_SUPABASE_SECRET_KEY",
    "CALLSCRIPT_SUPABASE_PUBLIC_URL",
];

#[derive(Parser)]
#[command(version, about = "Transcribes recorded calls with whisper.cpp")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
pub enum Command {
    /// Claims calls and transcribes them until it is told to end (the default)
    Run(RunSettings),
    /// Transcribes one file and prints the transcript; needs no server
    Transcribe(TranscribeSettings),
}

/// `gpu-worker` alone, with all settings from the environment.
#[derive(Parser)]
struct Bare {
    #[command(flatten)]
    run: RunSettings,
}

#[derive(Args)]
pub struct RunSettings {
    /// Address of the Supabase project
    #[arg(long, env = "CALLSCRIPT_SUPABASE_URL")]
    supabase_url: Url,
    /// The project's publishable key; the worker never holds the secret one
    #[arg(long, env = "CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", hide_env_values = true)]
    supabase_publishable_key: SecretString,
    /// The user that the worker signs in as
    #[arg(long, env = "CALLSCRIPT_WORKER_EMAIL")]
    pub email: String,
    #[arg(long, env = "CALLSCRIPT_WORKER_PASSWORD", hide_env_values = true)]
    pub password: SecretString,
    /// `production` refuses the passwords and keys that every local stack has
    #[arg(long, env = "CALLSCRIPT_ENVIRONMENT", default_value = "production")]
    environment: Environment,
    #[command(flatten)]
    pub engine: EngineSettings,
    /// How long to wait when no call is waiting: 2s, 500ms, 1m
    #[arg(long, env = "CALLSCRIPT_WORKER_POLL_INTERVAL", default_value = "2s", value_parser = duration)]
    pub poll_interval: Duration,
    /// How long calls in hand may take to finish after SIGTERM before they are given back
    #[arg(long, env = "CALLSCRIPT_WORKER_GRACE", default_value = "60s", value_parser = duration)]
    pub grace: Duration,
}

#[derive(Args)]
pub struct TranscribeSettings {
    /// An MP3 or WAV file
    pub file: PathBuf,
    #[arg(long, default_value = "text")]
    pub format: OutputFormat,
    #[command(flatten)]
    pub engine: EngineSettings,
}

#[derive(Args, Clone)]
pub struct EngineSettings {
    /// A whisper.cpp model file (ggml)
    #[arg(long, env = "CALLSCRIPT_WORKER_MODEL")]
    model: PathBuf,
    /// Language of the calls, as ISO 639-1 code
    #[arg(long, env = "CALLSCRIPT_WORKER_LANGUAGE", default_value = "en")]
    language: String,
    /// Threads of the engine; the default is half the processors, between 1 and 8
    #[arg(long, env = "CALLSCRIPT_WORKER_THREADS")]
    threads: Option<NonZeroU16>,
    /// Which channel of a two-channel recording is the agent's
    #[arg(long, env = "CALLSCRIPT_WORKER_AGENT_CHANNEL", default_value = "0", value_parser = agent_channel)]
    pub agent_channel: AgentChannel,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum OutputFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Environment {
    Local,
    Production,
}

/// Reads flags and environment; prints help or what is wrong and ends where they ask for it.
pub fn parse() -> Command {
    Cli::parse().command.unwrap_or_else(|| {
        let name = std::env::args_os().take(1);
        Command::Run(Bare::parse_from(name).run)
    })
}

impl RunSettings {
    /// Refuses what clap cannot see: slips in names, and local secrets in production.
    pub fn check(&self) -> anyhow::Result<()> {
        refuse_unknown(&PREFIXES, &KNOWN).map_err(anyhow::Error::msg)?;
        if self.environment == Environment::Production {
            refuse_in_production(&[
                ("CALLSCRIPT_WORKER_PASSWORD", Some(&self.password)),
                ("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", Some(&self.supabase_publishable_key)),
            ])
            .map_err(anyhow::Error::msg)?;
        }
        Ok(())
    }

    pub fn supabase(&self) -> anyhow::Result<Supabase> {
        let api_key = self.supabase_publishable_key.clone();
        Supabase::new(SupabaseConfig { url: self.supabase_url.clone(), api_key })
            .context("CALLSCRIPT_SUPABASE_URL or CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY cannot be right")
    }
}

impl EngineSettings {
    pub fn whisper(&self) -> WhisperSettings {
        let half = || {
            let processors = std::thread::available_parallelism().map_or(1, usize::from);
            u16::try_from(processors / 2).unwrap_or(8).clamp(1, 8)
        };
        WhisperSettings {
            model: self.model.clone(),
            language: self.language.clone(),
            threads: self.threads.map_or_else(half, NonZeroU16::get),
        }
    }
}

fn agent_channel(text: &str) -> Result<AgentChannel, String> {
    match text {
        "0" => Ok(AgentChannel(0)),
        "1" => Ok(AgentChannel(1)),
        _ => Err("a channel is 0 or 1".to_owned()),
    }
}

/// A number with its unit: `500ms`, `2s`, `1m`. A bare number counts seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().map_err(|_| "write a number with a unit: 500ms, 2s, 1m".to_owned())?;
    match unit.trim() {
        "ms" => Ok(Duration::from_millis(number)),
        "" | "s" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_secs(number.saturating_mul(60))),
        _ => Err("the unit is ms, s or m".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_variable_is_known() {
        Cli::command().debug_assert();
        Bare::command().debug_assert();
        for argument in Bare::command().get_arguments().filter_map(clap::Arg::get_env) {
            let name = argument.to_str().expect("plain names");
            assert!(KNOWN.contains(&name) || name == "CALLSCRIPT_ENVIRONMENT", "{name} is not in the list");
        }
    }

    #[test]
    fn durations_carry_their_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("3 m"), Ok(Duration::from_secs(180)));
        assert_eq!(duration("60"), Ok(Duration::from_secs(60)));
        for wrong in ["", "s", "2h", "-1s", "1.5s"] {
            assert!(duration(wrong).is_err(), "{wrong:?} was taken");
        }
    }
}
