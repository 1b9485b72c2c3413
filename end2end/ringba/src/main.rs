//! Serves the demo calls as Ringba would.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use chrono::{TimeDelta, Utc};
use clap::Parser;
use ringba_simulator::{DEMO_ACCOUNT, DEMO_TOKEN, Ledger, Options, Simulator};
use tokio::signal::unix::{SignalKind, signal};
use tracing::Level;

/// Calls of earlier runs are told of for this long.
const KEPT: TimeDelta = TimeDelta::days(2);

/// A stand-in for Ringba's API that replays labelled recordings as calls.
#[derive(Debug, Parser)]
struct Settings {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:4010")]
    listen: SocketAddr,
    /// Folder of recordings with their ground truth.
    #[arg(long, default_value = "end2end/calls")]
    calls: PathBuf,
    #[arg(long, default_value = DEMO_ACCOUNT)]
    account: String,
    #[arg(long, default_value = DEMO_TOKEN)]
    token: String,
    /// Hang-ups come this many times as fast.
    #[arg(long, default_value_t = 1)]
    speed: u32,
    /// Tell the recordings again as new calls every so many seconds.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    repeat_every_s: Option<u64>,
    /// How long after hang-up a recording link answers, in seconds.
    #[arg(long, default_value_t = 24 * 60 * 60)]
    link_lifetime_s: u64,
    /// File that keeps the calls from one run to the next.
    #[arg(long)]
    ledger_file: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_max_level(Level::INFO).with_ansi(std::io::stdout().is_terminal()).init();
    match serve(Settings::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ringba-simulator: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Until it is asked to stop.
async fn serve(settings: Settings) -> anyhow::Result<()> {
    let now = Utc::now();
    let mut ledger = kept_calls(settings.ledger_file.as_deref())?;
    let calls =
        settings.calls.canonicalize().with_context(|| format!("no folder {}", settings.calls.display()))?;
    let demo = Ledger::demo_at(&calls, now)?.at_speed(now, settings.speed);
    ledger.extend(demo.calls().cloned());

    let options = Options {
        listen: settings.listen,
        account: settings.account,
        token: settings.token,
        link_lifetime: Duration::from_secs(settings.link_lifetime_s),
        recording_latency: Duration::ZERO,
        recordings: call_truth::load_folder(&calls)?,
        repeat_every: settings.repeat_every_s.map(Duration::from_secs),
        ledger_file: settings.ledger_file,
        ..Options::default()
    };
    let simulator = Simulator::start(ledger, options).await?;
    tracing::info!("Ringba simulator at {}", simulator.base_url());

    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
    }
    Ok(())
}

/// A call that was live when the last run ended has to end, and a link that was given out has to
/// answer.
fn kept_calls(file: Option<&Path>) -> anyhow::Result<Ledger> {
    let Some(file) = file.filter(|file| file.exists()) else { return Ok(Ledger::default()) };
    let mut ledger = Ledger::load(file)?;
    ledger.forget_before(Utc::now() - KEPT);
    Ok(ledger)
}
