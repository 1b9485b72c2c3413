//! `make bench NAME=word_times`: where in time each word is, found in three ways on the demo calls:
//! by the worker, by whisper.cpp's token times, and by its dynamic time warping over attention.

#[path = "../tests/support/program.rs"]
mod program;

use std::fs::File;
use std::path::{Path, PathBuf};

use call_truth::{CallTruth, LabelledCall, WordTimeError, load_folder, percentile, word_time_errors};
use figures::Figure;
use gpu_worker::audio::channels::AgentChannel;
use gpu_worker::audio::{self, Recording, SAMPLES_PER_MS, decode};
use gpu_worker::engine::whisper::{self, milliseconds};
use program::{repository, transcribe};
use supabase_client::transcript::{Segment, Speaker, Transcript, Word};
use whisper_rs::{
    DtwMode, DtwParameters, WhisperContext, WhisperContextParameters, WhisperSegment, WhisperState,
    WhisperToken,
};

/// The attention of all three decoder layers of the demo model is looked at: fewer do worse.
const ALIGNMENT_LAYERS: i32 = 3;

/// Ample for one window of the demo model.
const DTW_MEMORY_BYTES: usize = 128 * 1024 * 1024;

/// How far below the loudest moment of its sentence a voice still sounds.
const VOICE_ABOVE_DB: f32 = -30.0;

const FRAME_MS: u32 = 10;

fn main() {
    let calls = load_folder(&repository("end2end/calls")).expect("the demo calls");
    let mut whisper = Whisper::load(&model());
    let (mut ours, mut heuristic, mut dtw) = (Vec::new(), Vec::new(), Vec::new());
    for LabelledCall { recording, mut truth } in calls {
        let channels = channels(&recording);
        end_words_with_the_voice(&mut truth, &channels);
        ours.extend(word_time_errors(&truth, &transcribe(&recording)));
        let [by_heuristic, by_dtw] = whisper.hear(&channels);
        let transcript = |segments| Transcript { segments, ..truth.transcript() };
        heuristic.extend(word_time_errors(&truth, &transcript(by_heuristic)));
        dtw.extend(word_time_errors(&truth, &transcript(by_dtw)));
    }
    let [starts, ends] = print("worker", &ours);
    Figure::at_most("word_start_p95_ms", starts, 150.0).print();
    Figure::report("word_end_p95_ms", ends).print();
    for (way, errors) in [("heuristic", heuristic), ("dtw", dtw)] {
        let [starts, ends] = print(way, &errors);
        Figure::report(format!("word_start_p95_ms_{way}"), starts).print();
        Figure::report(format!("word_end_p95_ms_{way}"), ends).print();
    }
}

fn model() -> PathBuf {
    repository("gpu-worker/model/ggml-micro-call-en.bin")
}

/// Prints a line and gives the 95th percentiles of starts and ends.
fn print(way: &str, errors: &[WordTimeError]) -> [f64; 2] {
    let percentiles = |values: Vec<u32>| {
        [50, 95].map(|percent| f64::from(percentile(&values, percent).expect("words were heard")))
    };
    let [start_p50, start_p95] = percentiles(errors.iter().map(|error| error.start_ms).collect());
    let [end_p50, end_p95] = percentiles(errors.iter().map(|error| error.end_ms).collect());
    println!(
        "{way}: {} words start {start_p50} ms (p50) and {start_p95} ms (p95) off, \
         and end {end_p50} ms and {end_p95} ms off",
        errors.len()
    );
    [start_p95, end_p95]
}

/// One speaker's sound, at 16 kHz.
struct Channel {
    number: u8,
    speaker: Speaker,
    sound: Vec<f32>,
}

fn channels(recording: &Path) -> Vec<Channel> {
    let file = File::open(recording).expect("readable");
    let Recording { duration_ms, tracks, .. } = decode(file, AgentChannel(0), &|| false).expect("sound");
    tracks
        .into_iter()
        .map(|track| Channel {
            number: track.channel,
            speaker: track.speaker,
            sound: audio::as_float(&track.read(&(0..duration_ms)).expect("readable")),
        })
        .collect()
}

/// In the truth a word lasts until the next one starts, across a pause too. Its voice ends with the
/// last moment of that time that is loud.
fn end_words_with_the_voice(truth: &mut CallTruth, channels: &[Channel]) {
    for segment in &mut truth.segments {
        let channel =
            channels.iter().find(|channel| channel.number == segment.channel).expect("two channels");
        let loudest = frames(&channel.sound, segment.start_s, segment.end_s)
            .map(|(_, energy)| energy)
            .fold(f32::MIN_POSITIVE, f32::max);
        for word in &mut segment.words {
            let voiced = frames(&channel.sound, word.start_s, word.end_s)
                .filter(|(_, energy)| 10.0 * (energy / loudest).log10() > VOICE_ABOVE_DB);
            if let Some((end_s, _)) = voiced.last() {
                word.end_s = end_s.min(word.end_s);
            }
        }
    }
}

/// The end of each frame between two moments, in seconds, and its energy.
fn frames(sound: &[f32], start_s: f64, end_s: f64) -> impl Iterator<Item = (f64, f32)> {
    let frame = (u64::from(FRAME_MS) * SAMPLES_PER_MS) as usize;
    let sample = |seconds: f64| ((seconds * 1000.0 * SAMPLES_PER_MS as f64) as usize).min(sound.len());
    sound[sample(start_s)..sample(end_s)].chunks(frame).zip(1_u32..).map(move |(samples, count)| {
        let end_s = start_s + f64::from(count * FRAME_MS) / 1000.0;
        (end_s, samples.iter().map(|sample| sample * sample).sum())
    })
}

/// whisper.cpp with both of its own ways switched on.
struct Whisper {
    context: WhisperContext,
    state: WhisperState,
}

impl Whisper {
    fn load(model: &Path) -> Self {
        whisper_rs::install_logging_hooks();
        let mut parameters = WhisperContextParameters::default();
        // Flash attention would switch the warping off.
        parameters.flash_attn(false).dtw_parameters(DtwParameters {
            mode: DtwMode::TopMost { n_top: ALIGNMENT_LAYERS },
            dtw_mem_size: DTW_MEMORY_BYTES,
        });
        let context = WhisperContext::new_with_params(model, parameters).expect("the demo model");
        let state = context.create_state().expect("memory");
        Self { context, state }
    }

    /// The same words twice: with the times of the heuristic and with those of the warping.
    fn hear(&mut self, channels: &[Channel]) -> [Vec<Segment>; 2] {
        let mut parameters = whisper::parameters("en", 1);
        parameters.set_token_timestamps(true);
        let mut segments = [Vec::new(), Vec::new()];
        for channel in channels {
            self.state.full(parameters.clone(), &channel.sound).expect("heard");
            for heard in self.state.as_iter() {
                for (times, segments) in [heuristic as Times, warped].into_iter().zip(&mut segments) {
                    segments.push(self.segment(&heard, channel, times));
                }
            }
        }
        segments
    }

    fn segment(&self, heard: &WhisperSegment, channel: &Channel, times: Times) -> Segment {
        let [start_ms, end_ms] = [heard.start_timestamp(), heard.end_timestamp()].map(milliseconds);
        let mut words: Vec<Word> = Vec::new();
        let mut before_ms = start_ms;
        let tokens = (0..heard.n_tokens()).filter_map(|index| heard.get_token(index));
        for token in tokens.filter(|token| token.token_id() < self.context.token_eot()) {
            let text = token.to_str_lossy().expect("text");
            let (start_ms, end_ms) = times(&token, before_ms);
            before_ms = end_ms;
            match words.last_mut() {
                Some(word) if !text.starts_with(' ') => {
                    word.text.push_str(&text);
                    word.end_ms = end_ms;
                }
                _ => words.push(Word {
                    text: text.trim_start().to_owned(),
                    start_ms,
                    end_ms,
                    probability: token.token_probability(),
                }),
            }
        }
        let Channel { number: channel, speaker, .. } = *channel;
        Segment { channel, speaker, start_ms, end_ms, words, doubts: Vec::new() }
    }
}

/// Start and end of a token, which is given with the end of the one before it in its segment.
type Times = fn(&WhisperToken, u32) -> (u32, u32);

fn heuristic(token: &WhisperToken, _before_ms: u32) -> (u32, u32) {
    let data = token.token_data();
    (milliseconds(data.t0), milliseconds(data.t1))
}

/// The warping gives one moment a token: that at which attention has left it.
fn warped(token: &WhisperToken, before_ms: u32) -> (u32, u32) {
    (before_ms, milliseconds(token.token_data().t_dtw))
}
