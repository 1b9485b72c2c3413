//! One stretch through the engine, and its answer laid back into the recording.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use supabase_client::transcript::Segment;
use tokio::task::spawn_blocking;

use super::{align, doubts, steady, words};
use crate::audio::{self, Recording, SAMPLES_PER_MS, Track};
use crate::engine::slots::EngineHandle;
use crate::engine::stop::Stop;
use crate::engine::{Care, EngineError, HeardSegment};

/// Below this a sample is silence: -48 dB of full scale.
const SILENCE: f32 = 1.0 / 256.0;

/// A stretch of one of the recording's tracks.
pub struct Place {
    pub track: usize,
    /// Where in the track, in milliseconds.
    pub stretch: Range<u32>,
}

/// What was heard in one stretch.
pub struct HeardStretch {
    pub segments: Vec<Segment>,
    /// How long a slot was at it.
    pub took: Duration,
}

/// Has one stretch heard, and what came out as a loop once more in another way.
pub async fn hear(
    recording: Arc<Recording>,
    place: Place,
    engine: &EngineHandle,
    stop: &Arc<Stop>,
) -> Result<HeardStretch, EngineError> {
    let read = {
        let recording = Arc::clone(&recording);
        let stretch = place.stretch.clone();
        move || sound_of(&recording.tracks[place.track], &stretch)
    };
    let sound = off_the_runtime(read).await?.map_err(unreadable)?;
    let answer = engine.hear(sound, Care::Usual, Arc::clone(stop)).await?;
    let (mut heard, sound, mut took) = (answer.segments, answer.sound, answer.took);

    // From the back, so that what is replaced moves nothing that is still to come.
    for in_loop in loops(&heard).into_iter().rev() {
        let (from_ms, to_ms) = (heard[in_loop.start].start_ms, heard[in_loop.end - 1].end_ms);
        let part = between(&sound, from_ms, to_ms).to_vec();
        let again = engine.hear(part, Care::AfterLoop, Arc::clone(stop)).await?;
        took += again.took;
        if loops(&again.segments).is_empty() {
            let moved = again.segments.into_iter().map(|segment| HeardSegment {
                // What was heard in the silence behind a short part must not push what follows.
                start_ms: (segment.start_ms + from_ms).min(to_ms),
                end_ms: (segment.end_ms + from_ms).min(to_ms),
                ..segment
            });
            heard.splice(in_loop, moved);
        }
    }
    let lay_back = move || lay_back(&heard, &sound, &recording.tracks[place.track], &place.stretch);
    Ok(HeardStretch { segments: off_the_runtime(lay_back).await?, took })
}

/// Which runs of segments are loops.
fn loops(heard: &[HeardSegment]) -> Vec<Range<usize>> {
    let said: Vec<_> = heard.iter().map(|segment| words::gather(&segment.pieces)).collect();
    doubts::loops(&said)
}

/// The sound of a stretch, between -1 and 1.
pub fn sound_of(track: &Track, stretch: &Range<u32>) -> io::Result<Vec<f32>> {
    Ok(audio::as_float(&track.read(stretch)?))
}

/// The segments at their places in the recording. Nothing reaches out of its stretch.
fn lay_back(heard: &[HeardSegment], sound: &[f32], track: &Track, stretch: &Range<u32>) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut earliest = stretch.start;
    for heard in heard {
        let said = words::gather(&heard.pieces);
        let start = (stretch.start + heard.start_ms).clamp(earliest, stretch.end);
        let end = (stretch.start + heard.end_ms).clamp(start, stretch.end);
        if !words::say_something(&said) {
            continue;
        }
        earliest = end;
        let of_segment = between(sound, start - stretch.start, end - stretch.start);
        let nobody = nobody_speaks(of_segment);
        segments.push(Segment {
            channel: track.channel,
            speaker: track.speaker,
            start_ms: start,
            end_ms: end,
            doubts: doubts::of_segment(&said, heard.no_speech, nobody),
            words: align::place(said, start, end, of_segment),
        });
    }
    segments
}

/// Whether a sound is silence or steady noise.
pub fn nobody_speaks(sound: &[f32]) -> bool {
    sound.iter().all(|sample| sample.abs() < SILENCE) || steady::is_steady(sound)
}

/// The decoded sound is on the worker's own disk.
pub fn unreadable(error: io::Error) -> EngineError {
    EngineError::Failed(format!("the decoded sound cannot be read back: {error}"))
}

fn between(sound: &[f32], from_ms: u32, to_ms: u32) -> &[f32] {
    let sample =
        |ms: u32| usize::try_from(u64::from(ms) * SAMPLES_PER_MS).unwrap_or(usize::MAX).min(sound.len());
    let from = sample(from_ms);
    &sound[from..sample(to_ms).max(from)]
}

/// Runs what blocks or computes beside the asynchronous work.
pub async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, EngineError> {
    spawn_blocking(work).await.map_err(|error| EngineError::Failed(error.to_string()))
}
