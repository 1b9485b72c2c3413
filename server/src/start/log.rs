//! What this process says: all of it to where it was told to, and what stands in a lane to the database as well.

use supabase_client::http::{LogLines, log_lines};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

use crate::settings::{LogFormat, Settings};

/// Starts the log; answers with the lines for the database.
pub fn start(settings: &Settings) -> Result<LogLines, String> {
    let filter = EnvFilter::try_new(&settings.log)
        .map_err(|_| "CALLSCRIPT_SERVER_LOG is no log filter: write for example info.".to_owned())?;
    // A command's answer is alone on standard output.
    let output = match settings.once {
        None => BoxMakeWriter::new(std::io::stdout),
        Some(_) => BoxMakeWriter::new(std::io::stderr),
    };
    let said = fmt::layer().with_writer(output);
    let said = match settings.log_format {
        LogFormat::Text => said.boxed(),
        LogFormat::Json => said.json().with_span_list(false).boxed(),
    };
    let (layer, lines) = log_lines();
    // The table has its own measure: a quiet process still leaves its traces there.
    let ours = Targets::new().with_target("callscript_server", LevelFilter::INFO);
    tracing_subscriber::registry().with(said.with_filter(filter)).with(layer.with_filter(ours)).init();
    Ok(lines)
}
