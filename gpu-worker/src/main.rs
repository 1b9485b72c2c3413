//! The program `gpu-worker`: reads its settings, logs to standard error, and does what it is asked to.

use std::process::ExitCode;
use std::time::Duration;

use gpu_worker::commands;
use gpu_worker::settings::Settings;

/// What is logged where `RUST_LOG` says nothing. symphonia complains of every tag before the sound and
/// of every file that is none; the recording's own sentence says more.
const LOG_FILTER: &str = "warn,gpu_worker=info,symphonia_core=off,symphonia_bundle_mp3=off";

/// For threads that cannot be called off.
const LET_GO_WITHIN: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let settings = match Settings::read() {
        Ok(settings) => settings,
        Err(sentence) => {
            eprintln!("{sentence}");
            return ExitCode::from(2);
        }
    };
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| LOG_FILTER.into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            return refuse(&anyhow::Error::new(error).context("The worker cannot start its threads"));
        }
    };
    let ending = runtime.block_on(commands::run(settings));
    // A model that is being loaded, or a name looked up while the network is away, would keep the process.
    runtime.shutdown_timeout(LET_GO_WITHIN);
    match ending {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error),
    }
}

/// Says in one line why the worker ends.
fn refuse(error: &anyhow::Error) -> ExitCode {
    eprintln!("gpu-worker: {error:#}");
    ExitCode::FAILURE
}
