//! A call's transcript as it travels to the browser: once, and small.
//!
//! A call of three hours has thirty thousand words. Their text stands in the page that the server renders, and the
//! browser reads it from there; only where a page is built in the browser does the text travel as data. Times are
//! differences, written in as few letters as they need.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use supabase_client::transcript::{Speaker, Transcript};

use crate::wording;

/// Words that the engine was less sure of than this are marked.
const UNCERTAIN_BELOW: f32 = 0.5;

/// What the call page needs of a transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TranscriptPayload {
    pub duration_ms: u32,
    /// One letter per line: `a`gent, `c`aller, or `u`nknown.
    speakers: String,
    text: LineTexts,
    /// For each line its start, then for each of its words the pause before it and its length, as [`Differences`].
    times: String,
    /// Positions of uncertain words among all words, each as the distance from the one before.
    uncertain: String,
    /// Lines to be read with care, and why.
    pub doubts: Vec<(u32, String)>,
    /// Stretches in which somebody may have spoken and no word came of it.
    pub unheard: Vec<(u32, u32)>,
    /// Waveform peaks, one row per channel.
    pub peaks: Vec<Vec<u8>>,
    /// Who is heard on each channel.
    pub channels: Vec<Speaker>,
}

/// The words of all lines: lines end with a line feed, words are parted by single spaces.
#[derive(Debug, Clone, Default)]
struct LineTexts {
    text: String,
    /// Whether the page that is being rendered carries the text already.
    in_page: bool,
}

/// A text that stays behind is no other text.
impl PartialEq for LineTexts {
    fn eq(&self, other: &Self) -> bool {
        self.text.is_empty() || other.text.is_empty() || self.text == other.text
    }
}

impl Serialize for LineTexts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.in_page { "" } else { &self.text })
    }
}

impl<'de> Deserialize<'de> for LineTexts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { text: String::deserialize(deserializer)?, in_page: false })
    }
}

impl TranscriptPayload {
    /// `in_page`: whether the text goes out as the HTML of the page that is being rendered.
    #[must_use]
    pub fn pack(transcript: &Transcript, in_page: bool) -> Self {
        let mut text = String::new();
        let mut speakers = String::new();
        let mut times = Differences::default();
        let mut uncertain = Differences::default();
        let (mut position, mut marked, mut line_before) = (0_u32, 0_u32, 0_u32);
        let mut doubts = Vec::new();
        for (line, segment) in (0_u32..).zip(&transcript.segments) {
            speakers.push(letter(segment.speaker));
            times.add(line_before, segment.start_ms);
            line_before = segment.start_ms;
            let mut said_until = segment.start_ms;
            for (number, word) in segment.words.iter().enumerate() {
                if number > 0 {
                    text.push(' ');
                }
                push_word(&mut text, &word.text);
                times.add(said_until, word.start_ms);
                times.add(word.start_ms, word.end_ms);
                said_until = word.end_ms;
                if word.probability < UNCERTAIN_BELOW {
                    uncertain.add(marked, position);
                    marked = position;
                }
                position += 1;
            }
            text.push('\n');
            if !segment.doubts.is_empty() {
                let reasons: Vec<&str> = segment.doubts.iter().copied().map(wording::doubt).collect();
                doubts.push((line, reasons.join("; ")));
            }
        }
        let channels = (0..transcript.peaks.len()).map(|channel| {
            let heard = transcript.segments.iter().find(|segment| usize::from(segment.channel) == channel);
            heard.map_or(Speaker::Unknown, |segment| segment.speaker)
        });
        Self {
            duration_ms: transcript.duration_ms,
            channels: channels.collect(),
            speakers,
            text: LineTexts { text, in_page },
            times: times.written,
            uncertain: uncertain.written,
            doubts,
            unheard: transcript.unheard.iter().map(|gap| (gap.start_ms, gap.end_ms)).collect(),
            peaks: transcript.peaks.clone(),
        }
    }

    #[must_use]
    pub fn has_lines(&self) -> bool {
        !self.speakers.is_empty()
    }

    /// The speaker of each line.
    pub fn speakers(&self) -> impl Iterator<Item = Speaker> + '_ {
        self.speakers.chars().map(|letter| match letter {
            'a' => Speaker::Agent,
            'c' => Speaker::Caller,
            _ => Speaker::Unknown,
        })
    }

    /// The words of all lines; absent where they stand in the page.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        (!self.text.text.is_empty()).then_some(&self.text.text)
    }

    /// Start of each line, and start and end of each of its words. `words_of_lines`: how many words each line has.
    #[must_use]
    pub fn times(&self, words_of_lines: impl Iterator<Item = usize>) -> Vec<(u32, Vec<(u32, u32)>)> {
        let mut times = read(&self.times);
        let mut line_start = 0_i64;
        words_of_lines
            .map(|count| {
                line_start += times.next().unwrap_or(0);
                let mut said_until = line_start;
                let words = (0..count).map(|_| {
                    let start = said_until + times.next().unwrap_or(0);
                    said_until = start + times.next().unwrap_or(0);
                    (milliseconds(start), milliseconds(said_until))
                });
                (milliseconds(line_start), words.collect())
            })
            .collect()
    }

    /// Positions among all words, in rising order.
    #[must_use]
    pub fn uncertain(&self) -> Vec<u32> {
        let positions = read(&self.uncertain).scan(0_i64, |position, step| {
            *position += step;
            Some(milliseconds(*position))
        });
        positions.collect()
    }
}

/// A word with spaces in it would be counted as two; an empty one would not be counted.
fn push_word(text: &mut String, word: &str) {
    let before = text.len();
    for (number, part) in word.split_whitespace().enumerate() {
        if number > 0 {
            text.push('\u{a0}');
        }
        text.push_str(part);
    }
    if text.len() == before {
        text.push('\u{a0}');
    }
}

const fn letter(speaker: Speaker) -> char {
    match speaker {
        Speaker::Agent => 'a',
        Speaker::Caller => 'c',
        Speaker::Unknown => 'u',
    }
}

fn milliseconds(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Bits of a number in one letter; the sixth says that more follow.
const BITS: u32 = 5;
const MORE: u64 = 1 << BITS;

/// Signed differences as letters, five bits in each, the lowest first, as source maps have them.
#[derive(Default)]
struct Differences {
    written: String,
}

impl Differences {
    fn add(&mut self, from: u32, to: u32) {
        let difference = i64::from(to) - i64::from(from);
        let mut rest = difference.unsigned_abs() << 1 | u64::from(difference < 0);
        loop {
            let bits = rest % MORE;
            rest >>= BITS;
            let letter = if rest == 0 { bits } else { bits | MORE };
            self.written.push(char::from(LETTERS[usize::try_from(letter).unwrap_or(0)]));
            if rest == 0 {
                break;
            }
        }
    }
}

fn read(written: &str) -> impl Iterator<Item = i64> + '_ {
    let mut letters = written.bytes().map(|letter| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'-' => 62,
        _ => 63,
    });
    std::iter::from_fn(move || {
        let (mut number, mut place) = (0_i64, 0);
        loop {
            let letter = i64::from(letters.next()?);
            number |= (letter & 31) << place;
            if letter < 32 {
                break;
            }
            // Nothing that was written is longer.
            place = (place + BITS).min(55);
        }
        Some(if number & 1 == 1 { -(number >> 1) } else { number >> 1 })
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use supabase_client::transcript::{Segment, Word};

    /// Lines of words that each take 100 ms and begin at the given moments.
    pub(crate) fn transcript(lines: &[(Speaker, &str, &[u32])]) -> Transcript {
        let segments = lines.iter().map(|(speaker, text, starts)| Segment {
            channel: u8::from(*speaker == Speaker::Caller),
            speaker: *speaker,
            start_ms: starts[0],
            end_ms: starts[starts.len() - 1] + 100,
            words: text
                .split(' ')
                .zip(*starts)
                .map(|(text, start_ms)| Word {
                    text: text.into(),
                    start_ms: *start_ms,
                    end_ms: start_ms + 100,
                    probability: if text.starts_with('?') { 0.2 } else { 0.9 },
                })
                .collect(),
            doubts: Vec::new(),
        });
        Transcript {
            model: String::new(),
            language: "en".into(),
            duration_ms: 10_000,
            segments: segments.collect(),
            peaks: vec![vec![1], vec![2]],
            unheard: Vec::new(),
        }
    }

    #[test]
    fn times_and_doubts_come_back_as_they_were() {
        let long = 10_799_000;
        let packed = TranscriptPayload::pack(
            &transcript(&[
                (Speaker::Agent, "so ?far away", &[1000, 1050, 4000]),
                (Speaker::Caller, "?yes", &[900]),
                (Speaker::Agent, "end", &[long]),
            ]),
            false,
        );
        assert_eq!(packed.text(), Some("so ?far away\n?yes\nend\n"));
        assert_eq!(
            packed.times([3, 1, 1].into_iter()),
            [
                (1000, vec![(1000, 1100), (1050, 1150), (4000, 4100)]),
                (900, vec![(900, 1000)]),
                (long, vec![(long, long + 100)]),
            ]
        );
        assert_eq!(packed.uncertain(), [1, 3]);
        assert_eq!(packed.channels, [Speaker::Agent, Speaker::Caller]);
    }

    #[test]
    fn text_that_stands_in_the_page_does_not_travel_again() {
        let packed = TranscriptPayload::pack(&transcript(&[(Speaker::Agent, "hello", &[0])]), true);
        assert_eq!(packed.text(), Some("hello\n"));
        let travelled: TranscriptPayload =
            serde_json::from_str(&serde_json::to_string(&packed).unwrap()).unwrap();
        assert_eq!(travelled.text(), None);
        assert_eq!(travelled, packed);
    }

    #[test]
    fn a_word_stays_one_word() {
        let mut text = String::new();
        push_word(&mut text, " New  York ");
        push_word(&mut text, "");
        assert_eq!(text, "New\u{a0}York\u{a0}");
    }
}
