//! `told_time ORIGINAL.mp3 COPY.mp3`: an hour whose sound tells the time, with a variable bit rate,
//! and the review copy that the worker makes of it.
//!
//! Three tones sound at once. One tells the minute and one the second, each with a step for every
//! number; the third rises through each second. `end2end/tests/told-time.ts` reads them, and has the
//! same numbers.

mod variable;

use std::f64::consts::TAU;
use std::fs::{self, File};
use std::io;

use anyhow::Context;
use gpu_worker::audio::channels::AgentChannel;
use gpu_worker::audio::{self, review_copy};

const RATE: u32 = 16_000;
const SECONDS: u32 = 3_600;

const MINUTE_HZ: u32 = 500;
const SECOND_HZ: u32 = 2_200;
const STEP_HZ: u32 = 25;
const RISE_FROM_HZ: f64 = 4_000.0;
const RISE_HZ: f64 = 1_500.0;

/// Of one tone, where it is loud: three of them and the noise stay below full scale.
const LOUD: f64 = 0.2;
/// Noise takes many bits, and the tones stand far above it.
const NOISE: f64 = 0.06;
const QUIET: f64 = 0.01;
/// Tones that change at once would click.
const FADE_SAMPLES: f64 = 80.0;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(original), Some(copy)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("told_time ORIGINAL.mp3 COPY.mp3");
    };
    fs::write(&original, variable::encode(RATE, Hour::new())?).context("the original cannot be written")?;
    let recording = audio::decode(File::open(&original)?, AgentChannel(0), &|| false)?;
    let mut made = review_copy::encode(&recording, &|| false)?;
    io::copy(&mut made.file, &mut File::create(&copy)?).context("the copy cannot be written")?;
    Ok(())
}

/// The hour, a second at a time.
struct Hour {
    second: u32,
    /// One period over a whole second: the table of every tone with whole Hertz.
    sine: Vec<f64>,
    rise: Vec<f64>,
    random: u32,
    /// Loud and quiet stretches take turns, and none is as long as the one before: tables of places
    /// in the file are wrong in between.
    loud: bool,
    stretch_ends: u32,
}

impl Hour {
    fn new() -> Self {
        let at = |n: u32| f64::from(n) / f64::from(RATE);
        Self {
            second: 0,
            sine: (0..RATE).map(|n| (TAU * at(n)).sin()).collect(),
            rise: (0..RATE)
                .map(|n| (TAU * (RISE_FROM_HZ * at(n) + RISE_HZ / 2.0 * at(n).powi(2))).sin())
                .collect(),
            random: 1,
            loud: false,
            stretch_ends: 0,
        }
    }

    /// Xorshift: the same noise in every run.
    fn random(&mut self) -> u32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        self.random
    }
}

impl Iterator for Hour {
    type Item = Vec<i16>;

    fn next(&mut self) -> Option<Vec<i16>> {
        if self.second == SECONDS {
            return None;
        }
        if self.second == self.stretch_ends {
            self.loud = !self.loud;
            self.stretch_ends = self.second + 2 + self.random() % 20;
        }
        let minute_hz = MINUTE_HZ + STEP_HZ * (self.second / 60);
        let second_hz = SECOND_HZ + STEP_HZ * (self.second % 60);
        let (gain, noise_gain) = if self.loud { (LOUD, NOISE) } else { (QUIET, 0.0) };
        self.second += 1;
        let sound = (0..RATE).map(|n| {
            let tone = |hertz: u32| self.sine[(hertz * n % RATE) as usize];
            let tones = tone(minute_hz) + tone(second_hz) + self.rise[n as usize];
            let fade = (f64::from(n.min(RATE - n)) / FADE_SAMPLES).min(1.0);
            let noise = f64::from(self.random()) / f64::from(u32::MAX) * 2.0 - 1.0;
            ((tones * gain * fade + noise * noise_gain) * f64::from(i16::MAX)) as i16
        });
        Some(sound.collect())
    }
}
