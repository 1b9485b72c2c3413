//! The marks on the words of a transcript: spoken, found, uncertain, flagged.

use std::cell::Cell;
use std::sync::Arc;

use leptos::prelude::window;
use supabase_client::flag::{Flag, Severity};
use wasm_bindgen::JsCast as _;
use web_sys::{DomRect, Element, Node, NodeList};

use crate::browser::highlights;
use crate::browser::text_range::TextRange;
use crate::components::transcript_html::{LINES_TOGETHER, flagged_stretches};
use crate::transcript_hits::Hit;
use crate::transcript_words::TranscriptWords;

/// Names of the marks in `style/transcript.css`, and how high each lies over the others.
const MINOR: (&str, i32) = ("flagged-minor", 1);
const MAJOR: (&str, i32) = ("flagged-major", 2);
const CRITICAL: (&str, i32) = ("flagged-critical", 3);
const UNCERTAIN: (&str, i32) = ("uncertain", 4);
const FOUND: (&str, i32) = ("found", 5);
const SHOWN: (&str, i32) = ("found-shown", 6);
const SPOKEN: (&str, i32) = ("spoken", 7);
const ALL: [(&str, i32); 7] = [MINOR, MAJOR, CRITICAL, UNCERTAIN, FOUND, SHOWN, SPOKEN];

/// Words are marked so many heights of the window above and below it, so that scrolling shows them at once. At every
/// change of any mark, which is at every word that is spoken, the browser goes through all of them.
const SCREENS_AHEAD: f64 = 1.0;

/// The lines of the page and the words in them. The marks go with it.
pub struct TranscriptMarks {
    pub words: Arc<TranscriptWords>,
    texts: NodeList,
    /// [`LINES_TOGETHER`] lines each.
    parts: NodeList,
    /// First and last line in which words are marked.
    near: Cell<(u32, u32)>,
    spoken_line: Cell<Option<u32>>,
}

impl TranscriptMarks {
    /// Every line becomes one text: the wrapping of flagged words is for pages that cannot mark them otherwise.
    pub fn new(list: &Element, words: Arc<TranscriptWords>) -> Option<Self> {
        if highlights::are_supported() {
            let wrapped = list.query_selector_all(".flagged").ok()?;
            for mark in (0..wrapped.length()).filter_map(|mark| wrapped.item(mark)) {
                if let Some(line) = mark.parent_node() {
                    line.set_text_content(line.text_content().as_deref());
                }
            }
        }
        let texts = list.query_selector_all(".line-words").ok()?;
        let parts = list.query_selector_all(".lines-together").ok()?;
        let marks = Self { words, texts, parts, near: Cell::default(), spoken_line: Cell::default() };
        marks.near.set(marks.lines_in_sight(SCREENS_AHEAD));
        Some(marks)
    }

    /// The words of all lines, as they stand in the page.
    pub fn text_in(list: &Element) -> String {
        let Ok(lines) = list.query_selector_all(".line-words") else { return String::new() };
        let mut text = String::new();
        for line in (0..lines.length()).filter_map(|line| lines.item(line)) {
            text.push_str(&line.text_content().unwrap_or_default());
            text.push('\n');
        }
        text
    }

    pub fn line(&self, line: u32) -> Option<Element> {
        self.words_of(line)?.parent_element()
    }

    /// The element that holds the words of a line.
    pub fn words_of(&self, line: u32) -> Option<Node> {
        self.texts.item(line)
    }

    pub fn mark_flags(&self, flags: &[Flag]) {
        let stretches = flagged_stretches(flags);
        let near = self.near(&stretches, |(first, last, _)| (*first, *last));
        for (severity, mark) in
            [(Severity::Minor, MINOR), (Severity::Major, MAJOR), (Severity::Critical, CRITICAL)]
        {
            let of_severity = near.iter().filter(|(_, _, worst)| *worst == severity);
            self.paint(mark, of_severity.map(|(first, last, _)| (*first, *last)));
        }
    }

    pub fn mark_uncertain(&self) {
        let near = self.near(&self.words.uncertain, |position| (*position, *position));
        self.paint(UNCERTAIN, near.iter().map(|position| (*position, *position)));
    }

    pub fn mark_found(&self, hits: &[Hit]) {
        let near = self.near(hits, |hit| (hit.first, hit.last));
        self.paint(FOUND, near.iter().map(|hit| (hit.first, hit.last)));
    }

    /// Once the page has scrolled.
    pub fn mark_further(&self, flags: &[Flag], hits: &[Hit]) {
        let (first, last) = self.near.get();
        let (first_in_sight, last_in_sight) = self.lines_in_sight(0.0);
        if first_in_sight < first || last_in_sight > last {
            self.near.set(self.lines_in_sight(SCREENS_AHEAD));
            self.mark_flags(flags);
            self.mark_uncertain();
            self.mark_found(hits);
        }
    }

    /// Those of the places that lie in lines in sight, or near. They follow each other; `ends` gives their first and last
    /// word.
    fn near<'a, T>(&self, places: &'a [T], ends: impl Fn(&T) -> (u32, u32)) -> &'a [T] {
        let (first, last) = self.near.get();
        let line_of = |word| self.words.word(word).map_or(0, |word| word.line);
        let from = places.partition_point(|place| line_of(ends(place).1) < first);
        let to = places.partition_point(|place| line_of(ends(place).0) <= last);
        &places[from..to.max(from)]
    }

    /// First and last line of the parts that a window shows that is so many times higher at both ends.
    fn lines_in_sight(&self, screens_ahead: f64) -> (u32, u32) {
        let height = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
        let (top, bottom) = (-screens_ahead * height, (1.0 + screens_ahead) * height);
        let first = self.parts_until(|part| part.bottom() < top);
        let next = self.parts_until(|part| part.top() <= bottom);
        (first * LINES_TOGETHER, (next * LINES_TOGETHER).saturating_sub(1))
    }

    /// How many parts from the top on are so. Asks few of them: each stands below the one before.
    fn parts_until(&self, is_so: impl Fn(DomRect) -> bool) -> u32 {
        let (mut from, mut to) = (0, self.parts.length());
        while from < to {
            let middle = u32::midpoint(from, to);
            let part = self.parts.item(middle).and_then(|part| part.dyn_into::<Element>().ok());
            if part.is_some_and(|part| is_so(part.get_bounding_client_rect())) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }

    pub fn mark_shown(&self, hit: Option<Hit>) {
        self.paint(SHOWN, hit.iter().map(|hit| (hit.first, hit.last)));
    }

    pub fn mark_spoken(&self, position: Option<u32>) {
        self.paint(SPOKEN, position.iter().map(|position| (*position, *position)));
        // The line's own mark, for those who cannot see the word's.
        let line = position.and_then(|position| self.words.word(position)).map(|word| word.line);
        let before = self.spoken_line.replace(line);
        if before != line {
            let element = |line: Option<u32>| self.line(line?);
            if let Some(before) = element(before) {
                let _ = before.remove_attribute("aria-current");
            }
            if let Some(line) = element(line) {
                let _ = line.set_attribute("aria-current", "true");
            }
        }
    }

    /// Where a word is in the window.
    pub fn rect(&self, position: u32) -> Option<DomRect> {
        let word = self.words.word(position)?;
        let line = self.words_of(word.line)?;
        let text = line.first_child().filter(|_| line.child_nodes().length() == 1);
        let Some(text) = text else {
            return line.dyn_ref::<Element>().map(Element::get_bounding_client_rect);
        };
        let range = TextRange::new();
        range.set_start(&text, word.from).ok()?;
        range.set_end(&text, word.to).ok()?;
        Some(range.bounding_rect())
    }

    fn paint(&self, (name, priority): (&str, i32), stretches: impl Iterator<Item = (u32, u32)>) {
        highlights::paint(name, priority, stretches.flat_map(|(first, last)| self.spans(first, last)));
    }

    /// The texts under the words `first..=last`: one for each line that they touch.
    fn spans(&self, first: u32, last: u32) -> Vec<highlights::Span> {
        let mut spans: Vec<highlights::Span> = Vec::with_capacity(1);
        let mut line = None;
        for word in (first..=last).map_while(|position| self.words.word(position)) {
            if line == Some(word.line)
                && let Some(span) = spans.last_mut()
            {
                span.2 = word.to;
            } else if let Some(text) = self.words_of(word.line).and_then(|words| words.first_child()) {
                spans.push((text, word.from, word.to));
            }
            line = Some(word.line);
        }
        spans
    }
}

impl Drop for TranscriptMarks {
    fn drop(&mut self) {
        for (name, _) in ALL {
            highlights::clear(name);
        }
    }
}
