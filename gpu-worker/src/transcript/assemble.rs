//! A whole recording through the engine.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use supabase_client::transcript::Transcript;

use super::doubts;
use super::stretch::{self, Place, off_the_runtime};
use super::unheard;
use crate::audio::{Recording, stretches};
use crate::engine::EngineError;
use crate::engine::slots::EngineHandle;
use crate::engine::stop::Stop;

/// What the engine is called in the transcript.
#[derive(Debug, Clone)]
pub struct ModelName {
    pub file_name: String,
    pub language: String,
}

/// A transcript with what it took.
pub struct Heard {
    pub transcript: Transcript,
    /// Time that the engine's slots were at it, all together.
    pub inference: Duration,
}

/// Sends every stretch of every track through the engine and puts the answers together.
///
/// As many stretches are under way as keep all slots busy. `progress` is told how many milliseconds of
/// sound are done, over all tracks; `all_sent` is called when the last stretch is about to go to the
/// engine. Stops with [`EngineError::Stopped`] when `stop` asks for it.
pub async fn transcribe(
    recording: Arc<Recording>,
    engine: &EngineHandle,
    model: &ModelName,
    stop: &Arc<Stop>,
    progress: &(dyn Fn(u64) + Sync),
    all_sent: impl FnOnce() + Send,
) -> Result<Heard, EngineError> {
    let duration_ms = recording.duration_ms;
    let mut places = Vec::new();
    for (track, of_track) in recording.tracks.iter().enumerate() {
        let stretches = stretches::cut(&of_track.voice, of_track.loudness.steps(), duration_ms);
        places.extend(stretches.into_iter().map(|stretch| Place { track, stretch }));
    }
    let mut left = places.len();
    let mut all_sent = Some(all_sent);
    let hearing = stream::iter(places).map(|place| {
        left -= 1;
        if left == 0
            && let Some(all_sent) = all_sent.take()
        {
            all_sent();
        }
        let done_ms = place.track as u64 * u64::from(duration_ms) + u64::from(place.stretch.end);
        let heard = stretch::hear(Arc::clone(&recording), place, engine, stop);
        async move { heard.await.map(|heard| (done_ms, heard)) }
    });

    let mut hearing = hearing.buffered(engine.busy().slots() + 1);
    let mut segments = Vec::new();
    let mut inference = Duration::ZERO;
    while let Some((done_ms, heard)) = hearing.try_next().await? {
        segments.extend(heard.segments);
        inference += heard.took;
        progress(done_ms);
    }
    drop(hearing);
    progress(u64::from(duration_ms) * recording.tracks.len() as u64);

    segments.sort_by_key(|segment| (segment.channel, segment.start_ms));
    for of_channel in segments.chunk_by_mut(|one, next| one.channel == next.channel) {
        doubts::mark_loops(of_channel);
    }
    segments.sort_by_key(|segment| (segment.start_ms, segment.channel));
    let find_unheard = {
        let (recording, segments) = (Arc::clone(&recording), segments.clone());
        move || unheard::find(&recording, &segments)
    };
    let unheard = off_the_runtime(find_unheard).await?.map_err(stretch::unreadable)?;
    let peaks = recording.tracks.iter().map(|track| track.loudness.waveform()).collect();
    let ModelName { file_name: model, language } = model.clone();
    Ok(Heard { transcript: Transcript { model, language, duration_ms, segments, peaks, unheard }, inference })
}

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

    use supabase_client::transcript::{Doubt, Speaker};

    use super::*;
    use crate::audio::track::TrackWriter;
    use crate::audio::voice::FRAME_MS;
    use crate::audio::{SAMPLE_RATE, Track};
    use crate::engine::stop::Reason;
    use crate::engine::{Care, Engine, HeardSegment, Piece};

    /// Hears the word "loud" where it becomes loud, to a tenth of a second, and a segment of nothing before it.
    struct LoudSeconds;

    impl Engine for LoudSeconds {
        fn hear(&mut self, sound: &[f32], _: Care, stop: &Stop) -> Result<Vec<HeardSegment>, EngineError> {
            if stop.is_asked() {
                return Err(EngineError::Stopped);
            }
            // Counted from where the stretch begins, so a word comes up to a tenth too early.
            let tenth = SAMPLE_RATE as usize / 10;
            let mut before = false;
            let loud = sound.chunks(tenth).zip(0_u32..).filter(|(part, _)| {
                let loud = part.iter().any(|sample| sample.abs() > 0.1);
                !std::mem::replace(&mut before, loud) && loud
            });
            Ok(loud
                .flat_map(|(_, at)| {
                    // The end lies behind that of the sound, as whisper.cpp's sometimes does.
                    [said(0, at * 100, ""), said(at * 100, at * 100 + 1_400, " loud")]
                })
                .collect())
        }
    }

    fn said(start_ms: u32, end_ms: u32, text: &str) -> HeardSegment {
        let pieces = vec![Piece { bytes: text.into(), probability: 0.9 }];
        HeardSegment { start_ms, end_ms, no_speech: 0.0, pieces }
    }

    /// A track in which somebody speaks in the given seconds.
    fn track(channel: u8, speaker: Speaker, spoken: &[u32], seconds: u32) -> Track {
        let mut writer = TrackWriter::new().expect("a temporary file");
        // Loud and soft in turn, as speech is.
        let voice = |n: u32| if n % (SAMPLE_RATE / 10) < SAMPLE_RATE / 16 { 0.5 } else { 0.05 };
        let is_loud = |n: u32| spoken.contains(&(n / SAMPLE_RATE)) && n.is_multiple_of(2);
        let loudness = |n: u32| if is_loud(n) { voice(n) } else { 0.0 };
        let sound: Vec<f32> = (0..seconds * SAMPLE_RATE).map(loudness).collect();
        writer.write(&sound).expect("room on the disk");
        let mut track = writer.finish(channel, speaker).expect("written out");
        let is_spoken = |frame: u32| spoken.contains(&(frame * FRAME_MS / 1000));
        track.voice =
            (0..seconds * 1000 / FRAME_MS).map(|frame| if is_spoken(frame) { 255 } else { 0 }).collect();
        track
    }

    fn two_channels(agent: &[u32], caller: &[u32], seconds: u32) -> Arc<Recording> {
        let tracks =
            vec![track(0, Speaker::Agent, agent, seconds), track(1, Speaker::Caller, caller, seconds)];
        Arc::new(Recording { duration_ms: seconds * 1000, lost: Vec::new(), tracks })
    }

    fn one_channel(spoken: &[u32], seconds: u32) -> Arc<Recording> {
        let tracks = vec![track(0, Speaker::Unknown, spoken, seconds)];
        Arc::new(Recording { duration_ms: seconds * 1000, lost: Vec::new(), tracks })
    }

    async fn heard_by<E: Engine + Send + 'static>(
        engines: Vec<E>,
        recording: Arc<Recording>,
    ) -> (Transcript, u64) {
        let engine = EngineHandle::start(|| Ok(engines)).await.expect("starts");
        let model = ModelName { file_name: "loud.bin".into(), language: "en".into() };
        let done = AtomicU64::new(0);
        let progress = |ms| {
            let before = done.swap(ms, Ordering::Relaxed);
            assert!(before <= ms, "progress goes forward only");
        };
        let sent = AtomicBool::new(false);
        let all_sent = || sent.store(true, Ordering::Relaxed);
        let heard = transcribe(recording, &engine, &model, &Arc::default(), &progress, all_sent).await;
        assert!(sent.into_inner(), "the next call's turn comes");
        (heard.expect("hears").transcript, done.into_inner())
    }

    async fn heard(recording: Arc<Recording>) -> (Transcript, u64) {
        heard_by(vec![LoudSeconds, LoudSeconds], recording).await
    }

    fn lines(transcript: &Transcript) -> Vec<(Speaker, Range<u32>)> {
        let line = |segment: &supabase_client::transcript::Segment| {
            (segment.speaker, segment.start_ms..segment.end_ms)
        };
        transcript.segments.iter().map(line).collect()
    }

    #[tokio::test]
    async fn two_channels_are_merged_by_time() {
        let (transcript, done) = heard(two_channels(&[1, 5], &[3, 5], 6)).await;
        let expected = [
            (Speaker::Agent, 908..2_308),
            (Speaker::Caller, 2_908..4_308),
            (Speaker::Agent, 4_908..6_000),
            (Speaker::Caller, 4_908..6_000),
        ];
        assert_eq!(lines(&transcript), expected);
        assert_eq!((transcript.duration_ms, done), (6_000, 12_000));
        assert_eq!(transcript.peaks.len(), 2);
    }

    #[tokio::test]
    async fn one_voice_has_an_unknown_speaker() {
        let (transcript, _) = heard(one_channel(&[1], 3)).await;
        assert_eq!(lines(&transcript), [(Speaker::Unknown, 908..2_308)]);
        assert_eq!(transcript.peaks.len(), 1);
    }

    #[tokio::test]
    async fn what_is_heard_comes_back_to_its_time_behind_every_gap() {
        let spoken = [10, 11, 40, 290, 700];
        let (transcript, _) = heard(one_channel(&spoken, 720)).await;
        let starts: Vec<u32> = transcript.segments.iter().map(|segment| segment.start_ms).collect();
        assert_eq!(starts.len(), 4, "{starts:?}");
        for (start, truth) in starts.into_iter().zip([10_000, 40_000, 290_000, 700_000]) {
            assert!(start.abs_diff(truth) < 100, "{start} should be near {truth}");
        }
    }

    #[tokio::test]
    async fn silence_is_not_sent_to_the_engine() {
        /// Adds up what it hears.
        struct Counting(Arc<AtomicU32>);
        impl Engine for Counting {
            fn hear(&mut self, sound: &[f32], _: Care, _: &Stop) -> Result<Vec<HeardSegment>, EngineError> {
                self.0.fetch_add(u32::try_from(sound.len()).expect("short"), Ordering::Relaxed);
                Ok(Vec::new())
            }
        }
        let samples = Arc::new(AtomicU32::new(0));
        let spoken = [10, 300, 3_599];
        heard_by(vec![Counting(Arc::clone(&samples))], one_channel(&spoken, 3_600)).await;
        let seconds = samples.load(Ordering::Relaxed) / SAMPLE_RATE;
        assert!((8..=10).contains(&seconds), "{seconds} s, one of them to warm up");
    }

    #[tokio::test]
    async fn voice_of_which_the_engine_makes_nothing_is_unheard() {
        /// Makes nothing of what it hears.
        struct Deaf;
        impl Engine for Deaf {
            fn hear(&mut self, _: &[f32], _: Care, _: &Stop) -> Result<Vec<HeardSegment>, EngineError> {
                Ok(Vec::new())
            }
        }
        let (transcript, _) = heard_by(vec![Deaf], two_channels(&[20], &[10, 11], 30)).await;
        let unheard: Vec<_> =
            transcript.unheard.iter().map(|piece| (piece.channel, piece.start_ms..piece.end_ms)).collect();
        assert_eq!(unheard, [(1, 10_000..12_000), (0, 20_000..21_008)]);
        let (transcript, _) = heard(two_channels(&[20], &[10, 11], 30)).await;
        assert_eq!(transcript.unheard, []);
    }

    /// Says one sentence after the other, in a loop of three unless it takes care.
    struct Looping {
        gets_out: bool,
    }

    impl Engine for Looping {
        fn hear(&mut self, sound: &[f32], care: Care, _: &Stop) -> Result<Vec<HeardSegment>, EngineError> {
            if sound.len() <= SAMPLE_RATE as usize {
                return Ok(Vec::new());
            }
            Ok(match care {
                Care::AfterLoop if self.gets_out => {
                    vec![said(0, 900, " something"), said(900, 2_000, " else")]
                }
                Care::AfterLoop => (0..4).map(|n| said(n * 500, n * 500 + 500, " again")).collect(),
                Care::Usual => [said(0, 1_000, " before")]
                    .into_iter()
                    .chain((1..5).map(|n| said(n * 1_000, n * 1_000 + 1_000, " again")))
                    .chain([said(5_000, 6_000, " after")])
                    .collect(),
            })
        }
    }

    fn texts(transcript: &Transcript) -> Vec<String> {
        transcript.segments.iter().map(supabase_client::transcript::Segment::text).collect()
    }

    #[tokio::test]
    async fn a_loop_is_heard_again_in_its_place() {
        let recording = one_channel(&[0, 1, 2, 3, 4, 5], 6);
        let (transcript, _) = heard_by(vec![Looping { gets_out: true }], recording).await;
        assert_eq!(texts(&transcript), ["before", "something", "else", "after"]);
        assert_eq!(transcript.segments[1].start_ms, 1_000);
        assert_eq!(transcript.segments[2].start_ms, 1_900);
        assert!(transcript.segments.iter().all(|segment| segment.doubts.is_empty()));
    }

    #[tokio::test]
    async fn a_loop_that_stays_one_is_marked() {
        let recording = one_channel(&[0, 1, 2, 3, 4, 5], 6);
        let (transcript, _) = heard_by(vec![Looping { gets_out: false }], recording).await;
        assert_eq!(texts(&transcript), ["before", "again", "again", "again", "again", "after"]);
        let marked = |segment: &supabase_client::transcript::Segment| segment.doubts == [Doubt::Repetition];
        assert_eq!(
            transcript.segments.iter().map(marked).collect::<Vec<_>>(),
            [false, true, true, true, true, false]
        );
    }

    #[tokio::test]
    async fn times_are_true_at_both_ends_of_every_gap() {
        /// Hears one sentence from the first to the last sample.
        struct OneSentence;
        impl Engine for OneSentence {
            fn hear(&mut self, sound: &[f32], _: Care, _: &Stop) -> Result<Vec<HeardSegment>, EngineError> {
                let end = u32::try_from(sound.len() / 16).expect("short");
                Ok(vec![said(0, end, " sentence")])
            }
        }
        let (transcript, _) = heard_by(vec![OneSentence], one_channel(&[2, 3, 30, 31, 39], 40)).await;
        let times: Vec<Range<u32>> = lines(&transcript).into_iter().map(|(_, time)| time).collect();
        // Frames of 16 ms, and a second on each side.
        assert_eq!(times, [1_000..5_000, 29_000..33_000, 38_008..40_000]);
    }

    #[tokio::test]
    async fn stopping_stops() {
        let engine = EngineHandle::start(|| Ok(vec![LoudSeconds])).await.expect("starts");
        let model = ModelName { file_name: "loud.bin".into(), language: "en".into() };
        let stop = Arc::new(Stop::default());
        stop.now(Reason::LeaseLost);
        let outcome = transcribe(one_channel(&[1], 3), &engine, &model, &stop, &|_| (), || ()).await;
        assert!(matches!(outcome, Err(EngineError::Stopped)));
    }
}
