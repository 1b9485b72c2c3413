//! `gpu-worker transcribe FILE`: the engine of the lane, without any server.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use tokio::task::spawn_blocking;

use super::print;
use crate::audio::{self, Recording};
use crate::engine::slots::EngineHandle;
use crate::engine::whisper::Whisper;
use crate::formats;
use crate::settings::{EngineSettings, OutputFormat, TranscribeSettings};
use crate::transcript;

pub async fn run(settings: TranscribeSettings) -> anyhow::Result<()> {
    let TranscribeSettings { file, format, review_copy, engine } = settings;
    let recording =
        File::open(&file).with_context(|| format!("The file {} cannot be opened", file.display()))?;
    let EngineSettings { whisper, agent_channel } = engine;
    let recording = spawn_blocking(move || audio::decode(recording, agent_channel, &|| false)).await??;
    let recording = Arc::new(recording);
    if let Some(path) = review_copy {
        let recording = Arc::clone(&recording);
        spawn_blocking(move || write_review_copy(&recording, &path)).await??;
    }
    let model = whisper.model_name();
    let engine = EngineHandle::start(move || Whisper::load(&whisper)).await?;
    let heard = transcript::transcribe(recording, &engine, &model, &Arc::default(), &|_| (), || ()).await?;
    let transcript = &heard.transcript;
    print(&match format {
        OutputFormat::Json => serde_json::to_string(transcript)? + "\n",
        OutputFormat::Text => formats::text::text(transcript),
        OutputFormat::Srt => formats::srt::srt(transcript),
        OutputFormat::Vtt => formats::vtt::vtt(transcript),
    })
}

fn write_review_copy(recording: &Recording, path: &Path) -> anyhow::Result<()> {
    let mut copy = audio::review_copy::encode(recording, &|| false)?;
    let context = || format!("The review copy {} cannot be written", path.display());
    let mut file = File::create(path).with_context(context)?;
    std::io::copy(&mut copy.file, &mut file).with_context(context)?;
    Ok(())
}
