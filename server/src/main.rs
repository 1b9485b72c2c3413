use std::process::ExitCode;

use callscript_server::settings::Settings;
use callscript_server::start;

#[tokio::main]
async fn main() -> ExitCode {
    match Settings::read() {
        Ok(settings) => start::run(settings).await,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::from(2)
        }
    }
}
