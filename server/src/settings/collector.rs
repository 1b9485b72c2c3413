//! Settings of the collector that spans are exported to.

use clap::Args;
use secrecy::SecretString;
use supabase_client::http::traces::{Sender, TraceSettings};
use url::Url;

use super::Environment;

#[derive(Debug, Args)]
pub struct CollectorFlags {
    /// Address of an OpenTelemetry collector (OTLP over HTTP), above /v1/traces, like `http://127.0.0.1:4318`: it gets
    /// a span for each call in each lane. Without it nothing is exported.
    #[arg(long, global = true, env = "CALLSCRIPT_SERVER_OTLP_URL")]
    otlp_url: Option<Url>,
    /// Headers for the collector, as name=value, separated by commas; what is special in a value is
    /// percent-encoded, like `authorization=Basic%20…`.
    #[arg(long, global = true, env = "CALLSCRIPT_SERVER_OTLP_HEADERS", hide_env_values = true)]
    otlp_headers: Option<SecretString>,
}

impl CollectorFlags {
    /// The collector, if one is set.
    pub fn settings(&self, environment: Environment) -> Result<Option<TraceSettings>, String> {
        TraceSettings::read(
            ("CALLSCRIPT_SERVER_OTLP_URL", self.otlp_url.clone()),
            ("CALLSCRIPT_SERVER_OTLP_HEADERS", self.otlp_headers.as_ref()),
            environment == Environment::Production,
        )
    }
}

/// This program, as traces show it.
pub fn sender(instance: String) -> Sender {
    Sender { service: "callscript-server", instance, ours: "callscript_server" }
}
