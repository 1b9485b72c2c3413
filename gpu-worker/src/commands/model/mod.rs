//! `gpu-worker model`: whisper.cpp's models for real calls.

mod check;
mod fetch;
mod list;
mod progress;

use crate::settings::ModelSettings;

pub async fn run(settings: ModelSettings) -> anyhow::Result<()> {
    match settings {
        ModelSettings::Fetch { model, folder, mirror } => fetch::run(model, &folder, &mirror).await,
        ModelSettings::List { folder } => list::run(&folder),
        ModelSettings::Check { model, folder } => check::run(model, &folder).await,
    }
}
