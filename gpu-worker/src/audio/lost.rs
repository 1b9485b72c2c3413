//! How much of an MP3 is missing in its middle.
//!
//! Where frames of an MP3 are destroyed together with their headers, the decoder goes on with the next
//! frame that it finds, as if nothing had been in between. What is missing shows only in the file:
//! there are more bytes between two frames than the frames have.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use symphonia::core::io::MediaSource;
use symphonia::core::packet::Packet;

/// The file is read in pieces of this many bytes, so that it is known to that many bytes where the
/// decoder is: less than half a frame of a telephone's MP3.
const STEP: usize = 64;

/// How far a file has been read.
#[derive(Debug, Clone, Default)]
pub struct Position(Arc<AtomicU64>);

impl Position {
    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A file that tells how far it has been read.
pub struct TellingFile {
    file: BufReader<File>,
    bytes: u64,
    position: Position,
}

impl TellingFile {
    pub fn new(file: File) -> io::Result<Self> {
        let bytes = file.metadata()?.len();
        Ok(Self { file: BufReader::new(file), bytes, position: Position::default() })
    }

    /// Goes on telling when the file is in other hands.
    pub fn position(&self) -> Position {
        self.position.clone()
    }
}

impl Read for TellingFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(STEP);
        let read = self.file.read(&mut buffer[..length])?;
        self.position.0.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for TellingFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = self.file.seek(to)?;
        self.position.0.store(position, Ordering::Relaxed);
        Ok(position)
    }
}

impl MediaSource for TellingFile {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.bytes)
    }
}

/// Counts the bytes of packets against those of the file.
pub struct Losses {
    position: Position,
    /// Where the file would be if nothing but packets were in it; none before the first.
    expected: Option<u64>,
    packets: u64,
    bytes: u64,
}

impl Losses {
    pub fn new(position: Position) -> Self {
        Self { position, expected: None, packets: 0, bytes: 0 }
    }

    /// How many packets are missing in front of this one, by the mean length of those before. To be
    /// asked once for every packet, just after it was read.
    pub fn before(&mut self, packet: &Packet) -> u64 {
        let (read, length) = (self.position.get(), packet.data.len() as u64);
        self.packets += 1;
        self.bytes += length;
        // What lies in front of the first packet is no sound, and a reader that looked ahead is
        // further than its packets.
        let expected = self.expected.map_or(read, |before| (before + length).min(read));
        let surplus = read - expected;
        if surplus < length.max(2 * STEP as u64) {
            self.expected = Some(expected);
            return 0;
        }
        self.expected = Some(read);
        (surplus * self.packets + self.bytes / 2) / self.bytes
    }
}

#[cfg(test)]
mod tests {
    use symphonia::core::units::{Duration, Timestamp};

    use super::*;

    /// What is said to be lost when, before each packet of 200 bytes, the file has been read this far.
    fn lost(positions: &[u64]) -> Vec<u64> {
        let position = Position::default();
        let mut losses = Losses::new(position.clone());
        let packet = Packet::new(0, Timestamp::ZERO, Duration::from(576_u64), vec![0; 200]);
        let before = positions.iter().map(|read| {
            position.0.store(*read, Ordering::Relaxed);
            losses.before(&packet)
        });
        before.collect()
    }

    #[test]
    fn packets_one_behind_the_other_lose_nothing() {
        assert_eq!(lost(&[640, 832, 1_024, 1_216, 1_472]), [0; 5]);
    }

    #[test]
    fn looking_ahead_is_no_loss() {
        assert_eq!(lost(&[1_024, 1_024, 1_024, 1_024, 1_216, 1_408]), [0; 6]);
    }

    #[test]
    fn bytes_between_packets_are_lost_packets() {
        assert_eq!(lost(&[640, 832, 1_600, 1_792]), [0, 0, 3, 0]);
        assert_eq!(lost(&[640, 832, 3_008, 3_264, 4_032]), [0, 0, 10, 0, 3]);
    }
}
