//! A whole recording through the engine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use supabase_client::transcript::{Segment, Speaker, Transcript};
use tokio::task::spawn_blocking;

use super::{align, doubts, words};
use crate::audio::{Recording, SAMPLES_PER_MS, stretches};
use crate::engine::stop::Stop;
use crate::engine::thread::{Answer, EngineHandle};
use crate::engine::{EngineError, HeardSegment};

/// Below this a sample is silence: -48 dB of full scale.
const SILENCE: f32 = 1.0 / 256.0;

/// What the engine is called in the transcript.
#[derive(Debug, Clone)]
pub struct ModelName {
    pub file_name: String,
    pub language: String,
}

/// A transcript with what it took.
pub struct Heard {
    pub transcript: Transcript,
    /// Time that the engine was busy or waited for.
    pub inference: Duration,
}

/// Sends every stretch of every track through the engine and puts the answers together.
///
/// `progress` is told how many milliseconds of sound are done, over all tracks. Stops with
/// [`EngineError::Stopped`] when `stop` asks for it.
pub async fn transcribe(
    recording: Recording,
    engine: &EngineHandle,
    model: &ModelName,
    stop: &Arc<Stop>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Heard, EngineError> {
    let mut segments = Vec::new();
    let mut peaks = Vec::new();
    let mut inference = Duration::ZERO;
    let duration_ms = recording.duration_ms;
    for (position, mut track) in (0_u64..).zip(recording.tracks) {
        let before = position * u64::from(duration_ms);
        let voice = Voice { channel: track.channel, speaker: track.speaker };
        let mut of_track = Vec::new();
        peaks.push(track.loudness.waveform());
        for stretch in stretches::cut(track.loudness.steps()) {
            let (start_ms, end_ms) = (stretch.start, stretch.end.min(duration_ms));
            let sound;
            (track, sound) = off_the_runtime(move || {
                let sound = track.read(&stretch);
                (track, sound)
            })
            .await?;
            let sound = sound.map_err(|error| {
                EngineError::Failed(format!("the decoded sound cannot be read back: {error}"))
            })?;
            let started = Instant::now();
            let answer = engine.hear(sound, Arc::clone(stop)).await?;
            inference += started.elapsed();
            of_track.extend(off_the_runtime(move || segments_of(&answer, voice, start_ms, end_ms)).await?);
            progress(before + u64::from(end_ms));
        }
        doubts::mark_loops(&mut of_track);
        segments.extend(of_track);
        progress(before + u64::from(duration_ms));
    }
    segments.sort_by_key(|segment| (segment.start_ms, segment.channel));
    let ModelName { file_name: model, language } = model.clone();
    Ok(Heard { transcript: Transcript { model, language, duration_ms, segments, peaks }, inference })
}

/// Whose track it is.
#[derive(Debug, Clone, Copy)]
struct Voice {
    channel: u8,
    speaker: Speaker,
}

/// The segments of one stretch, at their places in the recording.
fn segments_of(answer: &Answer, voice: Voice, start_ms: u32, end_ms: u32) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut earliest = start_ms;
    for heard in &answer.segments {
        let HeardSegment { no_speech, ref pieces, .. } = *heard;
        let words = words::gather(pieces);
        let start = (start_ms + heard.start_ms).clamp(earliest, end_ms);
        let end = (start_ms + heard.end_ms).clamp(start, end_ms);
        earliest = end;
        if words.is_empty() {
            continue;
        }
        let sound = between(&answer.sound, start - start_ms, end - start_ms);
        let silent = sound.iter().all(|sample| sample.abs() < SILENCE);
        segments.push(Segment {
            channel: voice.channel,
            speaker: voice.speaker,
            start_ms: start,
            end_ms: end,
            doubts: doubts::of_segment(&words, no_speech, silent),
            words: align::place(words, start, end, sound),
        });
    }
    segments
}

fn between(sound: &[f32], from_ms: u32, to_ms: u32) -> &[f32] {
    let sample =
        |ms: u32| usize::try_from(u64::from(ms) * SAMPLES_PER_MS).unwrap_or(usize::MAX).min(sound.len());
    &sound[sample(from_ms)..sample(to_ms)]
}

/// Runs what blocks or computes beside the asynchronous work.
async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, EngineError> {
    spawn_blocking(work).await.map_err(|error| EngineError::Failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::channels::AgentChannel;
    use crate::audio::{SAMPLE_RATE, decode};
    use crate::engine::{Engine, Piece};

    /// Hears the word "loud" where it becomes loud, to the second, and a segment of nothing before it.
    struct LoudSeconds;

    impl Engine for LoudSeconds {
        fn hear(&mut self, sound: &[f32], stop: &Stop) -> Result<Vec<HeardSegment>, EngineError> {
            if stop.is_asked() {
                return Err(EngineError::Stopped);
            }
            let second = SAMPLE_RATE as usize;
            let mut before = false;
            let loud = sound.chunks_exact(second).zip(0_u32..).filter(|(part, _)| {
                let loud = part.iter().any(|sample| sample.abs() > 0.1);
                !std::mem::replace(&mut before, loud) && loud
            });
            let piece = |text: &str| vec![Piece { bytes: text.into(), probability: 0.9 }];
            Ok(loud
                .flat_map(|(_, at)| {
                    let segment = |start_ms, end_ms, text| HeardSegment {
                        start_ms,
                        end_ms,
                        no_speech: 0.0,
                        pieces: piece(text),
                    };
                    // The end lies behind that of the sound, as whisper.cpp's sometimes does.
                    [segment(0, at * 1000, ""), segment(at * 1000, at * 1000 + 1_400, " loud")]
                })
                .collect())
        }
    }

    /// A 16-bit WAV file that is loud in the given seconds of each channel.
    fn recording(channels: &[&[u32]], seconds: u32) -> Recording {
        let count = u16::try_from(channels.len()).expect("few channels");
        let mut sound = Vec::new();
        for n in 0..seconds * SAMPLE_RATE {
            for loud in channels {
                let spoken = loud.contains(&(n / SAMPLE_RATE)) && n % 2 == 0;
                sound.extend_from_slice(&(if spoken { 16_000_i16 } else { 0 }).to_le_bytes());
            }
        }
        let length = u32::try_from(sound.len()).expect("short");
        let mut file = Vec::new();
        file.extend_from_slice(b"RIFF");
        file.extend_from_slice(&(length + 36).to_le_bytes());
        file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0");
        file.extend_from_slice(&count.to_le_bytes());
        file.extend_from_slice(&SAMPLE_RATE.to_le_bytes());
        file.extend_from_slice(&(SAMPLE_RATE * u32::from(count) * 2).to_le_bytes());
        file.extend_from_slice(&(count * 2).to_le_bytes());
        file.extend_from_slice(b"\x10\0data");
        file.extend_from_slice(&length.to_le_bytes());
        file.extend_from_slice(&sound);
        let mut wav = tempfile::tempfile().expect("a temporary file");
        std::io::Write::write_all(&mut wav, &file).expect("written");
        std::io::Seek::rewind(&mut wav).expect("rewound");
        decode(wav, AgentChannel(0), &|| false).expect("a WAV file")
    }

    async fn heard(recording: Recording) -> (Transcript, u64) {
        let engine = EngineHandle::start(|| Ok(LoudSeconds)).await.expect("starts");
        let model = ModelName { file_name: "loud.bin".into(), language: "en".into() };
        let done = std::sync::atomic::AtomicU64::new(0);
        let progress = |ms| {
            let before = done.swap(ms, std::sync::atomic::Ordering::Relaxed);
            assert!(before <= ms, "progress goes forward only");
        };
        let heard = transcribe(recording, &engine, &model, &Arc::default(), &progress).await.expect("hears");
        (heard.transcript, done.into_inner())
    }

    fn lines(transcript: &Transcript) -> Vec<(Speaker, u32, u32)> {
        transcript
            .segments
            .iter()
            .map(|segment| (segment.speaker, segment.start_ms, segment.end_ms))
            .collect()
    }

    #[tokio::test]
    async fn two_channels_are_merged_by_time() {
        let (transcript, done) = heard(recording(&[&[1, 5], &[3, 5]], 6)).await;
        let expected = [
            (Speaker::Agent, 1_000, 2_400),
            (Speaker::Caller, 3_000, 4_400),
            (Speaker::Agent, 5_000, 6_000),
            (Speaker::Caller, 5_000, 6_000),
        ];
        assert_eq!(lines(&transcript), expected);
        assert_eq!((transcript.duration_ms, done), (6_000, 12_000));
        assert_eq!(transcript.peaks.len(), 2);
    }

    #[tokio::test]
    async fn mono_and_equal_channels_have_one_unknown_speaker() {
        for channels in [&[&[1_u32][..]][..], &[&[1], &[1]], &[&[1], &[1], &[1]]] {
            let (transcript, _) = heard(recording(channels, 3)).await;
            assert_eq!(lines(&transcript), [(Speaker::Unknown, 1_000, 2_400)]);
            assert_eq!(transcript.peaks.len(), 1);
        }
    }

    #[tokio::test]
    async fn stretches_come_back_to_their_times() {
        let (transcript, _) = heard(recording(&[&[10, 290, 700]], 720)).await;
        let starts: Vec<u32> = transcript.segments.iter().map(|segment| segment.start_ms).collect();
        assert_eq!(starts.len(), 3, "{starts:?}");
        for (start, truth) in starts.into_iter().zip([10_000, 290_000, 700_000]) {
            assert!(start.abs_diff(truth) < 1_000, "{start} should be near {truth}");
        }
    }

    #[tokio::test]
    async fn stopping_stops() {
        let engine = EngineHandle::start(|| Ok(LoudSeconds)).await.expect("starts");
        let model = ModelName { file_name: "loud.bin".into(), language: "en".into() };
        let stop = Arc::new(Stop::default());
        stop.now(crate::engine::stop::Reason::LeaseLost);
        let outcome = transcribe(recording(&[&[1]], 3), &engine, &model, &stop, &|_| ()).await;
        assert!(matches!(outcome, Err(EngineError::Stopped)));
    }
}
