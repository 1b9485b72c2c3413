//! Serves an OpenAI-compatible endpoint that finds phrases.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use model_simulator::{Behaviour, DEMO_KEY, DEMO_MODEL, Options, Reading, Simulator};
use tokio::signal::unix::{SignalKind, signal};
use tracing::Level;

/// A stand-in for a language model behind OpenAI's API.
#[derive(Debug, Parser)]
struct Settings {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:4020")]
    listen: SocketAddr,
    #[arg(long, default_value = DEMO_KEY)]
    api_key: String,
    /// Model that is listed.
    #[arg(long, default_value = DEMO_MODEL)]
    model: String,
    /// JSON file with the phrases that belong to rules: `[{"rule": …, "phrase": …, "speaker": …}]`.
    #[arg(long)]
    readings: Option<PathBuf>,
    /// How long every answer takes.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_max_level(Level::INFO).with_ansi(std::io::stdout().is_terminal()).init();
    match serve(Settings::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("model-simulator: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Until it is asked to stop.
async fn serve(settings: Settings) -> anyhow::Result<()> {
    let Settings { listen, api_key, model, readings, latency_ms } = settings;
    let readings = readings.map(|file| load(&file)).transpose()?.unwrap_or_default();
    let behaviour = Behaviour { readings, latency_ms, ..Behaviour::default() };
    let simulator = Simulator::start(Options { listen, api_key, model, behaviour }).await?;
    tracing::info!("model simulator at {}", simulator.base_url());

    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
    }
    Ok(())
}

fn load(file: &PathBuf) -> anyhow::Result<Vec<Reading>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} holds no readings", file.display()))
}
