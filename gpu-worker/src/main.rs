//! The program `gpu-worker`: reads its settings, starts its log, and does what it is asked to.

use std::process::ExitCode;
use std::time::Duration;

use gpu_worker::commands;
use gpu_worker::settings::Settings;

/// For threads that cannot be called off.
const LET_GO_WITHIN: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let (settings, log) = match Settings::read() {
        Ok(read) => read,
        Err(sentence) => return misuse(&sentence),
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            return refuse(&anyhow::Error::new(error).context("The worker cannot start its threads"));
        }
    };
    let started = {
        let _on_runtime = runtime.enter();
        log.start()
    };
    let lines = match started {
        Ok(lines) => lines,
        Err(sentence) => return misuse(&sentence),
    };
    let ending = runtime.block_on(commands::run(settings, lines));
    // A model that is being loaded, or a name looked up while the network is away, would keep the process.
    runtime.shutdown_timeout(LET_GO_WITHIN);
    match ending {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error),
    }
}

/// Says which setting keeps the worker from starting.
fn misuse(sentence: &str) -> ExitCode {
    eprintln!("{sentence}");
    ExitCode::from(2)
}

/// Says in one line why the worker ends.
fn refuse(error: &anyhow::Error) -> ExitCode {
    eprintln!("gpu-worker: {error:#}");
    ExitCode::FAILURE
}
