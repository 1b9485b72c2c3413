//! Where somebody may have spoken and no word came of it.

use std::io;
use std::ops::Range;

use supabase_client::transcript::{Segment, Unheard};

use super::stretch::{nobody_speaks, sound_of};
use crate::audio::Recording;
use crate::audio::stretches::SPEECH_FROM;
use crate::audio::voice::FRAME_MS;

/// Voice that is nearer to a heard word belongs to it: words begin and end softly, and their times are not
/// exact.
const NEAR_WORD_MS: u32 = 1_000;

/// Pauses inside of what one person says without a stop.
const LONGEST_PAUSE_MS: u32 = 500;

/// Nothing that matters is said in less.
const SHORTEST_MS: u32 = 1_000;

/// The detector takes some noises for voices; so much of the sound is looked at at once for whether somebody
/// can be speaking.
const LOOK_MS: usize = 10_000;

/// What was not heard of each track: voice without words, and what is destroyed in the file.
pub fn find(recording: &Recording, segments: &[Segment]) -> io::Result<Vec<Unheard>> {
    let mut all = Vec::new();
    for track in &recording.tracks {
        let words = words_of(segments, track.channel);
        let mut pieces = Vec::new();
        for run in voice_without_words(&track.voice, &words, recording.duration_ms) {
            for start in run.clone().step_by(LOOK_MS) {
                let look = start..run.end.min(start + LOOK_MS as u32);
                if !nobody_speaks(&sound_of(track, &look)?) {
                    pieces.push(look);
                }
            }
        }
        pieces.extend(recording.lost.iter().cloned());
        let long = merged(pieces).into_iter().filter(|piece| piece.end - piece.start >= SHORTEST_MS);
        let channel = track.channel;
        all.extend(long.map(|piece| Unheard { channel, start_ms: piece.start, end_ms: piece.end }));
    }
    all.sort_by_key(|piece| (piece.start_ms, piece.channel));
    Ok(all)
}

/// When words are said on a channel, and what is near, in order.
fn words_of(segments: &[Segment], channel: u8) -> Vec<Range<u32>> {
    let words =
        segments.iter().filter(|segment| segment.channel == channel).flat_map(|segment| &segment.words);
    let near = words
        .map(|word| word.start_ms.saturating_sub(NEAR_WORD_MS)..word.end_ms.saturating_add(NEAR_WORD_MS));
    merged(near.collect())
}

/// Runs of voice in which nothing was heard and at least a second is voice. `words` are in order and do not
/// overlap.
fn voice_without_words(voice: &[u8], words: &[Range<u32>], duration_ms: u32) -> Vec<Range<u32>> {
    let mut words = words.iter().peekable();
    let mut runs: Vec<(Range<u32>, u32)> = Vec::new();
    for (frame, _) in voice.iter().enumerate().filter(|(_, score)| **score >= SPEECH_FROM) {
        let start = u32::try_from(frame).unwrap_or(u32::MAX / FRAME_MS) * FRAME_MS;
        let end = (start + FRAME_MS).min(duration_ms);
        while words.next_if(|word| word.end <= start).is_some() {}
        if words.peek().is_some_and(|word| word.start < end) {
            continue;
        }
        match runs.last_mut() {
            Some((run, voiced)) if start <= run.end + LONGEST_PAUSE_MS => {
                run.end = end;
                *voiced += end - start;
            }
            _ => runs.push((start..end, end - start)),
        }
    }
    runs.into_iter().filter(|(_, voiced)| *voiced >= SHORTEST_MS).map(|(run, _)| run).collect()
}

/// In order, and what touches in one.
fn merged(mut pieces: Vec<Range<u32>>) -> Vec<Range<u32>> {
    pieces.sort_by_key(|piece| piece.start);
    let mut merged: Vec<Range<u32>> = Vec::new();
    for piece in pieces {
        match merged.last_mut() {
            Some(before) if piece.start <= before.end => before.end = before.end.max(piece.end),
            _ => merged.push(piece),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use supabase_client::transcript::{Speaker, Word};

    use super::*;
    use crate::audio::track::TrackWriter;
    use crate::audio::{SAMPLE_RATE, Track};

    const SECONDS: u32 = 30;

    /// A track in which somebody speaks, loud and soft in turn, in the given milliseconds.
    fn track(channel: u8, spoken: &[Range<u32>]) -> Track {
        let mut writer = TrackWriter::new().expect("a temporary file");
        let loud = |n: u32| if n % (SAMPLE_RATE / 5) < SAMPLE_RATE / 10 { 0.5 } else { 0.05 };
        let sound: Vec<f32> =
            (0..SECONDS * SAMPLE_RATE).map(|n| if n.is_multiple_of(2) { loud(n) } else { 0.0 }).collect();
        writer.write(&sound).expect("room on the disk");
        let mut track = writer.finish(channel, Speaker::Agent).expect("written out");
        let is_spoken = |at: u32| spoken.iter().any(|part| part.contains(&at));
        let frames = SECONDS * 1_000 / FRAME_MS;
        track.voice = (0..frames).map(|frame| if is_spoken(frame * FRAME_MS) { 250 } else { 3 }).collect();
        track
    }

    fn recording(tracks: Vec<Track>) -> Recording {
        Recording { duration_ms: SECONDS * 1_000, lost: Vec::new(), tracks }
    }

    fn said(channel: u8, words: &[Range<u32>]) -> Segment {
        let word = |time: &Range<u32>| Word {
            text: "word".to_owned(),
            start_ms: time.start,
            end_ms: time.end,
            probability: 1.0,
        };
        Segment {
            channel,
            speaker: Speaker::Agent,
            start_ms: 0,
            end_ms: SECONDS * 1_000,
            words: words.iter().map(word).collect(),
            doubts: Vec::new(),
        }
    }

    fn found(recording: &Recording, segments: &[Segment]) -> Vec<(u8, Range<u32>)> {
        let found = find(recording, segments).expect("readable");
        found.into_iter().map(|piece| (piece.channel, piece.start_ms..piece.end_ms)).collect()
    }

    #[test]
    fn voice_without_words_is_unheard() {
        let recording = recording(vec![track(0, &[1_600..4_000, 8_000..9_600])]);
        assert_eq!(found(&recording, &[]), [(0, 1_600..4_000), (0, 8_000..9_600)]);
        assert_eq!(found(&recording, &[said(0, &[8_600..9_000])]), [(0, 1_600..4_000)]);
        assert_eq!(found(&recording, &[said(0, &[2_000..3_500, 8_200..9_400])]), []);
    }

    #[test]
    fn a_second_around_a_word_belongs_to_it() {
        let recording = recording(vec![track(0, &[0..16_000])]);
        let near_the_middle = said(0, &[8_000..8_400]);
        // Frames of 16 ms.
        assert_eq!(found(&recording, &[near_the_middle]), [(0, 0..6_992), (0, 9_408..16_000)]);
        assert_eq!(found(&recording, &[said(0, &[0..1_000, 3_900..4_000, 6_900..15_000])]), []);
    }

    #[test]
    fn short_pauses_are_bridged_and_do_not_count() {
        let with_pauses = [1_600..2_112, 2_608..3_120, 10_000..10_496, 10_992..11_488];
        assert_eq!(found(&recording(vec![track(0, &with_pauses)]), &[]), [(0, 1_600..3_120)]);
        let far_apart = [1_600..2_400, 2_912..3_712];
        assert_eq!(found(&recording(vec![track(0, &far_apart)]), &[]), []);
    }

    #[test]
    fn each_channel_has_its_own_words() {
        let tracks = vec![track(0, &[4_000..8_000]), track(1, &[1_600..3_200, 4_000..8_000])];
        let unheard = found(&recording(tracks), &[said(0, &[4_200..7_800])]);
        assert_eq!(unheard, [(1, 1_600..3_200), (1, 4_000..8_000)]);
    }

    #[test]
    fn silence_and_steady_noise_are_nobody() {
        for loudness in [0.001, 0.2] {
            let mut writer = TrackWriter::new().expect("a temporary file");
            let sound: Vec<f32> =
                (0..SECONDS * SAMPLE_RATE).map(|n| loudness * (n % 5) as f32 / 4.0).collect();
            writer.write(&sound).expect("room on the disk");
            let mut track = writer.finish(0, Speaker::Agent).expect("written out");
            track.voice.fill(250);
            assert_eq!(found(&recording(vec![track]), &[]), [], "{loudness}");
        }
    }

    #[test]
    fn what_is_destroyed_is_unheard_on_every_channel() {
        let lost = vec![2_000..3_500, 6_000..6_999, 8_000..12_000];
        let tracks = vec![track(0, &[7_008..8_800]), track(1, &[])];
        let recording = Recording { lost, ..recording(tracks) };
        let expected = [(0, 2_000..3_500), (1, 2_000..3_500), (0, 7_008..12_000), (1, 8_000..12_000)];
        assert_eq!(found(&recording, &[]), expected);
    }
}
