//! Where in its segment each word is.
//!
//! The engine knows well where a segment starts and ends (10 ms on the demo calls) and badly where
//! its words do (`benches/word_times.rs` measures how badly). So the words are laid over
//! the sound of their segment. Each should take a share of the voiced time that follows its length,
//! and should start where the sound rises out of a dip; the best compromise for all words of the
//! segment together is found by dynamic programming. A word ends where its voice does, at the latest
//! where the next one starts.

use std::ops::Range;

use supabase_client::transcript::Word;

use super::words::HeardWord;
use crate::audio::SAMPLES_PER_MS;

/// One look at the sound.
const FRAME_MS: u32 = 10;
#[expect(clippy::cast_possible_truncation, reason = "a sample rate in kHz fits everywhere")]
const FRAME_SAMPLES: usize = FRAME_MS as usize * SAMPLES_PER_MS as usize;

/// How far below the loudest frame of the segment a pause is.
const VOICED_ABOVE_DB: f32 = -30.0;

/// Dips deeper than this are equally deep.
const FLOOR_DB: f32 = -40.0;

/// How far from its share a word may start: 300 ms of voiced time.
const REACH_FRAMES: f32 = 30.0;

/// A word's first frames, which should be louder than the one before.
const RISE_FRAMES: usize = 6;

/// What a word's length being off costs beside what a boundary in the middle of a sound costs.
/// Found, like the weights of letters, on calls made afresh from three seeds, and confirmed on those
/// of three others.
const LENGTH_COST: f32 = 3.0;

/// Lays the words of a segment over its sound: in order, without overlap, inside the segment, the
/// first at its start.
///
/// `sound` is the sound between `start_ms` and `end_ms`.
pub fn place(words: Vec<HeardWord>, start_ms: u32, end_ms: u32, sound: &[f32]) -> Vec<Word> {
    let frames = Frames::of(sound);
    let at = |frame: usize| {
        (start_ms + u32::try_from(frame).unwrap_or(u32::MAX / FRAME_MS) * FRAME_MS).min(end_ms)
    };
    let mut starts = search(&words, &frames);
    starts.push(frames.len());
    words
        .into_iter()
        .zip(starts.windows(2))
        .map(|(HeardWord { text, probability }, place)| Word {
            text,
            start_ms: at(place[0]),
            end_ms: at(frames.voice_end(place[0]..place[1])),
            probability,
        })
        .collect()
}

/// The sound of a segment, frame by frame.
struct Frames {
    /// Loudness below the loudest frame, between [`FLOOR_DB`] and 0.
    decibel: Vec<f32>,
    /// Voiced frames before each frame, and all of them at the end.
    voiced_before: Vec<f32>,
}

impl Frames {
    fn of(sound: &[f32]) -> Self {
        let energy: Vec<f32> = sound
            .chunks(FRAME_SAMPLES)
            .map(|frame| frame.iter().map(|sample| sample * sample).sum())
            .collect();
        let loudest = energy.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        let relative = |energy: f32| 10.0 * (energy / loudest).max(1e-9).log10();
        let mut voiced = 0.0;
        let mut voiced_before = vec![0.0];
        for energy in &energy {
            if relative(*energy) > VOICED_ABOVE_DB {
                voiced += 1.0;
            }
            voiced_before.push(voiced);
        }
        Self {
            decibel: energy.into_iter().map(|energy| relative(energy).max(FLOOR_DB)).collect(),
            voiced_before,
        }
    }

    fn len(&self) -> usize {
        self.decibel.len()
    }

    fn voiced(&self, frames: Range<usize>) -> f32 {
        self.voiced_before[frames.end] - self.voiced_before[frames.start]
    }

    /// The end without the silence before it; at least one frame is left.
    fn voice_end(&self, frames: Range<usize>) -> usize {
        let voice = self.voiced_before[frames.end];
        let silence = self.voiced_before[..frames.end].iter().rev().take_while(|before| **before >= voice);
        (frames.end - silence.count()).max(frames.start + 1).min(frames.end)
    }

    /// The frame at which this much voiced time has passed.
    fn after_voiced(&self, voiced: f32) -> usize {
        self.voiced_before[1..].partition_point(|before| *before <= voiced).min(self.len())
    }

    /// Low where a dip ends and a sound rises, in tens of decibels.
    fn boundary_cost(&self, frame: usize) -> f32 {
        let dip = self.decibel[frame - 1];
        let first = &self.decibel[frame..(frame + RISE_FRAMES).min(self.len())];
        #[expect(clippy::cast_precision_loss, reason = "a handful of frames")]
        let rise = first.iter().sum::<f32>() / first.len() as f32;
        (dip - rise) / 10.0
    }
}

/// A place where a word could start, with the cheapest way to get there.
struct Candidate {
    frame: usize,
    cost: f32,
    /// Position among the candidates of the word before.
    from: usize,
}

/// The frame in which each word starts.
fn search(words: &[HeardWord], frames: &Frames) -> Vec<usize> {
    let lengths = expected_lengths(words, frames);
    let mut layers = vec![vec![Candidate { frame: 0, cost: 0.0, from: 0 }]];
    let mut passed = 0.0;
    for (index, length) in lengths.iter().enumerate() {
        passed += length;
        let before = &layers[index];
        let layer: Vec<Candidate> = if index + 1 == lengths.len() {
            cheapest(before, frames.len(), *length, frames).into_iter().collect()
        } else {
            let earliest = frames.after_voiced(passed - REACH_FRAMES).max(1);
            let latest = (frames.after_voiced(passed + REACH_FRAMES) + 1).min(frames.len());
            (earliest..latest)
                .filter_map(|frame| {
                    let candidate = cheapest(before, frame, *length, frames)?;
                    Some(Candidate { cost: candidate.cost + frames.boundary_cost(frame), ..candidate })
                })
                .collect()
        };
        if layer.is_empty() {
            return evenly(words.len(), frames.len());
        }
        layers.push(layer);
    }
    let mut starts = Vec::new();
    let mut position = 0;
    for layer in layers.iter().skip(1).rev() {
        position = layer[position].from;
        starts.push(position);
    }
    starts.reverse();
    starts.into_iter().zip(&layers).map(|(position, layer)| layer[position].frame).collect()
}

/// The cheapest way for a word to end before `end`.
fn cheapest(before: &[Candidate], end: usize, expected: f32, frames: &Frames) -> Option<Candidate> {
    before
        .iter()
        .enumerate()
        .filter(|(_, start)| start.frame < end)
        .map(|(from, start)| {
            let length = frames.voiced(start.frame..end).max(1.0);
            let off = (length / expected).ln();
            Candidate { frame: end, cost: start.cost + LENGTH_COST * off * off * expected / 10.0, from }
        })
        .min_by(|one, other| one.cost.total_cmp(&other.cost))
}

/// The share of the voiced frames that each word should take.
fn expected_lengths(words: &[HeardWord], frames: &Frames) -> Vec<f32> {
    let weights: Vec<f32> = words.iter().map(|word| weight(&word.text)).collect();
    let total: f32 = weights.iter().sum();
    let voiced = frames.voiced(0..frames.len());
    weights.into_iter().map(|weight| (weight / total * voiced).max(1.0)).collect()
}

/// How long a word takes to say, in letters. A digit is said as a word of about four, vowels that
/// follow each other are mostly one sound, and before a punctuation mark people draw the word out.
fn weight(word: &str) -> f32 {
    let mut after_vowel = false;
    let mut letters = 0.0;
    for letter in word.chars() {
        let vowel = "aeiouy".contains(letter.to_ascii_lowercase());
        letters += match letter {
            _ if letter.is_numeric() => 4.0,
            _ if vowel && after_vowel => 0.5,
            _ if letter.is_alphabetic() => 1.0,
            _ => 0.0,
        };
        after_vowel = vowel;
    }
    let drawn_out = if word.ends_with([',', '.', '?', '!', ';', ':']) { 2.0 } else { 0.0 };
    letters + drawn_out + 0.5
}

/// For sound that is too short for its words.
fn evenly(words: usize, frames: usize) -> Vec<usize> {
    (0..words).map(|word| word * frames / words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str) -> Vec<HeardWord> {
        text.split(' ').map(|word| HeardWord { text: word.to_owned(), probability: 0.8 }).collect()
    }

    /// Loud where somebody speaks; spans in milliseconds.
    fn sound(length_ms: usize, spoken: &[Range<usize>]) -> Vec<f32> {
        let mut sound = vec![0.001; length_ms * 16];
        for span in spoken {
            sound[span.start * 16..span.end * 16].fill(0.3);
        }
        sound
    }

    fn starts(words: &[Word]) -> Vec<u32> {
        words.iter().map(|word| word.start_ms).collect()
    }

    #[test]
    fn words_start_where_the_sound_rises() {
        let sound = sound(2_000, &[0..400, 500..900, 1_300..1_990]);
        let words = place(heard("good morning everyone."), 7_000, 9_000, &sound);
        assert_eq!(starts(&words), [7_000, 7_500, 8_300]);
        assert!(words.iter().all(|word| (word.probability - 0.8).abs() < f32::EPSILON));
    }

    #[test]
    fn a_pause_belongs_to_no_word() {
        let sound = sound(2_000, &[0..400, 700..1_000, 1_100..1_700]);
        let words = place(heard("well, good morning."), 7_000, 9_000, &sound);
        let places: Vec<(u32, u32)> = words.iter().map(|word| (word.start_ms, word.end_ms)).collect();
        assert_eq!(places, [(7_000, 7_400), (7_700, 8_000), (8_100, 8_700)]);
    }

    #[test]
    fn a_word_without_any_voice_lasts_a_frame() {
        let words = place(heard("hush"), 1_000, 2_000, &[0.0; 16_000]);
        assert_eq!((words[0].start_ms, words[0].end_ms), (1_000, 1_010));
    }

    #[test]
    fn vowels_that_follow_each_other_count_less() {
        assert!(weight("you") < weight("yet"));
        assert!((weight("Year") - weight("yes") - 0.5).abs() < f32::EPSILON);
    }

    #[test]
    fn without_any_dip_length_decides() {
        let words = place(heard("a comparison"), 0, 1_000, &sound(1_000, &[0..1_000]));
        assert!((50..300).contains(&words[1].start_ms), "{words:?}");
    }

    #[test]
    fn words_stay_in_order_and_inside_whatever_the_sound() {
        for (length, spoken) in
            [(0, vec![]), (15, vec![]), (300, vec![]), (300, vec![290..300]), (4_000, vec![0..10])]
        {
            let end = 1_000 + u32::try_from(length).expect("short");
            let words =
                place(heard("one two three four, five six seven"), 1_000, end, &sound(length, &spoken));
            assert_eq!(words.len(), 7);
            assert_eq!(words[0].start_ms, 1_000);
            assert!(words[6].end_ms <= end, "{words:?}");
            assert!(words.iter().all(|word| word.start_ms <= word.end_ms), "{words:?}");
            assert!(words.windows(2).all(|pair| pair[0].end_ms <= pair[1].start_ms), "{words:?}");
        }
    }

    #[test]
    fn no_words_no_places() {
        assert!(place(Vec::new(), 0, 100, &sound(100, &[])).is_empty());
    }
}
