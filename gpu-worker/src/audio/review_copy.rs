//! The copy of a recording that reviewers listen to.
//!
//! MP3 with a constant bit rate: every browser plays it, and as all frames have the same length, a
//! jump to a moment is a multiplication. Ringba's recordings often are MP3s with a variable bit rate,
//! where browsers guess. The first frame tells how much the encoder put in front, so that the copy has
//! the recording's own times. Other formats were weighed: WAV is 4 times as large even as µ-law, Opus
//! is smaller but not played everywhere, and none seeks more exactly.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};

use mp3lame_encoder::{
    Bitrate, Builder, DualPcm, Encoder, FlushGap, Mode, MonoPcm, Quality, max_required_buffer_size,
};
use sha2::{Digest, Sha256};

use super::{Recording, SAMPLE_RATE};

pub const CONTENT_TYPE: &str = "audio/mpeg";

/// Sound that is read and encoded at once.
const STEP_MS: u32 = 10_000;

/// LAME's own advice for a last frame.
const LAST_FRAMES_BYTES: usize = 7_200;

/// A finished copy, in a file without a name.
pub struct ReviewCopy {
    pub file: File,
    pub bytes: u64,
    /// In lower-case hexadecimal digits.
    pub sha256: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ReviewCopyError {
    #[error("The worker could not keep the review copy on its disk.")]
    Disk(#[from] io::Error),
    #[error("The review copy could not be encoded: {0}.")]
    Encoder(String),
    #[error("Encoding was stopped.")]
    Stopped,
}

/// Encodes a recording: one channel at 40 kbit/s, or two at 64. Frames of 32 kbit/s would be too short
/// for what the first one tells. `stopped` is asked every ten seconds of sound.
pub fn encode(recording: &Recording, stopped: &dyn Fn() -> bool) -> Result<ReviewCopy, ReviewCopyError> {
    let mut encoder = encoder(recording.tracks.len())?;
    let mut copy = BufWriter::new(tempfile::tempfile()?);
    let mut frames = Vec::new();
    for from in (0..recording.duration_ms).step_by(STEP_MS as usize) {
        if stopped() {
            return Err(ReviewCopyError::Stopped);
        }
        let step = from..(from + STEP_MS).min(recording.duration_ms);
        let sound = recording.tracks.iter().map(|track| track.read(&step)).collect::<io::Result<Vec<_>>>()?;
        frames.reserve(max_required_buffer_size(sound.first().map_or(0, Vec::len)));
        let taken = match &sound[..] {
            [left, right] => encoder.encode_to_vec(DualPcm { left, right }, &mut frames),
            [only] => encoder.encode_to_vec(MonoPcm(&only[..]), &mut frames),
            _ => Ok(0),
        };
        taken.map_err(|error| ReviewCopyError::Encoder(error.to_string()))?;
        copy.write_all(&frames)?;
        frames.clear();
    }
    frames.reserve(LAST_FRAMES_BYTES);
    // Filled up with silence, whose length the first frame tells; without, the last tenth of a second
    // would stay in the encoder.
    let flushed = encoder.flush_to_vec::<FlushGap>(&mut frames);
    flushed.map_err(|error| ReviewCopyError::Encoder(error.to_string()))?;
    copy.write_all(&frames)?;
    let mut file = copy.into_inner().map_err(io::IntoInnerError::into_error)?;
    // The first frame holds no sound; what it tells is only known now.
    frames.clear();
    frames.reserve(encoder.lame_tag_size());
    if encoder.lame_tag_encode_to_vec(&mut frames).is_none() {
        return Err(ReviewCopyError::Encoder("the first frame is missing".to_owned()));
    }
    file.rewind()?;
    file.write_all(&frames)?;
    let (bytes, sha256) = measured(&mut file)?;
    Ok(ReviewCopy { file, bytes, sha256 })
}

fn encoder(channels: usize) -> Result<Encoder, ReviewCopyError> {
    let (mode, bit_rate) =
        if channels == 2 { (Mode::Stereo, Bitrate::Kbps64) } else { (Mode::Mono, Bitrate::Kbps40) };
    let Some(builder) = Builder::new() else {
        return Err(ReviewCopyError::Encoder("there is no memory for it".to_owned()));
    };
    builder
        .with_sample_rate(SAMPLE_RATE)
        .and_then(|builder| builder.with_num_channels(if channels == 2 { 2 } else { 1 }))
        .and_then(|builder| builder.with_mode(mode))
        .and_then(|builder| builder.with_brate(bit_rate))
        .and_then(|builder| builder.with_quality(Quality::Ok))
        .and_then(Builder::build)
        .map_err(|error| ReviewCopyError::Encoder(error.to_string()))
}

/// Length and hash of a file, which is at its start afterwards.
fn measured(file: &mut File) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    file.rewind()?;
    let bytes = io::copy(file, &mut hash)?;
    file.rewind()?;
    Ok((bytes, format!("{:x}", hash.finalize())))
}

#[cfg(test)]
mod tests {
    use supabase_client::transcript::Speaker;

    use super::*;
    use crate::audio::channels::AgentChannel;
    use crate::audio::decode;
    use crate::audio::track::TrackWriter;

    /// A recording with a tone on each channel.
    fn recording(channels: u8, samples: u16) -> Recording {
        let mut duration_ms = 0;
        let tone = |channel: u8| {
            let step = 0.2 + 0.1 * f32::from(channel);
            (0..samples).map(|n| 0.4 * (f32::from(n) * step).sin()).collect::<Vec<_>>()
        };
        let mut track = |channel| {
            let mut writer = TrackWriter::new().expect("a temporary file");
            writer.write(&tone(channel)).expect("room on the disk");
            duration_ms = writer.duration_ms();
            writer.finish(channel, Speaker::Unknown).expect("written out")
        };
        let tracks = (0..channels).map(&mut track).collect();
        Recording { duration_ms, lost: Vec::new(), tracks }
    }

    #[test]
    fn a_copy_is_as_long_as_its_recording() {
        for (channels, samples) in [(1, 1_600), (1, 20_011), (2, 1_600), (2, 16_000), (2, 20_011)] {
            let recording = recording(channels, samples);
            let copy = encode(&recording, &|| false).expect("encoded");
            let heard = decode(copy.file, AgentChannel(0), &|| false).expect("an MP3");
            let length = recording.duration_ms;
            assert_eq!(heard.duration_ms, length, "{channels} channels");
            for track in &heard.tracks {
                let end = track.read(&(length - 10..length)).expect("readable");
                assert!(end.iter().any(|sample| sample.unsigned_abs() > 6_000), "the end is there");
            }
        }
    }
}
