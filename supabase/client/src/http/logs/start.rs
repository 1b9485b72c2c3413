//! The log of a program: all of it to where it was told to, what stands in a lane to the database as well, and spans to
//! a collector where one is set.

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

use super::traces::{Sender, TraceSettings, traces};
use super::{LogLines, log_lines};

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
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// As in `info` or `warn,callscript_server=debug`.
    pub filter: String,
    /// The variable that the filter comes from.
    pub filter_variable: &'static str,
    pub format: LogFormat,
    pub output: LogOutput,
    /// The crate whose lines the database gets, too.
    pub ours: &'static str,
    /// The collector of spans, with who sends them.
    pub traces: Option<(TraceSettings, Sender)>,
}

impl LogSettings {
    /// Starts the log of this process, once, on a tokio runtime; answers with the lines for the database.
    ///
    /// # Errors
    /// A sentence, which names the variable when the filter is none.
    pub fn start(&self) -> Result<LogLines, String> {
        let filter = EnvFilter::try_new(&self.filter)
            .map_err(|_| format!("{} is no log filter: write for example info.", self.filter_variable))?;
        let output = match self.output {
            LogOutput::Stdout => BoxMakeWriter::new(std::io::stdout),
            LogOutput::Stderr => BoxMakeWriter::new(std::io::stderr),
        };
        let said = fmt::layer().with_writer(output);
        let said = match self.format {
            LogFormat::Text => said.boxed(),
            LogFormat::Json => said.json().with_span_list(false).boxed(),
        };
        let (layer, mut lines) = log_lines();
        // The table has its own measure: a quiet process still leaves its traces there.
        let ours = Targets::new().with_target(self.ours, LevelFilter::INFO);
        let subscriber =
            tracing_subscriber::registry().with(said.with_filter(filter)).with(layer.with_filter(ours));
        let collected =
            self.traces.as_ref().map(|(settings, sender)| traces(settings, sender)).transpose()?;
        let (collected, traces) = collected.unzip();
        subscriber.with(collected).init();
        lines.traces = traces;
        Ok(lines)
    }
}
