//! From single flags to the settings of each part: what belongs together is checked together.

use std::num::NonZeroU32;

use clap::ValueEnum as _;
use supabase_client::http::published_keys::refuse_in_production;
use supabase_client::http::settings::{needed, refuse_half_set};
use supabase_client::http::{LogOutput, LogSettings};

use super::collector::sender;
use super::{
    Account, Destinations, Duration, Environment, FetchLimits, Flags, LaneName, LaneSettings, Limits, Once,
    Pace, PartCommand, SecretString, Settings, TimeDelta, Url, WebSettings,
};

pub fn settings(part: PartCommand, flags: Flags) -> Result<Settings, String> {
    refuse_half_set(&[
        ("CALLSCRIPT_RINGBA_ACCOUNT", flags.ringba_account.is_some()),
        ("CALLSCRIPT_RINGBA_TOKEN", flags.ringba_token.is_some()),
    ])?;
    if flags.environment == Environment::Production {
        refuse_in_production(&[
            ("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", flags.supabase_publishable_key.as_ref()),
            ("CALLSCRIPT_SUPABASE_SECRET_KEY", flags.supabase_secret_key.as_ref()),
            ("CALLSCRIPT_RINGBA_TOKEN", flags.ringba_token.as_ref()),
        ])?;
        if flags.vault_plain_http_hosts.iter().any(|host| !host.is_empty()) {
            return Err("CALLSCRIPT_VAULT_PLAIN_HTTP_HOSTS is for local use only: recordings would travel \
                        without encryption."
                .to_owned());
        }
        if flags.ringba_token.is_some() && flags.ringba_url.scheme() != "https" {
            return Err(
                "CALLSCRIPT_RINGBA_URL must begin with https:// in production: the token travels with \
                        every request."
                    .to_owned(),
            );
        }
    }
    let collector = flags.collector.settings(flags.environment)?;
    let supabase_url = needed("CALLSCRIPT_SUPABASE_URL", flags.supabase_url.clone())?;
    let (with_web, lanes) = match &part {
        PartCommand::Serve => (true, LaneName::value_variants().to_vec()),
        PartCommand::Web | PartCommand::Once(Once::Check { .. }) => (true, Vec::new()),
        PartCommand::Lane { lane } => (false, vec![*lane]),
        PartCommand::Once(_) | PartCommand::Settings { .. } => (false, Vec::new()),
    };
    if matches!(
        part,
        PartCommand::Lane { lane: LaneName::Ingest | LaneName::Reconcile }
            | PartCommand::Once(Once::Reingest { .. })
    ) {
        needed("CALLSCRIPT_RINGBA_ACCOUNT", flags.ringba_account.as_ref())?;
    }
    let (filter, format) = (flags.log.clone(), flags.log_format);
    let monitoring_listen = flags.monitoring_listen;
    let web = with_web.then(|| web_settings(&flags, &supabase_url)).transpose()?;
    let once = if let PartCommand::Once(once) = part { Some(once) } else { None };
    // A command's answer is alone on standard output.
    let output = if once.is_none() { LogOutput::Stdout } else { LogOutput::Stderr };
    // What a command does belongs to no call's way through the lanes.
    let exported = collector.clone().filter(|_| once.is_none());
    let sender = || sender(flags.name.clone().unwrap_or_else(host_name));
    let log = LogSettings {
        filter,
        filter_variable: "CALLSCRIPT_SERVER_LOG",
        format,
        output,
        ours: "callscript_server",
        traces: exported.map(|collector| (collector, sender())),
    };
    let lanes = if lanes.is_empty() && once.is_none() { None } else { Some(lane_settings(flags, lanes)?) };
    Ok(Settings { supabase_url, web, lanes, once, monitoring_listen, log, collector })
}

fn web_settings(flags: &Flags, supabase_url: &Url) -> Result<WebSettings, String> {
    if flags.studio_url.as_ref().is_some_and(|url| !matches!(url.scheme(), "https" | "http")) {
        return Err(
            "CALLSCRIPT_SERVER_STUDIO_URL: an address that begins with https:// or http:// is needed.".into(),
        );
    }
    Ok(WebSettings {
        publishable_key: needed(
            "CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY",
            flags.supabase_publishable_key.clone(),
        )?,
        supabase_public_url: flags.supabase_public_url.clone().unwrap_or_else(|| supabase_url.clone()),
        listen: flags.listen,
        site_root: flags.site_root.clone(),
        studio_url: flags.studio_url.clone(),
        secure_cookies: flags.environment == Environment::Production,
    })
}

fn lane_settings(flags: Flags, lanes: Vec<LaneName>) -> Result<LaneSettings, String> {
    let ringba = flags.ringba_account.zip(flags.ringba_token);
    Ok(LaneSettings {
        secret_key: needed("CALLSCRIPT_SUPABASE_SECRET_KEY", flags.supabase_secret_key)?,
        worker: flags.name.unwrap_or_else(host_name),
        lanes,
        ringba: ringba.map(|(id, token): (String, SecretString)| Account {
            id,
            token,
            url: flags.ringba_url,
        }),
        ringba_limits: Limits {
            requests_per_minute: NonZeroU32::new(flags.ringba_requests_per_minute).unwrap_or(NonZeroU32::MIN),
            ..Limits::default()
        },
        pace: Pace {
            every: Duration::from_secs(flags.ingest_interval_seconds),
            window: TimeDelta::minutes(i64::from(flags.ingest_window_minutes)),
        },
        destinations: Destinations {
            allowed: flags.vault_allowed_hosts,
            plain_http: flags.vault_plain_http_hosts.into_iter().filter(|host| !host.is_empty()).collect(),
        },
        downloads: usize::from(flags.vault_downloads),
        fetch_limits: FetchLimits {
            largest_bytes: flags.vault_largest_bytes,
            per_host: usize::from(flags.vault_downloads_per_host),
        },
        judge_calls: usize::from(flags.judge.judge_calls),
        model: flags.judge.model(flags.environment)?,
        watchdog: flags.watchdog.settings(flags.environment, flags.public_url.clone())?,
        public_url: flags.public_url,
    })
}

/// Tells the processes of one deployment apart; containers set it.
fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "callscript-server".to_owned() } else { name.to_owned() }
}
