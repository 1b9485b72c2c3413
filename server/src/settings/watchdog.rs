//! Settings of the watchdog.

use std::time::Duration;

use clap::Args;
use secrecy::SecretString;
use url::Url;

use super::Environment;
use crate::lanes::watchdog::{Address, WatchdogSettings};

#[derive(Debug, Args)]
#[expect(clippy::struct_field_names, reason = "they are the names of the flags")]
pub struct WatchdogFlags {
    /// Seconds from one check of the limits (`core.alert_kinds`) to the next.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_WATCHDOG_INTERVAL_SECONDS",
        default_value = "60",
        value_parser = clap::value_parser!(u64).range(1..=60)
    )]
    watchdog_interval_seconds: u64,
    /// Address of a Slack incoming webhook that alerts are posted to.
    #[arg(long, global = true, env = "CALLSCRIPT_WATCHDOG_SLACK_URL", hide_env_values = true)]
    watchdog_slack_url: Option<SecretString>,
    /// Another address that alerts are posted to, as JSON.
    #[arg(long, global = true, env = "CALLSCRIPT_WATCHDOG_WEBHOOK_URL", hide_env_values = true)]
    watchdog_webhook_url: Option<SecretString>,
}

impl WatchdogFlags {
    pub fn settings(
        &self,
        environment: Environment,
        public_url: Option<Url>,
    ) -> Result<WatchdogSettings, String> {
        let plain_http = environment == Environment::Local;
        let address = |variable: &str, text: &Option<SecretString>| {
            let parsed = text.as_ref().map(|text| Address::parse(text, plain_http)).transpose();
            parsed.map_err(|sentence| format!("{variable}: {sentence}."))
        };
        Ok(WatchdogSettings {
            every: Duration::from_secs(self.watchdog_interval_seconds),
            slack: address("CALLSCRIPT_WATCHDOG_SLACK_URL", &self.watchdog_slack_url)?,
            webhook: address("CALLSCRIPT_WATCHDOG_WEBHOOK_URL", &self.watchdog_webhook_url)?,
            public_url,
        })
    }
}
