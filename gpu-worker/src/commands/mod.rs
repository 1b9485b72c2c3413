//! What the program can be asked to do: one file or folder each.

mod model;
pub mod run;
mod transcribe;

use std::io::{self, Write};

use anyhow::Context;
use supabase_client::http::LogLines;

use crate::settings::Settings;

pub async fn run(settings: Settings, lines: LogLines) -> anyhow::Result<()> {
    match settings {
        Settings::Run(settings) => run::run(settings, lines).await,
        Settings::Transcribe(settings) => transcribe::run(settings).await,
        Settings::Model(settings) => model::run(settings).await,
    }
}

/// Writes to standard output. Whoever reads it may have seen enough, as `head` has.
fn print(text: &str) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("Standard output cannot be written to")
        }
        _ => Ok(()),
    }
}
