//! What the worker says: all of it to standard error, and what stands in the lane to the database as well.

use supabase_client::http::{LogLines, log_lines};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

/// What is logged where `RUST_LOG` says nothing. symphonia complains of every tag before the sound and
/// of every file that is none; the recording's own sentence says more.
const FILTER: &str = "warn,gpu_worker=info,symphonia_core=off,symphonia_bundle_mp3=off";

/// Starts the log; answers with the lines for the database.
pub fn start() -> LogLines {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| FILTER.into());
    let (layer, lines) = log_lines();
    // The table has its own measure: a quiet process still leaves its traces there.
    let ours = Targets::new().with_target("gpu_worker", LevelFilter::INFO);
    tracing_subscriber::registry()
        .with(fmt::layer().with_writer(std::io::stderr).with_filter(filter))
        .with(layer.with_filter(ours))
        .init();
    lines
}
