//! WAV files.

/// How samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Pcm16,
    MuLaw,
}

impl Coding {
    fn tag(self) -> u16 {
        match self {
            Self::Pcm16 => 1,
            Self::MuLaw => 7,
        }
    }

    fn bytes(self) -> u16 {
        match self {
            Self::Pcm16 => 2,
            Self::MuLaw => 1,
        }
    }

    fn write(self, sample: i16, data: &mut Vec<u8>) {
        match self {
            Self::Pcm16 => data.extend_from_slice(&sample.to_le_bytes()),
            Self::MuLaw => data.push(mu_law(sample)),
        }
    }
}

/// A whole file. All channels have the same length.
pub fn wav(coding: Coding, rate: u32, channels: &[Vec<i16>]) -> Vec<u8> {
    let mut data = Vec::new();
    for at in 0..channels[0].len() {
        for channel in channels {
            coding.write(channel[at], &mut data);
        }
    }
    let length = u32::try_from(data.len()).expect("short");
    let count = u16::try_from(channels.len()).expect("few channels");
    let mut file = header(coding, rate, count, length);
    file.append(&mut data);
    file
}

/// What comes before `length` bytes of samples. Codings other than PCM announce the length of what
/// follows their description: nothing.
pub fn header(coding: Coding, rate: u32, channels: u16, length: u32) -> Vec<u8> {
    let extra: &[u8] = if coding == Coding::Pcm16 { b"" } else { b"\0\0" };
    let description = 16 + u32::try_from(extra.len()).expect("short");
    let frame = channels * coding.bytes();
    let mut header = Vec::new();
    header.extend_from_slice(b"RIFF");
    header.extend_from_slice(&(length + 20 + description).to_le_bytes());
    header.extend_from_slice(b"WAVEfmt ");
    header.extend_from_slice(&description.to_le_bytes());
    header.extend_from_slice(&coding.tag().to_le_bytes());
    header.extend_from_slice(&channels.to_le_bytes());
    header.extend_from_slice(&rate.to_le_bytes());
    header.extend_from_slice(&(rate * u32::from(frame)).to_le_bytes());
    header.extend_from_slice(&frame.to_le_bytes());
    header.extend_from_slice(&(coding.bytes() * 8).to_le_bytes());
    header.extend_from_slice(extra);
    header.extend_from_slice(b"data");
    header.extend_from_slice(&length.to_le_bytes());
    header
}

/// ITU-T G.711: sign, exponent and four bits of mantissa, all inverted.
fn mu_law(sample: i16) -> u8 {
    const BIAS: u16 = 0x84;
    let magnitude = sample.unsigned_abs().min(32_635) + BIAS;
    let exponent = 8 - u16::try_from(magnitude.leading_zeros()).expect("at most 16");
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !(sign | u8::try_from(exponent << 4 | mantissa).expect("seven bits"))
}
