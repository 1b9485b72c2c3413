use std::collections::BTreeMap;
use std::sync::Arc;

use gloo::events::EventListener;
use leptos::html::Ol;
use leptos::prelude::*;
use supabase_client::flag::Flag;
use supabase_client::transcript::Transcript;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent, ScrollBehavior, ScrollIntoViewOptions, ScrollLogicalPosition};

use crate::browser::{keep, prefers_reduced_motion};
use crate::components::icon::Icon;
use crate::components::transcript_line::{LineWriter, TranscriptLine};
use crate::components::transcript_search::{Search, TranscriptSearch};
use crate::playback::Playback;
use crate::spoken_index::{Place, SpokenIndex};
use crate::transcript_hits::{Hit, SearchableTranscript};

/// Lines between these shares of the window's height are read where they are; others are scrolled to.
const COMFORTABLE: std::ops::RangeInclusive<f64> = 0.24..=0.72;

/// What was said, as lines by speaker, or why there is nothing to read yet.
#[component]
pub fn TranscriptView(
    transcript: Option<Arc<Transcript>>,
    flags: Vec<Flag>,
    /// Whether a transcript is still to come.
    expected: bool,
) -> impl IntoView {
    view! {
        <section class="transcript" aria-label="Transcript">
            {match transcript {
                Some(transcript) if !transcript.segments.is_empty() => view! { <Lines transcript flags/> }.into_any(),
                Some(_) => view! {
                    <div class="section-heading"><h2>"Transcript"</h2></div>
                    <p class="transcript-none">"Nobody speaks in this recording."</p>
                }.into_any(),
                None => view! {
                    <div class="section-heading"><h2>"Transcript"</h2></div>
                    <p class="transcript-none">{if expected { "The transcript appears here as soon as it is made." } else { "There is no transcript of this call." }}</p>
                }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Lines(transcript: Arc<Transcript>, flags: Vec<Flag>) -> impl IntoView {
    let playback = expect_context::<Playback>();
    let list = NodeRef::<Ol>::new();
    let writer = LineWriter::new(Arc::clone(&transcript), &flags);
    let index = StoredValue::new(SpokenIndex::new(&transcript));
    let searchable = StoredValue::new(SearchableTranscript::new(&transcript));

    let query = RwSignal::new(String::new());
    let hits = Memo::new(move |_| query.with(|query| searchable.with_value(|text| text.find(query))));
    let search = Search { query, hits, shown: RwSignal::new(0) };

    let spoken = Memo::new(move |_| index.with_value(|index| index.at(playback.position_ms.get())));
    mark_hits(list, playback, search, StoredValue::new(writer.clone()), spoken);
    mark_spoken(list, spoken);
    follow(list, playback, search, spoken);
    yield_to_reader(playback);

    let lines = transcript.segments.iter().enumerate().map(|(line, segment)| {
        let before = line.checked_sub(1).map(|before| transcript.segments[before].speaker);
        let new_speaker = before != Some(segment.speaker);
        view! { <TranscriptLine line segment=segment.clone() new_speaker html=writer.html(line, &[])/> }
    });
    let back_wanted = Memo::new(move |_| !playback.following.get() && spoken.get().is_some());
    view! {
        <div class="section-heading transcript-heading">
            <h2>"Transcript"</h2>
            <TranscriptSearch search/>
        </div>
        <ol class="lines" role="list" node_ref=list on:click=move |event| play_clicked_word(&event, playback)>
            {lines.collect_view()}
        </ol>
        <Show when=move || back_wanted.get()>
            <button type="button" class="button pill back-to-line" on:click=move |_| {
                query.set(String::new());
                playback.following.set(true);
            }>
                <Icon icon=icondata_lu::LuLocateFixed/>"Back to playing line"
            </button>
        </Show>
    }
}

/// Plays from the word under the pointer, unless the person was selecting text.
fn play_clicked_word(event: &web_sys::MouseEvent, playback: Playback) {
    let selecting =
        window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let word = target.and_then(|target| target.closest("[data-start]").ok().flatten());
    let start_ms = word.and_then(|word| word.get_attribute("data-start")?.parse().ok());
    if let Some(start_ms) = start_ms.filter(|_| !selecting) {
        playback.play_from(start_ms);
    }
}

/// Puts `<mark>` around the hits and takes away those of the search before; shows the chosen one.
fn mark_hits(
    list: NodeRef<Ol>,
    playback: Playback,
    search: Search,
    writer: StoredValue<LineWriter>,
    spoken: Memo<Option<Place>>,
) {
    let marks_changed = Trigger::new();
    Effect::new(move |marked: Option<Vec<usize>>| {
        let Some(list) = list.get() else { return Vec::new() };
        let mut lines: BTreeMap<usize, Vec<(usize, Hit)>> = BTreeMap::new();
        for line in marked.unwrap_or_default() {
            lines.entry(line).or_default();
        }
        search.hits.with(|hits| {
            for (number, hit) in hits.iter().enumerate() {
                lines.entry(hit.line).or_default().push((number, *hit));
            }
        });
        for (line, hits) in &lines {
            if let Some(words) = line_element(&list, *line).and_then(|line| words_of(&line)) {
                words.set_inner_html(&writer.with_value(|writer| writer.html(*line, hits)));
            }
        }
        set_spoken(&list, None, spoken.get_untracked());
        marks_changed.notify();
        lines.into_iter().filter(|(_, hits)| !hits.is_empty()).map(|(line, _)| line).collect()
    });
    // Follows the marks and not the hits: what is shown has to be on the page first.
    Effect::new(move |_| {
        marks_changed.track();
        let (Some(list), shown) = (list.get(), search.shown.get()) else { return };
        if let Ok(Some(before)) = list.query_selector("mark.is-shown") {
            let _ = before.class_list().remove_1("is-shown");
        }
        if let Ok(Some(mark)) = list.query_selector(&format!("mark[data-hit=\"{shown}\"]")) {
            let _ = mark.class_list().add_1("is-shown");
            // The reader looks for something: the search wins over following.
            playback.following.set(false);
            scroll_to(&mark, ScrollBehavior::Auto);
        }
    });
}

/// Moves the one class that lights up a word, and the one attribute that names the line.
fn mark_spoken(list: NodeRef<Ol>, spoken: Memo<Option<Place>>) {
    Effect::new(move |before: Option<Option<Place>>| {
        let now = spoken.get();
        if let Some(list) = list.get() {
            set_spoken(&list, before.flatten(), now);
        }
        now
    });
}

fn set_spoken(list: &Element, before: Option<Place>, now: Option<Place>) {
    for line in [before, now].into_iter().flatten().filter_map(|place| line_element(list, place.line)) {
        if let Ok(Some(word)) = line.query_selector(".is-spoken") {
            let _ = word.class_list().remove_1("is-spoken");
        }
    }
    if before.map(|place| place.line) != now.map(|place| place.line)
        && let Some(line) = before.and_then(|place| line_element(list, place.line))
    {
        let _ = line.remove_attribute("aria-current");
    }
    let Some(line) = now.and_then(|place| line_element(list, place.line)) else { return };
    let _ = line.set_attribute("aria-current", "true");
    let word = now.zip(words_of(&line)).and_then(|(place, words)| {
        let words = words.query_selector_all("[data-start]").ok()?;
        words.item(u32::try_from(place.word).ok()?)?.dyn_into::<Element>().ok()
    });
    if let Some(word) = word {
        let _ = word.class_list().add_1("is-spoken");
    }
}

/// Scrolls along with the recording while nobody reads elsewhere.
fn follow(list: NodeRef<Ol>, playback: Playback, search: Search, spoken: Memo<Option<Place>>) {
    let line = Memo::new(move |_| spoken.get().map(|place| place.line));
    Effect::new(move |_| {
        let line = line.get().filter(|_| playback.following.get() && !search.is_on());
        let (Some(line), Some(list)) = (line, list.get()) else { return };
        if let Some(line) = line_element(&list, line) {
            scroll_to(&line, ScrollBehavior::Smooth);
        }
    });
}

/// A reader who scrolls is not pulled back.
fn yield_to_reader(playback: Playback) {
    const SCROLL_KEYS: [&str; 6] = ["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown"];
    Effect::new(move |_| {
        let yield_now = move || {
            if playback.following.get_untracked() && playback.position_ms.get_untracked() > 0 {
                playback.following.set(false);
            }
        };
        for gesture in ["wheel", "touchmove"] {
            keep(EventListener::new(&window(), gesture, move |event| {
                // The flags beside the transcript scroll on their own.
                let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                if target.is_none_or(|target| target.closest(".call-side, .player").ok().flatten().is_none())
                {
                    yield_now();
                }
            }));
        }
        keep(EventListener::new(&window(), "keydown", move |event| {
            let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key);
            if key.is_some_and(|key| SCROLL_KEYS.contains(&key.as_str())) && !event.default_prevented() {
                yield_now();
            }
        }));
    });
}

fn line_element(list: &Element, line: usize) -> Option<Element> {
    list.children().item(u32::try_from(line).ok()?)
}

fn words_of(line: &Element) -> Option<Element> {
    line.query_selector(".line-words").ok().flatten()
}

/// Brings an element to the middle, unless it can be read well where it is.
fn scroll_to(element: &Element, behavior: ScrollBehavior) {
    let height = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(1.0);
    let place = element.get_bounding_client_rect();
    if COMFORTABLE.contains(&(place.top() / height)) && COMFORTABLE.contains(&(place.bottom() / height)) {
        return;
    }
    let far = place.top().abs() > 3.0 * height;
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Center);
    options.set_behavior(if far || prefers_reduced_motion() { ScrollBehavior::Auto } else { behavior });
    element.scroll_into_view_with_scroll_into_view_options(&options);
}
