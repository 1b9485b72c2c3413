//! What the program can be asked to do: one file each.

mod run;
mod transcribe;

use crate::settings::Command;

pub async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Run(settings) => run::run(settings).await,
        Command::Transcribe(settings) => transcribe::run(settings).await,
    }
}
