//! MP3 with a variable bit rate, as Ringba's recordings often are.

use anyhow::{Context, anyhow};
use mp3lame_encoder::{Builder, FlushGap, Mode, MonoPcm, Quality, VbrMode, max_required_buffer_size};

/// LAME's own advice for a last frame.
const LAST_FRAMES_BYTES: usize = 7_200;

/// Encodes one channel, given in pieces. The first frame tells the encoder's delay and where each
/// hundredth of the recording lies.
pub fn encode(rate: u32, pieces: impl Iterator<Item = Vec<i16>>) -> anyhow::Result<Vec<u8>> {
    let mut encoder = Builder::new()
        .context("there is no memory for an encoder")?
        .with_sample_rate(rate)
        .and_then(|builder| builder.with_num_channels(1))
        .and_then(|builder| builder.with_mode(Mode::Mono))
        .and_then(|builder| builder.with_vbr_mode(VbrMode::Mtrh))
        .and_then(|builder| builder.with_vbr_quality(Quality::Good))
        .and_then(Builder::build)
        .map_err(|error| anyhow!("{error}"))?;
    let mut mp3 = Vec::new();
    for piece in pieces {
        mp3.reserve(max_required_buffer_size(piece.len()));
        encoder.encode_to_vec(MonoPcm(&piece[..]), &mut mp3).map_err(|error| anyhow!("{error}"))?;
    }
    mp3.reserve(LAST_FRAMES_BYTES);
    encoder.flush_to_vec::<FlushGap>(&mut mp3).map_err(|error| anyhow!("{error}"))?;
    let mut first_frame = Vec::with_capacity(encoder.lame_tag_size());
    encoder.lame_tag_encode_to_vec(&mut first_frame).context("the first frame is missing")?;
    mp3[..first_frame.len()].copy_from_slice(&first_frame);
    Ok(mp3)
}
