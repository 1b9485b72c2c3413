//! All settings: flags that are environment variables as well, read once at start.

mod collector;

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;
use supabase_client::http::published_keys::refuse_in_production;
use supabase_client::http::settings::{self, needed, refuse_half_set};
use supabase_client::http::settings_table::{SettingsForm, write_out};
use supabase_client::http::{LogFormat, LogOutput, LogSettings, Supabase, SupabaseConfig};
use url::Url;
use uuid::Uuid;

use self::collector::{CollectorFlags, sender};
use crate::audio::channels::AgentChannel;
use crate::engine::whisper::WhisperSettings;
use crate::models::{self, Folder, Model};

/// symphonia complains of every tag before the sound and of every file that is none; the recording's own sentence
/// says more.
const LOG_FILTER: &str = "warn,gpu_worker=info,symphonia_core=off,symphonia_bundle_mp3=off";

#[derive(Parser)]
#[command(name = "gpu-worker", version, about = "Transcribes recorded calls with whisper.cpp")]
struct CommandLine {
    #[command(subcommand)]
    part: Option<PartCommand>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Subcommand)]
enum PartCommand {
    /// Claims calls and transcribes them until it is told to end (the default)
    Run,
    /// Transcribes one file and prints the transcript; needs no server
    Transcribe {
        /// An MP3 or WAV file
        file: PathBuf,
        #[arg(long, default_value = "text")]
        format: OutputFormat,
        /// Also writes the copy that the review page would play
        #[arg(long)]
        review_copy: Option<PathBuf>,
    },
    /// Writes every setting out
    Settings {
        #[arg(long, default_value = "table")]
        form: SettingsForm,
    },
    /// Fetches, lists and checks the models of whisper.cpp
    #[command(subcommand)]
    Model(ModelCommand),
}

#[derive(Subcommand)]
enum ModelCommand {
    /// Fetches a model, or goes on where an earlier fetch ended
    Fetch {
        /// As `model list` writes it, such as base.en
        name: String,
    },
    /// Lists the models that can be fetched, and which are here
    List,
    /// Compares what is here with the catalogue's SHA-256; exit code 1 when a model is damaged
    Check {
        /// All models that are here where no name is given
        name: Option<String>,
    },
}

#[derive(Args)]
struct Flags {
    /// `production` refuses the passwords and keys that every local stack has
    #[arg(long, global = true, env = "CALLSCRIPT_ENVIRONMENT", default_value = "production")]
    environment: Environment,
    /// Address of the Supabase project
    #[arg(long, global = true, env = "CALLSCRIPT_SUPABASE_URL")]
    supabase_url: Option<Url>,
    /// The project's publishable key; the worker never holds the secret one
    #[arg(long, global = true, env = "CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", hide_env_values = true)]
    supabase_publishable_key: Option<SecretString>,
    /// The user that the worker signs in as
    #[arg(long, global = true, env = "CALLSCRIPT_WORKER_EMAIL")]
    email: Option<String>,
    /// Password of that user
    #[arg(long, global = true, env = "CALLSCRIPT_WORKER_PASSWORD", hide_env_values = true)]
    password: Option<SecretString>,
    /// How long to wait when no call is waiting: 2s, 500ms, 1m
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_WORKER_POLL_INTERVAL",
        default_value = "2s",
        value_parser = duration
    )]
    poll_interval: Duration,
    /// How long calls in hand may take to finish after SIGTERM before they are given back
    #[arg(long, global = true, env = "CALLSCRIPT_WORKER_GRACE", default_value = "20s", value_parser = duration)]
    grace: Duration,
    /// What is logged, for example `info` or `warn,gpu_worker=debug`
    #[arg(long, global = true, env = "CALLSCRIPT_WORKER_LOG", default_value = LOG_FILTER)]
    log: String,
    /// How log lines look
    #[arg(long, global = true, env = "CALLSCRIPT_WORKER_LOG_FORMAT", value_enum, default_value = "text")]
    log_format: LogFormat,
    #[command(flatten)]
    collector: CollectorFlags,

    /// A whisper.cpp model: the path of a file (ggml), or the name of one that `model fetch` brought
    #[arg(long, global = true, env = "CALLSCRIPT_WORKER_MODEL")]
    model: Option<PathBuf>,
    /// Folder of the fetched models; the default is callscript/models in the user's data folder
    #[arg(long, global = true, env = "CALLSCRIPT_WORKER_MODELS")]
    models: Option<PathBuf>,
    /// Address of the folder that models are fetched from
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_WORKER_MODEL_MIRROR",
        default_value = "https://huggingface.co/ggerganov/whisper.cpp/resolve/main/",
        value_parser = web_address
    )]
    mirror: Url,
    /// Language of the calls, as ISO 639-1 code
    #[arg(long, global = true, env = "CALLSCRIPT_WORKER_LANGUAGE", default_value = "en")]
    language: String,
    /// Stretches of sound that are heard at the same time; the default is 4 on a GPU, otherwise one for
    /// every 8 processors
    #[arg(long, global = true, env = "CALLSCRIPT_WORKER_SLOTS")]
    slots: Option<NonZeroU16>,
    /// Threads of each slot; the default shares half the processors among the slots, between 1 and 8 each
    #[arg(long, global = true, env = "CALLSCRIPT_WORKER_THREADS")]
    threads: Option<NonZeroU16>,
    /// Address for /metrics (Prometheus), /healthz and /readyz, like 127.0.0.1:9464; without it there is none
    #[arg(long, global = true, env = "CALLSCRIPT_WORKER_LISTEN")]
    listen: Option<SocketAddr>,
    /// Which channel of a two-channel recording is the agent's, where the account does not say
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_WORKER_AGENT_CHANNEL",
        default_value = "0",
        value_parser = agent_channel
    )]
    agent_channel: AgentChannel,
}

/// What this process is to do, with everything it needs for that.
pub enum Settings {
    Run(RunSettings),
    Transcribe(TranscribeSettings),
    Model(ModelSettings),
}

pub struct RunSettings {
    pub supabase: Supabase,
    /// New at every start: what an earlier run still held is not this one's.
    pub worker_id: String,
    pub email: String,
    pub password: SecretString,
    pub engine: EngineSettings,
    pub poll_interval: Duration,
    pub grace: Duration,
    pub listen: Option<SocketAddr>,
}

pub struct TranscribeSettings {
    pub file: PathBuf,
    pub format: OutputFormat,
    pub review_copy: Option<PathBuf>,
    pub engine: EngineSettings,
}

pub enum ModelSettings {
    Fetch { model: &'static Model, folder: Folder, mirror: Url },
    List { folder: Folder },
    Check { model: Option<&'static Model>, folder: Folder },
}

pub struct EngineSettings {
    pub whisper: WhisperSettings,
    pub agent_channel: AgentChannel,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum OutputFormat {
    /// A line a segment, for people
    Text,
    /// As the database keeps it
    Json,
    /// Subtitles for players
    Srt,
    /// Subtitles for browsers, with speakers
    Vtt,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Environment {
    Local,
    Production,
}

impl Settings {
    /// Reads flags and environment. The error is a sentence that names the variable; `--help` and the command
    /// `settings` end the process inside.
    pub fn read() -> Result<(Self, LogSettings), String> {
        let CommandLine { part, flags } = settings::read()?;
        let (filter, format) = (flags.log.clone(), flags.log_format);
        let collector = flags.collector.settings(flags.environment)?;
        let settings = match part.unwrap_or(PartCommand::Run) {
            PartCommand::Run => flags.run().map(Self::Run),
            PartCommand::Transcribe { file, format, review_copy } => {
                let engine = flags.engine()?;
                Ok(Self::Transcribe(TranscribeSettings { file, format, review_copy, engine }))
            }
            PartCommand::Settings { form } => {
                print!("{}", write_out(&CommandLine::command(), form));
                std::process::exit(0)
            }
            PartCommand::Model(command) => flags.model_settings(command).map(Self::Model),
        }?;
        let (output, traces) = match &settings {
            Self::Run(RunSettings { worker_id, .. }) => {
                (LogOutput::Stdout, collector.map(|collector| (collector, sender(worker_id.clone()))))
            }
            _ => (LogOutput::Stderr, None),
        };
        let log = LogSettings {
            filter,
            filter_variable: "CALLSCRIPT_WORKER_LOG",
            format,
            output,
            ours: "gpu_worker",
            traces,
        };
        Ok((settings, log))
    }
}

impl Flags {
    /// What belongs together is checked together.
    fn run(self) -> Result<RunSettings, String> {
        refuse_half_set(&[
            ("CALLSCRIPT_WORKER_EMAIL", self.email.is_some()),
            ("CALLSCRIPT_WORKER_PASSWORD", self.password.is_some()),
        ])?;
        if self.environment == Environment::Production {
            refuse_in_production(&[
                ("CALLSCRIPT_WORKER_PASSWORD", self.password.as_ref()),
                ("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", self.supabase_publishable_key.as_ref()),
            ])?;
        }
        let engine = self.engine()?;
        let url = needed("CALLSCRIPT_SUPABASE_URL", self.supabase_url)?;
        let api_key = needed("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", self.supabase_publishable_key)?;
        let supabase = Supabase::new(SupabaseConfig { url, api_key }).map_err(|error| {
            let names = "CALLSCRIPT_SUPABASE_URL or CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY cannot be right";
            format!("{names}: {}", error.sentence())
        })?;
        Ok(RunSettings {
            supabase,
            worker_id: format!("gpu-worker-{}", Uuid::new_v4()),
            email: needed("CALLSCRIPT_WORKER_EMAIL", self.email)?,
            password: needed("CALLSCRIPT_WORKER_PASSWORD", self.password)?,
            engine,
            poll_interval: self.poll_interval,
            grace: self.grace,
            listen: self.listen,
        })
    }

    fn engine(&self) -> Result<EngineSettings, String> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let processors = u16::try_from(processors).unwrap_or(u16::MAX);
        let slots = self.slots.map_or_else(|| usual_slots(processors), NonZeroU16::get);
        let whisper = WhisperSettings {
            model: self.model_file()?,
            language: self.language.clone(),
            slots,
            threads: self.threads.map_or_else(|| usual_threads(processors, slots), NonZeroU16::get),
        };
        Ok(EngineSettings { whisper, agent_channel: self.agent_channel })
    }

    fn model_file(&self) -> Result<PathBuf, String> {
        let model = needed("CALLSCRIPT_WORKER_MODEL", self.model.clone())?;
        if models::is_path(&model) {
            return Ok(model);
        }
        self.models_folder()?.resolve(&model.to_string_lossy()).map_err(|error| error.to_string())
    }

    fn model_settings(self, command: ModelCommand) -> Result<ModelSettings, String> {
        let folder = self.models_folder()?;
        let find = |name: &str| models::find(name).map_err(|error| error.to_string());
        Ok(match command {
            ModelCommand::Fetch { name } => {
                ModelSettings::Fetch { model: find(&name)?, folder, mirror: self.mirror }
            }
            ModelCommand::List => ModelSettings::List { folder },
            ModelCommand::Check { name } => {
                ModelSettings::Check { model: name.as_deref().map(find).transpose()?, folder }
            }
        })
    }

    fn models_folder(&self) -> Result<Folder, String> {
        let folder = self.models.clone().map(Folder).or_else(Folder::of_this_user);
        folder.ok_or_else(|| "CALLSCRIPT_WORKER_MODELS is not set, and this user has no home.".to_owned())
    }
}

fn web_address(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("{error}"))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err("an address begins with https:// or http://".to_owned()),
    }
}

/// A GPU hears several stretches about as fast as one; more processors than eight help one stretch little.
fn usual_slots(processors: u16) -> u16 {
    if cfg!(feature = "cuda") { 4 } else { (processors / 8).max(1) }
}

fn usual_threads(processors: u16, slots: u16) -> u16 {
    (processors / 2 / slots).clamp(1, 8)
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
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_list_of_variables_is_what_is_read() {
        CommandLine::command().debug_assert();
        let command = CommandLine::command();
        let read = command.get_arguments().filter_map(clap::Arg::get_env);
        let read: BTreeSet<&str> = read.map(|name| name.to_str().expect("plain names")).collect();
        let shared =
            ["CALLSCRIPT_ENVIRONMENT", "CALLSCRIPT_SUPABASE_URL", "CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY"];
        let listed: BTreeSet<&str> = settings::VARIABLES
            .into_iter()
            .filter(|name| name.starts_with("CALLSCRIPT_WORKER_") || shared.contains(name))
            .collect();
        assert_eq!(read, listed);
    }

    /// What people read is what the worker reads.
    #[test]
    fn the_written_settings_are_those_of_the_worker() {
        for (file, form) in
            [("server/deploy/settings.md", SettingsForm::Table), (".env.example", SettingsForm::Env)]
        {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
            let written = std::fs::read_to_string(path).expect("it is there");
            let settings = write_out(&CommandLine::command(), form);
            assert!(written.contains(&settings), "{file} is behind: run end2end/scripts/write-settings.sh");
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
