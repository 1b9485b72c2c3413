use std::fmt::Write as _;
use std::sync::Arc;

use leptos::html::{Div, Span};
use leptos::prelude::*;
use supabase_client::flag::Flag;
use supabase_client::transcript::Speaker;

use crate::browser::decimal::decimal;
use crate::components::player::SKIP_MS;
use crate::flag_cursor::FlagCursor;
use crate::format::clock;
use crate::playback::{Playback, milliseconds};
use crate::transcript_payload::TranscriptPayload;
use crate::wording;

/// How many bars the waveform has, however long the call is.
const BARS: usize = 240;
/// Height of the drawing; each channel has an equal share of it.
const HEIGHT: f64 = 100.0;
/// A flag's mark is at least this share of the whole, so that it can be seen on a long call.
const NARROWEST_MARK: f64 = 0.004;

/// The recording as a picture: one row per channel, the flags on it, and the place where it stands. Seeks
/// like a slider.
#[component]
pub fn Waveform(transcript: Option<Arc<TranscriptPayload>>) -> impl IntoView {
    let playback = expect_context::<Playback>();
    let cursor = expect_context::<FlagCursor>();
    let ground = NodeRef::<Div>::new();
    let (played, playhead) = (NodeRef::<Div>::new(), NodeRef::<Span>::new());
    let (peaks, speakers) = transcript
        .map_or_else(Default::default, |transcript| (transcript.peaks.clone(), transcript.channels.clone()));
    // Mono has one row, and nothing to tell apart.
    let labels = (speakers.len() > 1).then(|| {
        let label = |speaker: &Speaker| view! { <span>{wording::speaker(*speaker)}</span> };
        view! { <p class="waveform-labels" aria-hidden="true">{speakers.iter().map(label).collect_view()}</p> }
    });
    // Where the pointer is, as a share of the whole.
    let hovered = RwSignal::new(None::<f64>);
    let hover = move |event: web_sys::PointerEvent| {
        let Some(ground) = ground.get_untracked() else { return };
        let rect = ground.get_bounding_client_rect();
        let share = ((f64::from(event.client_x()) - rect.left()) / rect.width()).clamp(0.0, 1.0);
        let _ =
            web_sys::HtmlElement::style(&ground).set_property("--hovered", &format!("{:.2}%", share * 100.0));
        hovered.set(Some(share));
    };
    let hover_time = move || {
        hovered.get().map(|share| {
            let seconds = share * f64::from(playback.duration_ms.get()) / 1000.0;
            view! { <span class="waveform-hover" aria-hidden="true">{clock(milliseconds(seconds))}</span> }
        })
    };
    let channels = channel_paths(&peaks).into_iter().enumerate().map(|(channel, path)| {
        view! { <path class=format!("channel channel-{channel}") d=path/> }
    });
    let marks = move || {
        let duration_ms = f64::from(playback.duration_ms.get().max(1));
        cursor.flags.with(|flags| {
            // Words that were said lie on top of stretches in which others were missing.
            let (said, missing): (Vec<&Flag>, Vec<&Flag>) =
                flags.iter().partition(|flag| flag.words.is_some());
            let marks = missing.into_iter().chain(said).map(|flag| {
                let x = f64::from(flag.start_ms) / duration_ms;
                let length_ms = f64::from(flag.end_ms.saturating_sub(flag.start_ms));
                let width = (length_ms / duration_ms).max(NARROWEST_MARK);
                let class = format!("mark tone-{}", wording::severity_tone(flag.severity));
                // What was not said has no second of its own: a field over all of its stretch would hide those
                // that have one.
                let field = flag.words.is_some().then(|| {
                    view! { <rect class="mark-field" x=x y="0" width=width height="1"/> }
                });
                view! {
                    <g class=class>
                        {field}
                        <rect x=x y="0.95" width=width height="0.05"/>
                    </g>
                }
            });
            marks.collect_view()
        })
    };
    // Custom properties set by script are allowed where style attributes are not. Each is set where it is needed: for the
    // whole of the waveform, the style of hundreds of marks would be found anew in every frame.
    Effect::new(move |_| {
        let share = f64::from(playback.position_ms.get()) / f64::from(playback.duration_ms.get().max(1));
        let percent = format!("{:.3}%", share.min(1.0) * 100.0);
        if let (Some(played), Some(playhead)) = (played.get(), playhead.get()) {
            let _ = web_sys::HtmlElement::style(&played).set_property("--played", &percent);
            let _ = web_sys::HtmlElement::style(&playhead).set_property("--played", &percent);
        }
    });
    let tenths = Memo::new(move |_| playback.position_ms.get() / 100);
    let seconds_text = move || f64::from(tenths.get()) / 10.0;
    let spoken = Memo::new(move |_| {
        format!("{} of {}", clock(playback.position_ms.get()), clock(playback.duration_ms.get()))
    });
    view! {
        <div class="waveform" class:flat=peaks.is_empty() node_ref=ground
            on:pointermove=hover on:pointerleave=move |_| hovered.set(None)>
            <svg viewBox=format!("0 0 {BARS} {HEIGHT}") preserveAspectRatio="none" aria-hidden="true">
                <g id="waveform-shape">{channels.collect_view()}</g>
            </svg>
            <div class="played" node_ref=played>
                <svg viewBox=format!("0 0 {BARS} {HEIGHT}") preserveAspectRatio="none" aria-hidden="true">
                    <use href="#waveform-shape"></use>
                </svg>
            </div>
            <svg class="waveform-marks" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">{marks}</svg>
            <span class="playhead" node_ref=playhead></span>
            {labels}
            {hover_time}
            <input type="range" class="waveform-seek" aria-label="Seek" min="0" step="0.1"
                max=move || f64::from(playback.duration_ms.get()) / 1000.0
                prop:value=seconds_text aria-valuetext=spoken
                on:input:target=move |event| {
                    if let Some(seconds) = decimal(&event.target().value()) {
                        playback.jump(milliseconds(seconds));
                    }
                }
                on:keydown=move |event| {
                    let by_ms = match event.key().as_str() {
                        "ArrowLeft" | "ArrowDown" => -SKIP_MS,
                        "ArrowRight" | "ArrowUp" => SKIP_MS,
                        _ => return,
                    };
                    event.prevent_default();
                    playback.skip(by_ms);
                }/>
        </div>
    }
}

/// One path of bars per channel, scaled to the loudest peak of the call.
fn channel_paths(peaks: &[Vec<u8>]) -> Vec<String> {
    let loudest = f64::from(peaks.iter().flatten().copied().max().unwrap_or(0).max(1));
    #[expect(clippy::cast_precision_loss, reason = "a recording has few channels")]
    let row = HEIGHT / peaks.len().max(1) as f64;
    let mut top = 0.0;
    let mut paths = Vec::with_capacity(peaks.len());
    for channel in peaks {
        let mut path = String::new();
        for (bar, peak) in bars(channel).into_iter().enumerate() {
            let half = (f64::from(peak) / loudest * row * 0.46).max(0.8);
            let middle = top + row / 2.0;
            let _ = write!(path, "M{bar}.2 {:.1}h.6V{:.1}h-.6z", middle - half, middle + half);
        }
        paths.push(path);
        top += row;
    }
    paths
}

/// The loudest peak of each bar's stretch.
fn bars(channel: &[u8]) -> Vec<u8> {
    if channel.is_empty() {
        return Vec::new();
    }
    (0..BARS)
        .map(|bar| {
            let first = bar * channel.len() / BARS;
            let last = ((bar + 1) * channel.len() / BARS).max(first + 1);
            channel[first..last].iter().copied().max().unwrap_or(0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_call_keeps_its_loudest_moments() {
        let mut channel = vec![0; BARS * 100];
        channel[BARS * 50 + 7] = 255;
        let bars = bars(&channel);
        assert_eq!(bars.len(), BARS);
        assert_eq!(bars.iter().filter(|peak| **peak == 255).count(), 1);
        assert_eq!(bars[BARS / 2], 255);
    }

    #[test]
    fn a_short_call_is_stretched() {
        assert_eq!(bars(&[1, 2])[0], 1);
        assert_eq!(bars(&[1, 2])[BARS - 1], 2);
        assert!(bars(&[]).is_empty());
    }
}
