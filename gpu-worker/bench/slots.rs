//! Several slots on one model: each a thread with a state of its own, all at work at the same time.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use gpu_worker::audio;
use gpu_worker::engine::whisper;
use whisper_rs::{FullParams, WhisperContext};

const SAMPLE_RATE: usize = audio::SAMPLE_RATE as usize;

/// whisper.cpp hears sound in windows of this length.
const WINDOW_SECONDS: usize = 30;

/// What every slot does.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    pub calls: usize,
    pub call_seconds: usize,
    /// Text tokens for each window of 30 s: what a window costs beside its sound.
    pub tokens: u16,
    /// CPU threads of each slot.
    pub threads: u16,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    pub audio_seconds: f64,
    pub took: Duration,
    /// As decoded, to be held against what was asked for.
    pub tokens_per_window: f64,
}

impl Outcome {
    pub fn audio_seconds_per_second(self) -> f64 {
        self.audio_seconds / self.took.as_secs_f64()
    }
}

/// Lets `slots` slots work until all are done. The time counts from when all are warm.
pub fn run(model: &WhisperContext, slots: usize, work: Work) -> Outcome {
    let warm = Barrier::new(slots + 1);
    let (took, tokens) = thread::scope(|scope| {
        let working: Vec<_> = (0..slots).map(|_| scope.spawn(|| slot(model, work, &warm))).collect();
        warm.wait();
        let began = Instant::now();
        let tokens: usize = working.into_iter().map(|slot| slot.join().expect("no slot fails")).sum();
        (began.elapsed(), tokens)
    });
    let calls = slots * work.calls;
    let windows = calls * work.call_seconds.div_ceil(WINDOW_SECONDS);
    Outcome {
        audio_seconds: (calls * work.call_seconds) as f64,
        took,
        tokens_per_window: tokens as f64 / windows as f64,
    }
}

/// Hears calls, and counts the tokens.
fn slot(model: &WhisperContext, work: Work, warm: &Barrier) -> usize {
    let mut state = model.create_state().expect("there is memory for one more slot");
    let parameters = parameters(work);
    let sound = speech(work.call_seconds);
    // The first run allocates and, on a GPU, compiles.
    state.full(parameters.clone(), &sound[..SAMPLE_RATE]).expect("a second is heard");
    warm.wait();
    (0..work.calls)
        .map(|_| {
            state.full(parameters.clone(), &sound).expect("a call is heard");
            state.as_iter().map(|segment| segment.n_tokens().unsigned_abs() as usize).sum::<usize>()
        })
        .sum()
}

/// As the worker's, but that every window has the same number of tokens: no times, which would move
/// the windows, no second try at another temperature, no window taken for silence.
fn parameters(work: Work) -> FullParams<'static, 'static> {
    let mut parameters = whisper::parameters("en", work.threads);
    parameters.set_no_timestamps(true);
    parameters.set_temperature_inc(0.0);
    parameters.set_entropy_thold(0.0);
    parameters.set_logprob_thold(f32::NEG_INFINITY);
    parameters.set_no_speech_thold(1.0);
    // whisper.cpp ends a window with the token after these.
    parameters.set_max_tokens(i32::from(work.tokens) - 1);
    parameters
}

/// Noise with a pause in every fourth second.
fn speech(seconds: usize) -> Vec<f32> {
    let mut state = 1_u32;
    (0..seconds * SAMPLE_RATE)
        .map(|sample| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let noise = state as f32 / u32::MAX as f32 - 0.5;
            if sample / SAMPLE_RATE % 4 == 3 { 0.001 * noise } else { 0.2 * noise }
        })
        .collect()
}
