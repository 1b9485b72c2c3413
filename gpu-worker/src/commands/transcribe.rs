//! `gpu-worker transcribe FILE`: the engine of the lane, without any server.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use supabase_client::transcript::{Segment, Speaker, Transcript};
use tokio::task::spawn_blocking;

use crate::audio::{self, Recording};
use crate::engine::slots::EngineHandle;
use crate::engine::whisper::Whisper;
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
    match format {
        OutputFormat::Json => println!("{}", serde_json::to_string(&heard.transcript)?),
        OutputFormat::Text => print!("{}", as_text(&heard.transcript)),
    }
    Ok(())
}

fn write_review_copy(recording: &Recording, path: &Path) -> anyhow::Result<()> {
    let mut copy = audio::review_copy::encode(recording, &|| false)?;
    let context = || format!("The review copy {} cannot be written", path.display());
    let mut file = File::create(path).with_context(context)?;
    std::io::copy(&mut copy.file, &mut file).with_context(context)?;
    Ok(())
}

/// One line a segment: time, speaker, words.
fn as_text(transcript: &Transcript) -> String {
    transcript.segments.iter().map(line).collect()
}

fn line(segment: &Segment) -> String {
    let seconds = segment.start_ms / 1000;
    let speaker = match segment.speaker {
        Speaker::Agent => "Agent: ",
        Speaker::Caller => "Caller: ",
        Speaker::Unknown => "",
    };
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!(
        "[{hours:02}:{minutes:02}:{seconds:02}.{:03}] {speaker}{}\n",
        segment.start_ms % 1000,
        segment.text()
    )
}

#[cfg(test)]
mod tests {
    use supabase_client::transcript::Word;

    use super::*;

    #[test]
    fn a_line_says_when_who_and_what() {
        let word = |text: &str| Word { text: text.into(), start_ms: 0, end_ms: 0, probability: 1.0 };
        let segment = Segment {
            channel: 1,
            speaker: Speaker::Caller,
            start_ms: 3_723_045,
            end_ms: 3_724_000,
            words: vec![word("Good"), word("morning.")],
            doubts: Vec::new(),
        };
        assert_eq!(line(&segment), "[01:02:03.045] Caller: Good morning.\n");
    }
}
