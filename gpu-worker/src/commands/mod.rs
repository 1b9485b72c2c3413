//! What the program can be asked to do: one file or folder each.

mod model;
mod run;
mod transcribe;

use crate::settings::Settings;

pub async fn run(settings: Settings) -> anyhow::Result<()> {
    match settings {
        Settings::Run(settings) => run::run(settings).await,
        Settings::Transcribe(settings) => transcribe::run(settings).await,
        Settings::Model(settings) => model::run(settings).await,
    }
}
