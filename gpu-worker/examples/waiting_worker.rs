//! The worker with an engine that only waits, as long as a large model on a GPU would be at it: for trials with more
//! calls than processors can hear. Settings, lane, decoding, review copy and Storage are the worker's own.

use std::time::Duration;

use anyhow::bail;
use gpu_worker::audio::SAMPLE_RATE;
use gpu_worker::commands::run;
use gpu_worker::engine::stop::Stop;
use gpu_worker::engine::{Care, Engine, EngineError, HeardSegment, Piece};
use gpu_worker::settings::Settings;

/// Times real time, as a large model runs on one GPU.
const GPU_SPEED: f64 = 40.0;

/// What is heard in a stretch; its length says which of them.
const SENTENCES: [&[&str]; 2] =
    [&[" We", " guarantee", " that", " you", " qualify."], &[" Thank", " you", " for", " calling."]];

/// One slot.
struct Waiting;

impl Engine for Waiting {
    fn hear(&mut self, sound: &[f32], _: Care, _: &Stop) -> Result<Vec<HeardSegment>, EngineError> {
        let seconds = sound.len() as f64 / f64::from(SAMPLE_RATE);
        std::thread::sleep(Duration::from_secs_f64(seconds / GPU_SPEED));
        let words = SENTENCES[sound.len() % SENTENCES.len()];
        let pieces = words.iter().map(|word| Piece { bytes: word.as_bytes().to_vec(), probability: 0.9 });
        Ok(vec![HeardSegment {
            start_ms: 0,
            end_ms: (seconds * 1000.0) as u32,
            no_speech: 0.0,
            pieces: pieces.collect(),
        }])
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (Settings::Run(settings), log_settings) = Settings::read().map_err(anyhow::Error::msg)? else {
        bail!("only the lane runs with this engine")
    };
    let lines = log_settings.start().map_err(anyhow::Error::msg)?;
    run::with_engine(settings, lines, |whisper| Ok((0..whisper.slots).map(|_| Waiting).collect())).await
}
