//! What the worker says: all of it to the process's output, and what stands in the lane to the database as well.

use clap::ValueEnum;
use supabase_client::http::{LogLines, log_lines};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

/// symphonia complains of every tag before the sound and of every file that is none; the recording's own sentence
/// says more.
pub const FILTER: &str = "warn,gpu_worker=info,symphonia_core=off,symphonia_bundle_mp3=off";

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// An object a line
    Json,
}

/// Where log lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogOutput {
    Stdout,
    /// Where standard output is for what was asked.
    Stderr,
}

/// What is logged, how, and where to.
pub struct LogSettings {
    pub filter: String,
    pub format: LogFormat,
    pub output: LogOutput,
}

/// Starts the log; answers with the lines for the database.
pub fn start(settings: &LogSettings) -> Result<LogLines, String> {
    let filter = EnvFilter::try_new(&settings.filter)
        .map_err(|_| "CALLSCRIPT_WORKER_LOG is no log filter: write for example info.".to_owned())?;
    let output = match settings.output {
        LogOutput::Stdout => BoxMakeWriter::new(std::io::stdout),
        LogOutput::Stderr => BoxMakeWriter::new(std::io::stderr),
    };
    let said = fmt::layer().with_writer(output);
    let said = match settings.format {
        LogFormat::Text => said.boxed(),
        LogFormat::Json => said.json().with_span_list(false).boxed(),
    };
    let (layer, lines) = log_lines();
    // The table has its own measure: a quiet process still leaves its traces there.
    let ours = Targets::new().with_target("gpu_worker", LevelFilter::INFO);
    tracing_subscriber::registry().with(said.with_filter(filter)).with(layer.with_filter(ours)).init();
    Ok(lines)
}
