//! What a file is, by its first bytes. Names and announced types are not believed.

/// This many bytes decide.
pub const BYTES_NEEDED: usize = 12;

/// The audio formats that are kept. What the worker cannot decode ends there, with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudioType {
    Mp3,
    Wav,
    Ogg,
    Flac,
    Mp4,
}

impl AudioType {
    pub const ALL: [Self; 5] = [Self::Mp3, Self::Wav, Self::Ogg, Self::Flac, Self::Mp4];

    /// Reads the signature at the beginning of a file.
    pub fn of(beginning: &[u8]) -> Option<Self> {
        match beginning {
            [b'I', b'D', b'3', ..] => Some(Self::Mp3),
            // An MPEG frame of layer II or III: eleven set bits, a known version. Layer I is not in use, and
            // its header is the mark at the beginning of a UTF-16 text.
            [0xFF, second, ..]
                if second & 0xE0 == 0xE0 && second & 0x18 != 0x08 && matches!(second & 0x06, 0x02 | 0x04) =>
            {
                Some(Self::Mp3)
            }
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some(Self::Wav),
            [b'O', b'g', b'g', b'S', ..] => Some(Self::Ogg),
            [b'f', b'L', b'a', b'C', ..] => Some(Self::Flac),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            _ => None,
        }
    }

    pub const fn extension(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::Ogg => "ogg",
            Self::Flac => "flac",
            Self::Mp4 => "m4a",
        }
    }

    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/wav",
            Self::Ogg => "audio/ogg",
            Self::Flac => "audio/flac",
            Self::Mp4 => "audio/mp4",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_the_type() {
        for (beginning, audio) in [
            (b"ID3\x03\0\0".as_slice(), Some(AudioType::Mp3)),
            (b"\xFF\xFB\x90\x64", Some(AudioType::Mp3)),
            (b"\xFF\xF3\x40\xC0", Some(AudioType::Mp3)),
            (b"\xFF\xF1\x50\x80", None), // AAC without a container
            (b"\xFF\xFE<\0h\0", None),   // UTF-16 text
            (b"RIFF\x24\0\0\0WAVEfmt ", Some(AudioType::Wav)),
            (b"RIFF\x24\0\0\0AVI LIST", None),
            (b"OggS\0\x02", Some(AudioType::Ogg)),
            (b"fLaC\0\0", Some(AudioType::Flac)),
            (b"\0\0\0\x20ftypM4A ", Some(AudioType::Mp4)),
            (b"<!DOCTYPE html>", None),
            (b"{\"error\": 1}", None),
            (b"", None),
        ] {
            assert_eq!(AudioType::of(beginning), audio, "{beginning:?}");
        }
    }
}
