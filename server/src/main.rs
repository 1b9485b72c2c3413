use std::process::ExitCode;
use std::time::Duration;

use callscript_server::settings::Settings;
use callscript_server::start;
use tokio::runtime::Runtime;

/// For threads that the system keeps, for example looking up a name while the network is away.
const LET_GO_WITHIN: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let settings = match Settings::read() {
        Ok(settings) => settings,
        Err(sentence) => {
            eprintln!("{sentence}");
            return ExitCode::from(2);
        }
    };
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(failure) => {
            eprintln!("The server cannot start its threads: {failure}.");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(start::run(settings));
    runtime.shutdown_timeout(LET_GO_WITHIN);
    code
}
