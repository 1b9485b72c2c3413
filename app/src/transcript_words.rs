//! The words of the open call as one flat list, and what of them a person has selected.

use leptos::prelude::document;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, Node};

use crate::browser::text_range::selected;
use crate::transcript_payload::TranscriptPayload;

/// A player reports where it stands a hair before the word it was sent to.
const TOLERANCE_MS: u32 = 5;
/// Shorter pauses belong to the talk and are never skipped.
const SHORTEST_SILENCE_MS: u32 = 2000;

/// A word's time, and its place: `from..to` of its line's text, in the units in which the page counts (UTF-16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpokenWord {
    pub start_ms: u32,
    pub end_ms: u32,
    pub line: u32,
    pub from: u32,
    pub to: u32,
}

/// All words in reading order; a position is a place in this list, as flags count them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TranscriptWords {
    pub words: Vec<SpokenWord>,
    pub line_starts_ms: Vec<u32>,
    /// Positions of the words that the engine was not sure of.
    pub uncertain: Vec<u32>,
    /// Stretches of more than two seconds in which nobody speaks on any channel.
    pub silences: Vec<(u32, u32)>,
    /// Positions ordered by the moment at which each word begins: channels overlap.
    by_start: Vec<u32>,
    first_words: Vec<u32>,
    /// All lines in the form in which they are compared, and where in it each word begins, in bytes.
    pub(crate) comparable: String,
    pub(crate) comparable_starts: Vec<u32>,
}

impl TranscriptWords {
    /// `text`: the lines as [`TranscriptPayload::text`] gives them, or as they stand in the page.
    #[must_use]
    pub fn new(payload: &TranscriptPayload, text: &str) -> Self {
        let mut all = Self { uncertain: payload.uncertain(), ..Self::default() };
        let lines = || text.lines();
        let times =
            payload.times(lines().map(|line| if line.is_empty() { 0 } else { line.split(' ').count() }));
        let compared = comparable(text);
        let compared = compared.lines().map(|line| line.split(' '));
        for (((line, words), mut compared), (start_ms, word_times)) in
            (0..).zip(lines()).zip(compared).zip(times)
        {
            all.line_starts_ms.push(start_ms);
            all.first_words.push(count(all.words.len()));
            let mut from = 0;
            for (word, (start_ms, end_ms)) in words.split(' ').zip(word_times) {
                let to = from + count(word.encode_utf16().count());
                all.words.push(SpokenWord { start_ms, end_ms, line, from, to });
                all.comparable_starts.push(count(all.comparable.len()));
                all.comparable.push_str(compared.next().unwrap_or_default());
                all.comparable.push(' ');
                from = to + 1;
            }
            all.comparable.pop();
            all.comparable.push('\n');
        }
        let mut by_start: Vec<(u32, u32)> = all.words.iter().map(|word| word.start_ms).zip(0..).collect();
        by_start.sort_unstable();
        all.by_start = by_start.into_iter().map(|(_, position)| position).collect();
        all.silences = all.find_silences(&payload.unheard, payload.duration_ms);
        all
    }

    #[must_use]
    pub fn word(&self, position: u32) -> Option<SpokenWord> {
        self.words.get(position as usize).copied()
    }

    /// Position of the word that began last at this moment; it stays until the next one begins.
    #[must_use]
    pub fn at(&self, position_ms: u32) -> Option<u32> {
        let begun = |position: &u32| {
            self.words[*position as usize].start_ms <= position_ms.saturating_add(TOLERANCE_MS)
        };
        let last = self.by_start.partition_point(begun).checked_sub(1)?;
        Some(self.by_start[last])
    }

    /// Position of the word at a place in a line's text; between two words it is the one before.
    #[must_use]
    pub fn at_place(&self, line: u32, offset: u32) -> Option<u32> {
        let first = *self.first_words.get(line as usize)?;
        let next = self.first_words.get(line as usize + 1).copied().unwrap_or(count(self.words.len()));
        let words = self.words.get(first as usize..next as usize)?;
        let before = words.partition_point(|word| word.from <= offset).checked_sub(1)?;
        Some(first + count(before))
    }

    /// Where a silence that holds this moment ends.
    #[must_use]
    pub fn silence_ends(&self, position_ms: u32) -> Option<u32> {
        let next = self.silences.partition_point(|(_, end_ms)| *end_ms <= position_ms);
        self.silences.get(next).filter(|(start_ms, _)| *start_ms <= position_ms).map(|(_, end_ms)| *end_ms)
    }

    fn find_silences(&self, unheard: &[(u32, u32)], duration_ms: u32) -> Vec<(u32, u32)> {
        let mut sounds: Vec<(u32, u32)> =
            self.words.iter().map(|word| (word.start_ms, word.end_ms)).collect();
        sounds.extend(unheard);
        sounds.push((duration_ms, duration_ms));
        sounds.sort_unstable();
        let mut silences = Vec::new();
        let mut heard_until = 0;
        for (start_ms, end_ms) in sounds {
            if start_ms > heard_until + SHORTEST_SILENCE_MS {
                silences.push((heard_until, start_ms));
            }
            heard_until = heard_until.max(end_ms);
        }
        silences
    }
}

/// A text in the form in which it is compared: in lower case, and typographic apostrophes made plain, as people type.
/// Spaces and ends of lines stay.
pub(crate) fn comparable(text: &str) -> String {
    // Rust would bring its own table of letters to a browser that has one.
    #[cfg(target_family = "wasm")]
    let lower = String::from(web_sys::js_sys::JsString::from(text).to_lower_case());
    #[cfg(not(target_family = "wasm"))]
    let lower = text.to_lowercase();
    lower.replace('’', "'")
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The words that are selected in the transcript: the positions of the first and the last among all words. Nothing
/// is selected while the selection is empty or lies elsewhere.
#[must_use]
pub fn selected_words() -> Option<(u32, u32)> {
    let range = selected()?;
    let transcript = document().query_selector(".transcript .lines").ok().flatten()?;
    let lines = transcript.query_selector_all(".line-words").ok()?;
    let (mut first, mut last) = (None, None);
    let mut position = 0;
    for line in (0..lines.length()).filter_map(|line| lines.item(line)) {
        let text = line.text_content().unwrap_or_default();
        let words = if text.is_empty() { 0 } else { count(text.split(' ').count()) };
        if words > 0 && range.intersects(&line) {
            let from = place_in(&line, Some(range.start_container()), range.start_offset());
            let to = place_in(&line, Some(range.end_container()), range.end_offset());
            if let Some((begins, ends)) = touched(&text, from.unwrap_or(0), to.unwrap_or(u32::MAX)) {
                first = first.or(Some(position + begins));
                last = Some(position + ends);
            }
        }
        position += words;
    }
    first.zip(last)
}

/// The first and the last word of a line that a stretch of its text touches.
fn touched(text: &str, from: u32, to: u32) -> Option<(u32, u32)> {
    let mut start = 0;
    let places = text.split(' ').map(|word| {
        let place = (start, start + count(word.encode_utf16().count()));
        start = place.1 + 1;
        place
    });
    let mut hit =
        (0..).zip(places).filter(|(_, (start, end))| *start < to && from < *end).map(|(number, _)| number);
    let first = hit.next()?;
    Some((first, hit.last().unwrap_or(first)))
}

/// Where in the line's text a place in the page is; absent when it lies outside of the line.
pub(crate) fn place_in(line: &Node, container: Option<Node>, offset: u32) -> Option<u32> {
    let container = container?;
    if !line.contains(Some(&container)) {
        return None;
    }
    let mut place = 0;
    if container.node_type() == Node::TEXT_NODE {
        place = offset;
    } else {
        let children = container.child_nodes();
        place +=
            (0..offset).filter_map(|child| children.item(child)).map(|child| length(&child)).sum::<u32>();
    }
    // What stands before it in the line: marks part a line's text where the server wrote it.
    let mut node = container;
    while !node.is_same_node(Some(line)) {
        let mut before = node.previous_sibling();
        while let Some(sibling) = before {
            place += length(&sibling);
            before = sibling.previous_sibling();
        }
        node = node.parent_node()?;
    }
    Some(place)
}

fn length(node: &Node) -> u32 {
    node.text_content().map_or(0, |text| count(text.encode_utf16().count()))
}

/// The line, counted from 0, in which an element stands.
#[must_use]
pub fn line_of(element: &Element) -> Option<u32> {
    element.closest("[data-line]").ok().flatten()?.get_attribute("data-line")?.parse().ok()
}

/// The node as an element, or the element around a text.
#[must_use]
pub fn element_of(node: &Node) -> Option<Element> {
    node.dyn_ref::<Element>().cloned().or_else(|| node.parent_element())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript_payload::tests::transcript;
    use supabase_client::transcript::Speaker::{Agent, Caller};

    fn words() -> TranscriptWords {
        let payload = TranscriptPayload::pack(
            &transcript(&[
                (Agent, "one 😀two three", &[1000, 1500, 4000]),
                (Caller, "four ?five", &[2000, 2500]),
            ]),
            false,
        );
        TranscriptWords::new(&payload, payload.text().unwrap())
    }

    #[test]
    fn the_word_that_began_last_is_the_spoken_one() {
        let words = words();
        assert_eq!(words.at(900), None);
        assert_eq!(words.at(996), Some(0));
        assert_eq!(words.at(1700), Some(1));
        assert_eq!(words.at(2600), Some(4));
        assert_eq!(words.at(9000), Some(2));
    }

    #[test]
    fn a_place_in_the_text_leads_to_its_word() {
        let words = words();
        assert_eq!(words.word(1).map(|word| (word.from, word.to)), Some((4, 9)));
        assert_eq!(words.at_place(0, 0), Some(0));
        assert_eq!(words.at_place(0, 3), Some(0));
        assert_eq!(words.at_place(0, 10), Some(2));
        assert_eq!(words.at_place(1, 99), Some(4));
        assert_eq!(words.at_place(2, 0), None);
        assert_eq!(words.uncertain, [4]);
    }

    #[test]
    fn only_long_pauses_of_everybody_are_silence() {
        let words = words();
        assert_eq!(words.silences, [(4100, 10_000)]);
        assert_eq!(words.silence_ends(4000), None);
        assert_eq!(words.silence_ends(4100), Some(10_000));
        assert_eq!(words.silence_ends(10_000), None);
    }

    #[test]
    fn a_word_is_selected_when_a_letter_of_it_is() {
        assert_eq!(touched("one two three", 0, 3), Some((0, 0)));
        assert_eq!(touched("one two three", 2, 5), Some((0, 1)));
        assert_eq!(touched("one two three", 3, 4), None);
        assert_eq!(touched("one two three", 4, u32::MAX), Some((1, 2)));
    }
}
