//! All settings, read once at start. Each is a flag and an environment variable.

mod by_hand;
mod collector;
mod group;
mod judge;
mod once;
mod watchdog;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;
use supabase_client::http::settings;
use supabase_client::http::settings_table::{SettingsForm, write_out};
use supabase_client::http::traces::TraceSettings;
use supabase_client::http::{LogFormat, LogSettings};
use url::Url;

pub use self::by_hand::{CallsCommand, How};
use self::collector::CollectorFlags;
use self::judge::JudgeFlags;
pub use self::once::{Audited, Once, RulesCommand};
use self::watchdog::WatchdogFlags;
use crate::lanes::ingest::Pace;
use crate::lanes::ingest::ringba::{Account, Limits};
use crate::lanes::judge::model::ModelSettings;
use crate::lanes::vault::checks::{Destinations, HostPattern};
use crate::lanes::vault::fetch::FetchLimits;
use crate::lanes::watchdog::WatchdogSettings;

/// The server of CallScript: the review app and the lanes ingest, vault, judge, reconcile and watchdog.
#[derive(Debug, Parser)]
#[command(name = "callscript-server", version)]
struct CommandLine {
    #[command(subcommand)]
    part: Option<PartCommand>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Clone, Subcommand)]
enum PartCommand {
    /// The review app and all lanes in one process (the default).
    Serve,
    /// The review app alone.
    Web,
    /// One lane alone.
    Lane {
        #[arg(value_enum)]
        lane: LaneName,
    },
    /// Writes every setting out.
    Settings {
        #[arg(long, value_enum, default_value = "table")]
        form: SettingsForm,
    },
    #[command(flatten)]
    Once(Once),
}

/// A lane that this server can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LaneName {
    Ingest,
    /// With the audit of storage.
    Vault,
    Judge,
    Reconcile,
    Watchdog,
}

impl LaneName {
    /// As logs and the database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Vault => "vault",
            Self::Judge => "judge",
            Self::Reconcile => "reconcile",
            Self::Watchdog => "watchdog",
        }
    }
}

/// Where the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Environment {
    /// On a developer's machine: the local stack's published keys are fine.
    Local,
    /// Anywhere else.
    Production,
}

#[derive(Debug, Args)]
struct Flags {
    /// Where this server runs; in production the keys of the local stack are refused.
    #[arg(long, global = true, env = "CALLSCRIPT_ENVIRONMENT", value_enum, default_value = "production")]
    environment: Environment,
    /// Address of the Supabase project, above /rest/v1.
    #[arg(long, global = true, env = "CALLSCRIPT_SUPABASE_URL")]
    supabase_url: Option<Url>,
    /// The same project as browsers reach it, if that differs.
    #[arg(long, global = true, env = "CALLSCRIPT_SUPABASE_PUBLIC_URL")]
    supabase_public_url: Option<Url>,
    /// Publishable (or anon) key; the review app speaks with it.
    #[arg(long, global = true, env = "CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", hide_env_values = true)]
    supabase_publishable_key: Option<SecretString>,
    /// Secret (or `service_role`) key; the lanes speak with it.
    #[arg(long, global = true, env = "CALLSCRIPT_SUPABASE_SECRET_KEY", hide_env_values = true)]
    supabase_secret_key: Option<SecretString>,

    /// Address and port of the review app.
    #[arg(long, global = true, env = "CALLSCRIPT_SERVER_LISTEN", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Address for /metrics (Prometheus), /healthz and /readyz, like 127.0.0.1:9465; without it the review app
    /// alone answers the last two.
    #[arg(long, global = true, env = "CALLSCRIPT_SERVER_MONITORING_LISTEN")]
    monitoring_listen: Option<SocketAddr>,
    /// The review app's address as people reach it, for links in reports.
    #[arg(long, global = true, env = "CALLSCRIPT_SERVER_PUBLIC_URL")]
    public_url: Option<Url>,
    /// Folder with the built browser files.
    #[arg(long, global = true, env = "CALLSCRIPT_SERVER_SITE_ROOT", default_value = "target/site")]
    site_root: PathBuf,
    /// Supabase Studio as admins reach it: the page Admin links to it where rules and roles are changed.
    #[arg(long, global = true, env = "CALLSCRIPT_SERVER_STUDIO_URL")]
    studio_url: Option<Url>,
    /// Name of this process in leases and logs; the host's name by default.
    #[arg(long, global = true, env = "CALLSCRIPT_SERVER_NAME")]
    name: Option<String>,
    /// What is logged, for example `info` or `warn,callscript_server=debug`.
    #[arg(long, global = true, env = "CALLSCRIPT_SERVER_LOG", default_value = "info")]
    log: String,
    /// How log lines look.
    #[arg(long, global = true, env = "CALLSCRIPT_SERVER_LOG_FORMAT", value_enum, default_value = "text")]
    log_format: LogFormat,
    #[command(flatten)]
    collector: CollectorFlags,

    /// The Ringba account whose calls are read; without it the lane ingest stays off.
    #[arg(long, global = true, env = "CALLSCRIPT_RINGBA_ACCOUNT")]
    ringba_account: Option<String>,
    /// API token of that account.
    #[arg(long, global = true, env = "CALLSCRIPT_RINGBA_TOKEN", hide_env_values = true)]
    ringba_token: Option<SecretString>,
    /// Address of Ringba's API.
    #[arg(long, global = true, env = "CALLSCRIPT_RINGBA_URL", default_value = "https://api.ringba.com/v2")]
    ringba_url: Url,

    /// Requests that this process sends to Ringba at most.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_RINGBA_REQUESTS_PER_MINUTE",
        default_value = "300",
        value_parser = clap::value_parser!(u32).range(1..=60_000)
    )]
    ringba_requests_per_minute: u32,

    /// Seconds from one reading of the call logs to the next.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_INGEST_INTERVAL_SECONDS",
        default_value = "60",
        value_parser = clap::value_parser!(u64).range(1..=3_600)
    )]
    ingest_interval_seconds: u64,
    /// How many minutes of call starts each reading covers.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_INGEST_WINDOW_MINUTES",
        default_value = "15",
        value_parser = clap::value_parser!(u32).range(1..=1_440)
    )]
    ingest_window_minutes: u32,

    /// Hosts that recording links may lead to, separated by commas: `host` or `*.host`.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_VAULT_ALLOWED_HOSTS",
        default_value = "*.ringba.com",
        value_delimiter = ',',
        value_parser = HostPattern::parse
    )]
    vault_allowed_hosts: Vec<HostPattern>,
    /// Hosts (`host` or `host:port`, separated by commas) that may also be reached without encryption
    /// and at private addresses. For local use only.
    #[arg(long, global = true, env = "CALLSCRIPT_VAULT_PLAIN_HTTP_HOSTS", value_delimiter = ',')]
    vault_plain_http_hosts: Vec<String>,
    /// How many recordings are fetched at a time.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_VAULT_DOWNLOADS",
        default_value = "24",
        value_parser = clap::value_parser!(u16).range(1..=256)
    )]
    vault_downloads: u16,
    /// How many of them from the same host.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_VAULT_DOWNLOADS_PER_HOST",
        default_value = "16",
        value_parser = clap::value_parser!(u16).range(1..=256)
    )]
    vault_downloads_per_host: u16,
    /// Larger recordings are refused.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_VAULT_LARGEST_BYTES",
        default_value = "1073741824",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    vault_largest_bytes: u64,

    #[command(flatten)]
    judge: JudgeFlags,
    #[command(flatten)]
    watchdog: WatchdogFlags,
}

/// What this process is to do, with everything it needs for that.
#[derive(Debug)]
pub struct Settings {
    pub supabase_url: Url,
    pub web: Option<WebSettings>,
    /// Also what a [`Once`] needs.
    pub lanes: Option<LaneSettings>,
    pub once: Option<Once>,
    /// Where probes and metrics are served beside the review app.
    pub monitoring_listen: Option<SocketAddr>,
    pub log: LogSettings,
    /// The collector of spans, for a check of it.
    pub collector: Option<TraceSettings>,
}

#[derive(Debug)]
pub struct WebSettings {
    pub publishable_key: SecretString,
    pub supabase_public_url: Url,
    pub listen: SocketAddr,
    pub site_root: PathBuf,
    pub studio_url: Option<Url>,
    /// Cookies travel by https only.
    pub secure_cookies: bool,
}

#[derive(Debug)]
pub struct LaneSettings {
    pub secret_key: SecretString,
    pub worker: String,
    pub lanes: Vec<LaneName>,
    pub ringba: Option<Account>,
    pub ringba_limits: Limits,
    pub pace: Pace,
    pub destinations: Destinations,
    pub downloads: usize,
    pub fetch_limits: FetchLimits,
    pub judge_calls: usize,
    pub model: Option<ModelSettings>,
    pub watchdog: WatchdogSettings,
    /// The review app's, for links.
    pub public_url: Option<Url>,
}

impl Settings {
    /// Reads flags and environment. The error is a sentence that names the variable; `--help` and the command
    /// `settings` end the process inside.
    pub fn read() -> Result<Self, String> {
        let CommandLine { part, flags } = settings::read()?;
        if let Some(PartCommand::Settings { form }) = part {
            print!("{}", write_out(&CommandLine::command(), form));
            std::process::exit(0);
        }
        group::settings(part.unwrap_or(PartCommand::Serve), flags)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_list_of_variables_is_what_is_read() {
        let command = CommandLine::command();
        let read = command.get_arguments().filter_map(clap::Arg::get_env);
        let read: BTreeSet<&str> = read.map(|name| name.to_str().unwrap()).collect();
        let of_others = ["CALLSCRIPT_WORKER_", "CALLSCRIPT_DEMO_"];
        let listed: BTreeSet<&str> = settings::VARIABLES
            .into_iter()
            .filter(|name| !of_others.iter().any(|beginning| name.starts_with(beginning)))
            .collect();
        assert_eq!(read, listed);
    }
}
