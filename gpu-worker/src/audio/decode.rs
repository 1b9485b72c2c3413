//! Decoding, in pieces, of whatever a recording turns out to be.

use std::fs::File;
use std::io;
use std::ops::Range;

use supabase_client::transcript::Speaker;
use symphonia::core::codecs::audio::well_known::CODEC_ID_MP3;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;
use symphonia::core::units::Duration;

use super::Planes;
use super::channels::{AgentChannel, Comparison, mix};
use super::lost::{Losses, TellingFile};
use super::resample::Converter;
use super::track::{Recording, TrackWriter};

/// In the ruins of an MP3 a few bytes can look like the head of a frame of another kind. More of them
/// than this in a row are no accident.
const MOST_STRANGE_PACKETS: u32 = 4;

/// Silence that is written at once.
const SILENCE_FRAMES: usize = 16_384;

/// Why a recording cannot be heard. The sentences are for the people who open the call.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    #[error("The recording is empty.")]
    Empty,
    #[error("The recording is not audio: no MP3 or WAV sound was found in the file.")]
    NotAudio,
    #[error("The recording is in a format that cannot be read ({0}).")]
    Unsupported(&'static str),
    #[error("The recording is damaged: most of it cannot be decoded.")]
    Damaged,
    #[error("The recording changes its sample rate or its channels in the middle.")]
    Changing,
    #[error("The recording's sample rate of {0} Hz cannot be converted.")]
    SampleRate(u32),
    #[error("The worker could not keep the decoded recording on its disk.")]
    Disk(#[from] io::Error),
    #[error("Decoding was stopped.")]
    Stopped,
}

impl AudioError {
    /// Its short lasting name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "recording_empty",
            Self::NotAudio => "recording_not_audio",
            Self::Unsupported(_) => "recording_unsupported",
            Self::Damaged => "recording_damaged",
            Self::Changing => "recording_changing",
            Self::SampleRate(_) => "recording_sample_rate",
            Self::Disk(_) => "worker_disk",
            Self::Stopped => "stopped",
        }
    }
}

/// Decodes a recording into one track (mono, or two channels that carry the same sound) or two.
///
/// The content decides what the file is; its name says nothing. Packets that cannot be decoded or
/// found become silence of their length, so that everything behind them stays at its time. `stopped`
/// is asked before each packet.
pub fn decode(file: File, agent: AgentChannel, stopped: &dyn Fn() -> bool) -> Result<Recording, AudioError> {
    if file.metadata()?.len() == 0 {
        return Err(AudioError::Empty);
    }
    let mut source = Source::open(file)?;
    let mut sink: Option<Sink> = None;
    let mut leading_gap = 0;
    let (mut good, mut broken) = (0_u64, 0_u64);
    let mut strange = 0;
    while let Some(packet) = source.next_packet()? {
        if stopped() {
            return Err(AudioError::Stopped);
        }
        let decoded = source.decode(&packet)?;
        if source.is_of_another_kind(&packet, decoded.is_some()) {
            strange += 1;
            if strange > MOST_STRANGE_PACKETS {
                return Err(AudioError::Changing);
            }
            continue;
        }
        strange = 0;
        let (delay, padding) = (frames(packet.trim_start), frames(packet.trim_end));
        let length = frames(packet.dur) + delay + padding;
        let lost = source.lost_before(&packet);
        broken += lost;
        let mut gap = length.saturating_mul(usize::try_from(lost).unwrap_or(usize::MAX));
        if decoded.is_none() {
            broken += 1;
            gap += length;
        }
        match &mut sink {
            Some(sink) => sink.write_silence(gap)?,
            None => leading_gap += gap,
        }
        let Some((format, mut planes)) = decoded else { continue };
        for plane in &mut planes {
            plane.drain(..delay.min(plane.len()));
        }
        good += 1;
        let sink = match &mut sink {
            Some(sink) if sink.format == format => sink,
            Some(_) => return Err(AudioError::Changing),
            none => {
                let sink = none.insert(Sink::new(format)?);
                sink.write_silence(std::mem::take(&mut leading_gap))?;
                sink
            }
        };
        sink.write_but_padding(planes, padding)?;
    }
    if broken > good {
        return Err(AudioError::Damaged);
    }
    // A container that was understood and holds nothing is a recording of nothing.
    let nothing = if broken == 0 { AudioError::Empty } else { AudioError::NotAudio };
    sink.ok_or(nothing)?.finish(agent)
}

fn frames(duration: Duration) -> usize {
    usize::try_from(duration.get()).unwrap_or(usize::MAX)
}

/// Version, sample rate and whether it is mono, out of the head of an MP3's frame. symphonia gives a
/// frame that differs from those before in these as a broken one.
fn kind_of_mp3(packet: &Packet) -> Option<(u8, u8, bool)> {
    let [_, version, rate, mode, ..] = *packet.data else { return None };
    Some((version & 0x18, rate & 0x0c, mode & 0xc0 == 0xc0))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Format {
    rate: u32,
    channels: usize,
}

/// The file behind symphonia.
struct Source {
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track_id: u32,
    /// For MP3, which has no other way to tell what is missing.
    losses: Option<Losses>,
    /// For MP3: of the first frame that was decoded.
    kind: Option<(u8, u8, bool)>,
}

impl Source {
    fn open(file: File) -> Result<Self, AudioError> {
        let file = TellingFile::new(file)?;
        let position = file.position();
        let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
        let reader = symphonia::default::get_probe()
            .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(|error| match error {
                SymphoniaError::Unsupported(what) if what.contains("codec") => AudioError::Unsupported(what),
                SymphoniaError::IoError(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
                    AudioError::Disk(error)
                }
                SymphoniaError::DecodeError(_) => AudioError::Damaged,
                _ => AudioError::NotAudio,
            })?;
        let track = reader.default_track(TrackType::Audio).ok_or(AudioError::NotAudio)?;
        let track_id = track.id;
        let parameters = track
            .codec_params
            .as_ref()
            .and_then(|parameters| parameters.audio())
            .ok_or(AudioError::NotAudio)?;
        // What an encoder put around the sound is cut off here: symphonia would also cut off all that lies
        // behind the end of an MP3 whose length it has only guessed.
        let options = AudioDecoderOptions::default().gapless(false);
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &options)
            .map_err(|_| AudioError::Unsupported("an unknown codec"))?;
        let losses = (parameters.codec == CODEC_ID_MP3).then(|| Losses::new(position));
        Ok(Self { reader, decoder, track_id, losses, kind: None })
    }

    /// Whether an MP3's packet is of another version, rate or number of channels than the first.
    fn is_of_another_kind(&mut self, packet: &Packet, is_good: bool) -> bool {
        if self.losses.is_none() {
            return false;
        }
        let kind = kind_of_mp3(packet);
        if is_good && self.kind.is_none() {
            self.kind = kind;
        }
        self.kind.is_some() && self.kind != kind
    }

    /// How many packets are missing between this one, just read, and the one before.
    fn lost_before(&mut self, packet: &Packet) -> u64 {
        self.losses.as_mut().map_or(0, |losses| losses.before(packet))
    }

    /// The next packet of sound. A file that ends in the middle of a packet has ended.
    fn next_packet(&mut self) -> Result<Option<Packet>, AudioError> {
        loop {
            match self.reader.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track_id => return Ok(Some(packet)),
                Ok(Some(_)) => {}
                Ok(None) | Err(SymphoniaError::DecodeError(_)) => return Ok(None),
                Err(SymphoniaError::ResetRequired) => return Err(AudioError::Changing),
                Err(SymphoniaError::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Ok(None);
                }
                Err(SymphoniaError::IoError(error)) => return Err(AudioError::Disk(error)),
                Err(_) => return Err(AudioError::Damaged),
            }
        }
    }

    /// `None` for a packet that is broken.
    fn decode(&mut self, packet: &Packet) -> Result<Option<(Format, Planes)>, AudioError> {
        match self.decoder.decode(packet) {
            Ok(sound) => {
                let format = Format { rate: sound.spec().rate(), channels: sound.num_planes() };
                let mut planes = Vec::new();
                sound.copy_to_vecs_planar(&mut planes);
                Ok(Some((format, planes)))
            }
            Err(SymphoniaError::DecodeError(_)) => Ok(None),
            Err(SymphoniaError::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(SymphoniaError::IoError(error)) => Err(AudioError::Disk(error)),
            Err(SymphoniaError::Unsupported(what)) => Err(AudioError::Unsupported(what)),
            Err(_) => Err(AudioError::Damaged),
        }
    }
}

/// Where decoded sound goes: converted to 16 kHz, one writer a channel.
struct Sink {
    format: Format,
    converter: Converter,
    writers: Vec<TrackWriter>,
    comparison: Comparison,
    /// What the file calls padding; it is that only where nothing follows.
    padding: Planes,
    /// Frames that were written so far, the padding apart.
    written: u64,
    /// Where silence stands for sound, in frames.
    lost: Vec<Range<u64>>,
}

impl Sink {
    fn new(format: Format) -> Result<Self, AudioError> {
        let kept = if format.channels == 2 { 2 } else { 1 };
        let writers = (0..kept).map(|_| TrackWriter::new()).collect::<io::Result<_>>()?;
        let converter = Converter::new(format.rate, kept).map_err(|_| AudioError::SampleRate(format.rate))?;
        let comparison = Comparison::default();
        Ok(Self { format, converter, writers, comparison, padding: Vec::new(), written: 0, lost: Vec::new() })
    }

    fn write(&mut self, planes: Planes) -> Result<(), AudioError> {
        self.written += planes.first().map_or(0, Vec::len) as u64;
        let planes = if planes.len() > 2 { vec![mix(&planes)] } else { planes };
        if let [left, right] = &planes[..] {
            self.comparison.add(left, right);
        }
        let converted = self.converter.push(planes).map_err(|_| AudioError::SampleRate(self.format.rate))?;
        self.keep(&converted)
    }

    /// Holds the last frames back until something follows them.
    fn write_but_padding(&mut self, mut planes: Planes, padding: usize) -> Result<(), AudioError> {
        let before = std::mem::take(&mut self.padding);
        if !before.is_empty() {
            self.write(before)?;
        }
        if padding > 0 {
            let cut = |plane: &mut Vec<f32>| plane.split_off(plane.len().saturating_sub(padding));
            self.padding = planes.iter_mut().map(cut).collect();
        }
        self.write(planes)
    }

    /// In place of what is lost. In pieces: where much is missing it would not fit into memory.
    fn write_silence(&mut self, frames: usize) -> Result<(), AudioError> {
        if frames == 0 {
            return Ok(());
        }
        let start = self.written + self.padding.first().map_or(0, Vec::len) as u64;
        let end = start + frames as u64;
        match self.lost.last_mut() {
            Some(before) if before.end == start => before.end = end,
            _ => self.lost.push(start..end),
        }
        let mut left = frames;
        while left > 0 {
            let piece = left.min(SILENCE_FRAMES);
            self.write_but_padding(vec![vec![0.0; piece]; self.writers.len()], 0)?;
            left -= piece;
        }
        Ok(())
    }

    fn keep(&mut self, planes: &[Vec<f32>]) -> Result<(), AudioError> {
        for (writer, plane) in self.writers.iter_mut().zip(planes) {
            writer.write(plane)?;
        }
        Ok(())
    }

    fn finish(mut self, agent: AgentChannel) -> Result<Recording, AudioError> {
        let rest = self.converter.finish().map_err(|_| AudioError::SampleRate(self.format.rate))?;
        self.keep(&rest)?;
        let duration_ms = self.writers.first().map_or(0, TrackWriter::duration_ms);
        if duration_ms == 0 {
            return Err(AudioError::Empty);
        }
        let at_ms = |frame: u64| {
            let ms = frame * 1_000 / u64::from(self.format.rate);
            u32::try_from(ms).unwrap_or(u32::MAX).min(duration_ms)
        };
        let lost = self.lost.iter().map(|lost| at_ms(lost.start)..at_ms(lost.end)).collect();
        let apart = self.writers.len() == 2 && !self.comparison.same();
        let kept = if apart { 2 } else { 1 };
        let tracks = (0_u8..)
            .zip(self.writers)
            .take(kept)
            .map(|(channel, writer)| {
                writer.finish(channel, if apart { agent.speaker(channel) } else { Speaker::Unknown })
            })
            .collect::<io::Result<_>>()?;
        Ok(Recording { duration_ms, lost, tracks })
    }
}
