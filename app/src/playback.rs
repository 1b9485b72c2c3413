//! The recording as the page's parts share it: where it stands, and how to move it.

use std::sync::Arc;

use leptos::html::Audio;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::Reflect;
use web_sys::{HtmlAudioElement, HtmlMediaElement};

use crate::browser::decimal::decimal;
use crate::browser::remember::{remember, remembered};
use crate::transcript_words::TranscriptWords;

/// The speeds a reviewer can choose.
pub const SPEEDS: [f64; 9] = [0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0];

/// Where the browser keeps what a reviewer chose.
const SPEED_KEY: &str = "callscript-speed";
const SKIPPING_KEY: &str = "callscript-skip-silence";
/// So much of a silence is heard before and after what is skipped of it, so that no word sounds cut off.
const KEPT_SILENCE_MS: u32 = 300;

/// Handles to the one recording of the page; copies share it.
#[derive(Clone, Copy)]
pub struct Playback {
    pub audio: NodeRef<Audio>,
    pub position_ms: RwSignal<u32>,
    pub duration_ms: RwSignal<u32>,
    pub playing: RwSignal<bool>,
    pub speed: RwSignal<f64>,
    /// Whether silences are jumped over while it plays.
    pub skipping: RwSignal<bool>,
    /// What is said in it; absent until the page is alive, and without a transcript.
    pub words: RwSignal<Option<Arc<TranscriptWords>>>,
    /// Whether the transcript scrolls along. A reader who scrolls takes this away; a jump gives it back.
    pub following: RwSignal<bool>,
}

impl Playback {
    #[must_use]
    pub fn new(duration_ms: u32) -> Self {
        Self {
            audio: NodeRef::new(),
            position_ms: RwSignal::new(0),
            duration_ms: RwSignal::new(duration_ms),
            playing: RwSignal::new(false),
            speed: RwSignal::new(1.0),
            skipping: RwSignal::new(false),
            words: RwSignal::new(None),
            following: RwSignal::new(true),
        }
    }

    pub fn play(self) {
        let Some(audio) = self.audio.get_untracked() else { return };
        if let Ok(started) = audio.play() {
            // Refused when a new link or a pause comes in between; the element's events tell how it stands.
            spawn_local(async move {
                let _ = JsFuture::from(started).await;
            });
        }
    }

    pub fn pause(self) {
        if let Some(audio) = self.audio.get_untracked() {
            let _ = audio.pause();
        }
    }

    pub fn toggle(self) {
        if self.playing.get_untracked() { self.pause() } else { self.play() }
    }

    /// Moves to a moment; the transcript follows again.
    pub fn jump(self, position_ms: u32) {
        if let Some(audio) = self.audio.get_untracked() {
            audio.set_current_time(f64::from(position_ms) / 1000.0);
        }
        self.position_ms.set(position_ms);
        self.following.set(true);
    }

    pub fn play_from(self, position_ms: u32) {
        self.jump(position_ms);
        self.play();
    }

    /// Moves by some milliseconds, back if negative.
    pub fn skip(self, by_ms: i32) {
        let position_ms = self.position_ms.get_untracked().saturating_add_signed(by_ms);
        self.jump(position_ms.min(self.duration_ms.get_untracked()));
    }

    /// One of [`SPEEDS`]. The pitch stays.
    pub fn set_speed(self, speed: f64) {
        self.speed.set(speed);
        remember(SPEED_KEY, &speed.to_string());
        self.take_speed();
    }

    /// Tells the element the chosen speed.
    fn take_speed(self) {
        let speed = self.speed.get_untracked();
        if let Some(audio) = self.audio.get_untracked() {
            // The default outlives a change of the link; the rate alone would be reset by it.
            audio.set_default_playback_rate(speed);
            audio.set_playback_rate(speed);
            let _ = Reflect::set(&audio, &"preservesPitch".into(), &true.into());
        }
    }

    pub fn toggle_skipping(self) {
        let skipping = !self.skipping.get_untracked();
        self.skipping.set(skipping);
        remember(SKIPPING_KEY, if skipping { "on" } else { "off" });
    }

    /// Goes on as the reviewer chose on another call. For the first time that the element is there.
    pub fn recall_choices(self) {
        let speed = remembered(SPEED_KEY).as_deref().and_then(decimal);
        if let Some(speed) = speed.filter(|speed| SPEEDS.contains(speed)) {
            self.speed.set(speed);
        }
        self.take_speed();
        self.skipping.set(remembered(SKIPPING_KEY).as_deref() == Some("on"));
    }

    /// Moves the element to where the page stands already: a call that is opened from another one is at its flag before the
    /// element is there.
    pub fn take_place(self) {
        let position_ms = self.position_ms.get_untracked();
        if let Some(audio) = self.audio.get_untracked().filter(|_| position_ms > 0) {
            audio.set_current_time(f64::from(position_ms) / 1000.0);
        }
    }

    /// Jumps over the silence in which it stands, where that is wanted. The reader stays where he reads.
    pub fn skip_silence(self) {
        if !self.skipping.get_untracked() {
            return;
        }
        let position_ms = self.position_ms.get_untracked();
        let ends = self
            .words
            .with_untracked(|words| words.as_ref()?.silence_ends(position_ms.checked_sub(KEPT_SILENCE_MS)?));
        let goes_on_ms = ends.map_or(0, |ends| ends.saturating_sub(KEPT_SILENCE_MS));
        // A jump that gains next to nothing is heard as a stutter.
        if goes_on_ms > position_ms + KEPT_SILENCE_MS
            && let Some(audio) = self.audio.get_untracked().filter(|audio| !audio.seeking())
        {
            audio.set_current_time(f64::from(goes_on_ms) / 1000.0);
        }
    }

    /// The next faster or slower speed.
    pub fn change_speed(self, faster: bool) {
        let now = self.speed.get_untracked();
        let next = if faster {
            SPEEDS.into_iter().find(|speed| *speed > now)
        } else {
            SPEEDS.into_iter().rev().find(|speed| *speed < now)
        };
        if let Some(next) = next {
            self.set_speed(next);
        }
    }

    /// Takes over where the element stands.
    pub fn read_position(self) {
        // An element that has nothing loaded stands nowhere; what was known before still holds.
        let loaded = |audio: &HtmlAudioElement| audio.ready_state() > HtmlMediaElement::HAVE_NOTHING;
        if let Some(audio) = self.audio.get_untracked().filter(loaded) {
            let position_ms = milliseconds(audio.current_time());
            if self.position_ms.get_untracked() != position_ms {
                self.position_ms.set(position_ms);
            }
        }
    }
}

/// Seconds of a media element as milliseconds; 0 for what is unknown or endless.
#[must_use]
pub fn milliseconds(seconds: f64) -> u32 {
    if !seconds.is_finite() {
        return 0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float cast saturates, and no recording lasts 49 days"
    )]
    let milliseconds = (seconds * 1000.0).round() as u32;
    milliseconds
}
