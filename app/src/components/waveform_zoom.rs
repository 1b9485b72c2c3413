use std::fmt::Write as _;
use std::sync::Arc;

use leptos::html::{Div, Span};
use leptos::prelude::*;
use supabase_client::transcript::Speaker;

use crate::flag_cursor::FlagCursor;
use crate::format::clock;
use crate::playback::Playback;
use crate::transcript_payload::TranscriptPayload;
use crate::wording;

/// So much of a long call is seen at once. The strip turns like a page, so it is drawn once in that time.
const PAGE_MS: u32 = 120_000;
/// Shorter calls are seen well enough as a whole.
const SHORTEST_MS: u32 = 10 * 60_000;
const HEIGHT: u32 = 100;

/// The two minutes around the playing moment, word by word: on the waveform of a long call they are a few pixels.
#[must_use]
pub fn waveform_zoom(transcript: Option<Arc<TranscriptPayload>>) -> Option<AnyView> {
    let transcript = transcript.filter(|transcript| transcript.duration_ms > SHORTEST_MS)?;
    let playback = expect_context::<Playback>();
    let cursor = expect_context::<FlagCursor>();
    let speakers: Vec<Speaker> = transcript.speakers().collect();
    let channels = transcript.channels.clone();
    let ground = NodeRef::<Div>::new();
    let playhead = NodeRef::<Span>::new();
    let begins_ms = Memo::new(move |_| playback.position_ms.get() / PAGE_MS * PAGE_MS);
    let path_of = move |channel: usize, rows: usize| {
        let begins_ms = begins_ms.get();
        let row = HEIGHT / u32::try_from(rows).unwrap_or(1).max(1);
        let top = u32::try_from(channel).unwrap_or(0) * row;
        let mut path = String::new();
        playback.words.with(|words| {
            let Some(words) = words else { return };
            for word in &words.words {
                let here = word.end_ms > begins_ms && word.start_ms < begins_ms + PAGE_MS;
                let speaker = speakers.get(word.line as usize);
                if here && (rows == 1 || speaker == channels.get(channel)) {
                    let x = i64::from(word.start_ms) - i64::from(begins_ms);
                    let length = (word.end_ms - word.start_ms).max(40);
                    let _ = write!(path, "M{x} {}h{length}v{}h-{length}z", top + row / 5, row * 3 / 5);
                }
            }
        });
        path
    };
    let rows = transcript.channels.len().max(1);
    let channels = (0..rows).map(move |channel| {
        let path_of = path_of.clone();
        view! { <path class=format!("channel channel-{channel}") d=move || path_of(channel, rows)/> }
    });
    let marks = move || {
        let begins_ms = begins_ms.get();
        cursor.flags.with(|flags| {
            let here = flags.iter().filter(|flag| {
                flag.words.is_some() && flag.end_ms > begins_ms && flag.start_ms < begins_ms + PAGE_MS
            });
            here.map(|flag| {
                let x = (i64::from(flag.start_ms) - i64::from(begins_ms)).to_string();
                let width = flag.end_ms.saturating_sub(flag.start_ms).max(PAGE_MS / 200).to_string();
                view! {
                    <g class=format!("mark tone-{}", wording::severity_tone(flag.severity))>
                        <rect class="mark-field" x=x.clone() y="0" width=width.clone() height="100"/>
                        <rect x=x y="94" width=width height="6"/>
                    </g>
                }
            })
            .collect_view()
        })
    };
    Effect::new(move |_| {
        let share = f64::from(playback.position_ms.get() % PAGE_MS) / f64::from(PAGE_MS);
        if let Some(playhead) = playhead.get() {
            let _ = web_sys::HtmlElement::style(&playhead)
                .set_property("--played", &format!("{:.2}%", share * 100.0));
        }
    });
    let seek = move |event: web_sys::MouseEvent| {
        let Some(ground) = ground.get_untracked() else { return };
        let rect = ground.get_bounding_client_rect();
        let share = ((f64::from(event.client_x()) - rect.left()) / rect.width()).clamp(0.0, 1.0);
        let within_ms = crate::playback::milliseconds(share * f64::from(PAGE_MS) / 1000.0);
        let position_ms = begins_ms.get_untracked() + within_ms;
        playback.jump(position_ms.min(playback.duration_ms.get_untracked()));
    };
    let edges =
        move || (clock(begins_ms.get()), clock((begins_ms.get() + PAGE_MS).min(playback.duration_ms.get())));
    // For the pointer alone: the slider and the keys reach every second.
    let view = view! {
        <div class="waveform-zoom" aria-hidden="true">
            <span>{move || edges().0}</span>
            <div class="waveform" node_ref=ground on:click=seek>
                <svg viewBox=format!("0 0 {PAGE_MS} {HEIGHT}") preserveAspectRatio="none">{channels.collect_view()}{marks}</svg>
                <span class="playhead" node_ref=playhead></span>
            </div>
            <span>{move || edges().1}</span>
        </div>
    };
    Some(view.into_any())
}
