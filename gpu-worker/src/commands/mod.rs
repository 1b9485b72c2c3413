//! What the program can be asked to do: one file each.

mod run;
mod transcribe;

use crate::settings::Settings;

pub async fn run(settings: Settings) -> anyhow::Result<()> {
    match settings {
        Settings::Run(settings) => run::run(settings).await,
        Settings::Transcribe(settings) => transcribe::run(settings).await,
    }
}
