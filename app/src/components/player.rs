use std::sync::Arc;

use leptos::prelude::*;
use supabase_client::call::CallId;

use crate::browser::decimal::decimal;
use crate::components::icon::Icon;
use crate::components::recording::Recording;
use crate::components::waveform::Waveform;
use crate::components::waveform_zoom::waveform_zoom;
use crate::flag_cursor::FlagCursor;
use crate::format::clock;
use crate::playback::{Playback, SPEEDS};
use crate::server_functions::sign_recording::RecordingLink;
use crate::transcript_payload::TranscriptPayload;

/// How far the two skip buttons move.
pub const SKIP_MS: i32 = 5000;

/// The recording with its controls. Without JavaScript the browser's own controls stand in.
#[component]
pub fn Player(
    link: RecordingLink,
    call_id: CallId,
    transcript: Option<Arc<TranscriptPayload>>,
) -> impl IntoView {
    let playback = expect_context::<Playback>();
    let cursor = expect_context::<FlagCursor>();
    let playing = playback.playing;
    let position = Memo::new(move |_| clock(playback.position_ms.get()));
    let duration = Memo::new(move |_| clock(playback.duration_ms.get()));
    let zoom = waveform_zoom(transcript.clone());
    let skipping = playback.skipping;
    let has_words = transcript.as_ref().is_some_and(|transcript| transcript.has_lines());
    let has_flags = Memo::new(move |_| cursor.flags.with(|flags| !flags.is_empty()));
    view! {
        <section class="player" aria-label="Player">
            <Recording link call_id/>
            <div class="player-controls">
                <div class="player-move">
                    <button type="button" class="button round skip" aria-label="Back 5 seconds" title="Back 5 seconds (J)"
                        on:click=move |_| playback.skip(-SKIP_MS)>
                        <Icon icon=icondata_lu::LuRotateCcw/><span aria-hidden="true">"5"</span>
                    </button>
                    <button type="button" class="button round play" title="Play or pause (K)"
                        aria-label=move || if playing.get() { "Pause" } else { "Play" }
                        on:click=move |_| playback.toggle()>
                        {move || if playing.get() {
                            view! { <Icon icon=icondata_lu::LuPause/> }
                        } else {
                            view! { <Icon icon=icondata_lu::LuPlay/> }
                        }}
                    </button>
                    <button type="button" class="button round skip" aria-label="Forward 5 seconds" title="Forward 5 seconds (L)"
                        on:click=move |_| playback.skip(SKIP_MS)>
                        <Icon icon=icondata_lu::LuRotateCw/><span aria-hidden="true">"5"</span>
                    </button>
                </div>
                <Waveform transcript/>
                <p class="player-time"><span>{position}</span><span class="player-total">" / "{duration}</span></p>
                <div class="player-more">
                    <Show when=move || has_flags.get()>
                        <button type="button" class="button round small previous-flag" aria-label="Previous flag" title="Previous flag (,)" on:click=move |_| cursor.play_previous()>
                            <Icon icon=icondata_lu::LuChevronLeft/>
                        </button>
                        <button type="button" class="button quiet" title="Next flag (.)" on:click=move |_| cursor.play_next()>
                            <Icon icon=icondata_lu::LuFlag/><span class="wide-text">"Next flag"</span>
                        </button>
                    </Show>
                    {has_words.then(|| view! {
                        <button type="button" class="button round skip-silence" aria-label="Skip silence" title="Skip silence (S)"
                            aria-pressed=move || skipping.get().to_string() on:click=move |_| playback.toggle_skipping()>
                            <Icon icon=icondata_lu::LuFastForward/>
                        </button>
                    })}
                    <label class="speed">
                        <span class="visually-hidden">"Speed"</span>
                        <select title="Speed (< and >)" prop:value=move || playback.speed.get().to_string()
                            on:change:target=move |event| {
                                if let Some(speed) = decimal(&event.target().value()) {
                                    playback.set_speed(speed);
                                }
                                // The keys belong to the player again.
                                let _ = event.target().blur();
                            }>
                            {SPEEDS.map(|speed| view! {
                                <option value=speed.to_string() selected=is_normal(speed)>{format!("{speed}×")}</option>
                            }).collect_view()}
                        </select>
                    </label>
                </div>
            </div>
            {zoom}
        </section>
    }
}

fn is_normal(speed: f64) -> bool {
    (speed - 1.0).abs() < f64::EPSILON
}
