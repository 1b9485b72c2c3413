use std::sync::Arc;

use chrono::{DateTime, Utc};
use gloo::events::EventListener;
use leptos::html::Div;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use supabase_client::flag::Flag;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent, MouseEvent};

use crate::browser::decimal::decimal;
use crate::browser::reading_place::bring;
use crate::browser::{highlights, keep};
use crate::components::icon::Icon;
use crate::components::moment::Moment;
use crate::components::transcript_html;
use crate::components::transcript_marks::TranscriptMarks;
use crate::components::transcript_search::{Search, TranscriptSearch};
use crate::playback::{Playback, milliseconds};
use crate::transcript_payload::TranscriptPayload;
use crate::transcript_words::{TranscriptWords, line_of, place_in};

type Payload = Arc<TranscriptPayload>;

/// The marks, once the page is alive: made and dropped in the browser alone, because what they hold belongs to its one
/// thread.
#[derive(Clone, Copy)]
struct Marks(StoredValue<Option<StoredValue<TranscriptMarks, LocalStorage>>>);

impl Marks {
    fn with<T>(self, then: impl FnOnce(&TranscriptMarks) -> T) -> Option<T> {
        self.0.try_get_value()??.try_with_value(then)
    }
}

/// What was said, as lines by speaker, or why there is nothing to read yet.
#[component]
pub fn TranscriptView(
    transcript: Memo<Option<Payload>>,
    flags: Memo<Vec<Flag>>,
    /// Whether a transcript is still to come.
    expected: Memo<bool>,
    /// When retention deleted it.
    deleted_at: Memo<Option<DateTime<Utc>>>,
) -> impl IntoView {
    let nothing = |sentence: &'static str| {
        view! {
            <div class="section-heading"><h2>"Transcript"</h2></div>
            <p class="transcript-none">{sentence}</p>
        }
        .into_any()
    };
    view! {
        <section class="transcript" aria-label="Transcript">
            {move || match transcript.get() {
                Some(transcript) if transcript.has_lines() => lines(transcript, flags),
                Some(_) => nothing("Nobody speaks in this recording."),
                None if expected.get() => nothing("The transcript appears here as soon as it is made."),
                None => match deleted_at.get() {
                    Some(moment) => view! {
                        <div class="section-heading"><h2>"Transcript"</h2></div>
                        <p class="transcript-none">
                            "The transcript was deleted on "<Moment moment/>", when its time was over, and the words of its flags with it. "
                            "Verdicts and what people said remain."
                        </p>
                    }
                    .into_any(),
                    None => nothing("There is no transcript of this call."),
                },
            }}
        </section>
    }
}

fn lines(transcript: Payload, flags: Memo<Vec<Flag>>) -> AnyView {
    let playback = expect_context::<Playback>();
    let list = NodeRef::<Div>::new();
    let html = transcript
        .text()
        .map(|text| flags.with_untracked(|flags| transcript_html::lines(&transcript, text, flags)))
        .unwrap_or_default();
    let has_uncertain = !transcript.uncertain().is_empty();

    let words = playback.words;
    let marks = Marks(StoredValue::new(None));
    let (wanted, wanted_at) = use_query_map().with_untracked(|query| (query.get("q"), query.get("t")));
    let query = RwSignal::new(wanted.clone().unwrap_or_default());
    let hits = Memo::new(move |_| {
        query.with(|query| {
            words.with(|words| words.as_ref().map(|words| words.find(query)).unwrap_or_default())
        })
    });
    let search = Search { query, hits, shown: RwSignal::new(0) };
    let spoken = Memo::new(move |_| {
        let position_ms = playback.position_ms.get();
        words.with(|words| words.as_ref().and_then(|words| words.at(position_ms)))
    });

    // Once the lines are on the page.
    Effect::new(move |_| {
        let Some(list) = list.get() else { return };
        let found = match transcript.text() {
            Some(text) => TranscriptWords::new(&transcript, text),
            None => TranscriptWords::new(&transcript, &TranscriptMarks::text_in(&list)),
        };
        let found = Arc::new(found);
        // A link from a search leads to one hit of many.
        if wanted.is_some()
            && let Some(at_ms) = wanted_at.as_deref().and_then(decimal).map(milliseconds)
        {
            let at = query
                .with_untracked(|query| found.find(query))
                .iter()
                .position(|hit| found.word(hit.last).is_some_and(|word| word.end_ms >= at_ms));
            search.shown.set(at.unwrap_or(0));
        }
        // They go with this effect, and take themselves off the page.
        marks.0.set_value(TranscriptMarks::new(&list, Arc::clone(&found)).map(StoredValue::new_local));
        words.set(Some(found));
    });
    draw(marks, playback, flags, search, spoken);
    follow(marks, playback, search, spoken);
    yield_to_reader(playback);

    let back_wanted = Memo::new(move |_| !playback.following.get() && spoken.get().is_some());
    let back = move || {
        back_wanted.get().then(|| {
            view! {
                <button type="button" class="button pill back-to-line" on:click=move |_| {
                    query.set(String::new());
                    playback.following.set(true);
                }>
                    <Icon icon=icondata_lu::LuLocateFixed/>"Back to playing line"
                </button>
            }
        })
    };
    view! {
        <div class="section-heading transcript-heading">
            <h2>"Transcript"</h2>
            <TranscriptSearch search/>
        </div>
        {has_uncertain.then(|| view! {
            <p class="transcript-legend"><span class="uncertain-sample">"Dotted"</span>" words: the recogniser was not sure."</p>
        })}
        <div class="lines" role="list" node_ref=list inner_html=html
            on:click=move |event| play_clicked(&event, marks, playback)></div>
        {back}
    }
    .into_any()
}

/// Plays from the word under the pointer, or from the line whose time was pressed; not while text is selected.
fn play_clicked(event: &MouseEvent, marks: Marks, playback: Playback) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(line) = target.as_ref().and_then(line_of) else { return };
    let within =
        |selector| target.as_ref().is_some_and(|target| target.closest(selector).ok().flatten().is_some());
    let start_ms = marks.with(|marks| {
        if within(".line-time") {
            return marks.words.line_starts_ms.get(line as usize).copied();
        }
        let selecting = window().get_selection().ok()?.is_some_and(|selection| !selection.is_collapsed());
        if selecting || !within(".line-words") {
            return None;
        }
        let (text, letter) = highlights::caret_at(event.client_x(), event.client_y())?;
        let place = place_in(&marks.words_of(line)?, Some(text), letter)?;
        Some(marks.words.word(marks.words.at_place(line, place)?)?.start_ms)
    });
    if let Some(start_ms) = start_ms.flatten() {
        playback.play_from(start_ms);
    }
}

/// Draws each kind of mark anew when it changes, and nothing else.
fn draw(marks: Marks, playback: Playback, flags: Memo<Vec<Flag>>, search: Search, spoken: Memo<Option<u32>>) {
    let words = playback.words;
    let with_marks = move |draw: &dyn Fn(&TranscriptMarks)| {
        words.track();
        marks.with(draw);
    };
    Effect::new(move |_| with_marks(&TranscriptMarks::mark_uncertain));
    Effect::new(move |_| flags.with(|flags| with_marks(&|marks| marks.mark_flags(flags))));
    Effect::new(move |_| search.hits.with(|hits| with_marks(&|marks| marks.mark_found(hits))));
    Effect::new(move |_| {
        for movement in ["scroll", "resize"] {
            keep(EventListener::new(&window(), movement, move |_| {
                flags.with_untracked(|flags| {
                    search.hits.with_untracked(|hits| marks.with(|marks| marks.mark_further(flags, hits)));
                });
            }));
        }
    });
    Effect::new(move |_| {
        let spoken = spoken.get();
        with_marks(&|marks| marks.mark_spoken(spoken));
    });
    Effect::new(move |_| {
        let hit = search.hits.with(|hits| hits.get(search.shown.get()).copied());
        with_marks(&|marks| marks.mark_shown(hit));
        if let Some(hit) = hit {
            // The reader looks for something: the search wins over following.
            playback.following.set(false);
            bring(move || marks.with(|marks| marks.rect(hit.first)).flatten(), false);
        }
    });
}

/// Scrolls along with the recording while nobody reads elsewhere.
fn follow(marks: Marks, playback: Playback, search: Search, spoken: Memo<Option<u32>>) {
    let line = Memo::new(move |_| {
        let spoken = spoken.get()?;
        playback.words.with(|words| words.as_ref()?.word(spoken)).map(|word| word.line)
    });
    Effect::new(move |_| {
        let line = line.get().filter(|_| playback.following.get() && !search.is_on());
        if let Some(line) = line {
            let rect = move |marks: &TranscriptMarks| Some(marks.line(line)?.get_bounding_client_rect());
            bring(move || marks.with(rect).flatten(), true);
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
        // The window's own scroll bar.
        keep(EventListener::new(&window(), "pointerdown", move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if target.is_some() && target == document().document_element() {
                yield_now();
            }
        }));
        keep(EventListener::new(&window(), "keydown", move |event| {
            let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key);
            if key.is_some_and(|key| SCROLL_KEYS.contains(&key.as_str())) && !event.default_prevented() {
                yield_now();
            }
        }));
    });
}
