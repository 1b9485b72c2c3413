//! The calls of a trial, with recordings of a few seconds: more of them than two processors could decode if they had
//! the length that the ledger says.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use pipeline::workspace;
use rand::Rng;
use rand::rngs::StdRng;
use ringba_simulator::{Ledger, LedgerCall};
use rust_decimal::Decimal;

use crate::Trial;

/// Hours before the trial that the account has been read for.
pub const EARLIER: TimeDelta = TimeDelta::minutes(150);

/// Sound of each recording.
const SECONDS: u32 = 4;

/// Calls that begin and end from `begins` on, and those of the hours before. Recordings are written into `folder`.
pub fn ledger(
    trial: Trial,
    begins: DateTime<Utc>,
    folder: &Path,
    random: &mut StdRng,
) -> anyhow::Result<Ledger> {
    let sounds = beginnings_of_demo_calls()?;
    let mut ledger = Ledger::default();
    // The last ones have a chance to be hit, too.
    let last_end_s = trial.lasting.as_secs_f64() * 0.9;
    for number in 0..trial.calls {
        let id = format!("RGB{number:06}");
        let end = begins + seconds(random.random_range(1.0..last_end_s));
        let length_s = random.random_range(5..240);
        let mut call = call(id.clone(), end - TimeDelta::seconds(length_s), length_s, random);
        call.link_after = Duration::from_millis(random.random_range(500..8_000));
        let file = folder.join(format!("{id}.mp3"));
        let sound = &sounds[random.random_range(0..sounds.len())];
        std::fs::write(&file, [tag(&id), sound.clone()].concat())?;
        call.recording = Some(file);
        ledger.add(call);
    }
    for number in 0..trial.earlier_calls {
        let start = begins - seconds(random.random_range(1_200.0..EARLIER.as_seconds_f64() - 60.0));
        let length_s = random.random_range(5..240);
        ledger.add(call(format!("RGB-earlier-{number:06}"), start, length_s, random));
    }
    Ok(ledger)
}

fn call(id: String, start: DateTime<Utc>, length_s: i64, random: &mut StdRng) -> LedgerCall {
    // Ringba tells moments in milliseconds.
    let start = DateTime::from_timestamp_millis(start.timestamp_millis()).unwrap_or(start);
    let mut call = LedgerCall::new(id, start, Duration::from_secs(length_s.unsigned_abs()));
    call.revenue = Decimal::new(random.random_range(0..9_000), 2);
    call.payout = Decimal::new(random.random_range(0..5_000), 2);
    call.cost = Decimal::new(random.random_range(0..90_000), 4);
    call
}

fn seconds(seconds: f64) -> TimeDelta {
    TimeDelta::milliseconds((seconds * 1000.0) as i64)
}

/// A tag before the sound, so that no two recordings have the same bytes.
fn tag(title: &str) -> Vec<u8> {
    let text = [&[3], title.as_bytes()].concat();
    let frame = [b"TIT2", size(text.len()).as_slice(), &[0, 0], &text].concat();
    [b"ID3", [4, 0, 0].as_slice(), &size(frame.len()), &frame].concat()
}

/// Seven bits in each byte, as ID3 counts.
fn size(bytes: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| (bytes >> shift & 0x7f) as u8)
}

/// Whole MPEG frames from the beginning of each demo call. They have a constant rate, so that frames are all of one
/// length.
fn beginnings_of_demo_calls() -> anyhow::Result<Vec<Vec<u8>>> {
    let calls = call_truth::load_folder(&workspace().join("end2end/calls"))?;
    let beginning = |file: &Path| {
        let bytes = std::fs::read(file)?;
        let tag = bytes[6..10].iter().fold(0, |size, byte| size << 7 | usize::from(*byte)) + 10;
        let sound = &bytes[tag..];
        // Layer III below 32 kHz: 576 samples a frame.
        let (rate_bytes, sampling_rate) = match (sound[1], sound[2] >> 4, sound[2] >> 2 & 3) {
            (0xf3, 6, 2) => (6_000, 16_000),
            (0xe3, 4, 2) => (4_000, 8_000),
            other => anyhow::bail!("{other:?} is no header of a demo call"),
        };
        let frame = (576 * rate_bytes / sampling_rate) as usize;
        let frames = (SECONDS * sampling_rate / 576) as usize;
        // The first frame only tells how many there are.
        let whole = sound.get(frame..frame * (frames + 1)).context("the call is too short")?;
        ensure!(whole.chunks(frame).all(|header| header[0] == 0xff), "frames are not all of one length");
        Ok(whole.to_vec())
    };
    calls.iter().map(|call| beginning(&call.recording)).collect()
}
