use std::cell::Cell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use supabase_client::call::CallId;

use crate::browser::frames::each_frame;
use crate::browser::keep;
use crate::decode_errors::DecodeErrors;
use crate::playback::{Playback, milliseconds};
use crate::server_functions::sign_recording::{RecordingLink, sign_recording};

/// The next link is fetched when this share of the present one's life is over.
const RENEW_AFTER: f64 = 0.7;
/// How long to wait before the next try when one has failed, growing with each failure. The first comes at once.
const RETRY_AFTER_MS: u32 = 2000;
/// The wait grows no further after so many failures.
const LONGEST_RETRY: u32 = 15;
/// After so many failures in a row the person is told.
const PATIENCE: u32 = 4;

/// The `<audio>` element, and the links that keep it supplied.
///
/// A link works for a few minutes. The next one is fetched before the end, and at once when the element reports
/// an error; the place, the speed, and whether it plays, all stay. A review copy that is gone, or that no browser can
/// decode, gives way to the original; an original that no browser can decode is given up.
#[component]
pub fn Recording(link: RecordingLink, call_id: CallId) -> impl IntoView {
    let playback = expect_context::<Playback>();
    let first = link.url.clone();
    let links = Links {
        playback,
        present: RwSignal::new(link),
        failures: RwSignal::new(0),
        decode_errors: StoredValue::new(DecodeErrors::default()),
        error_noted: StoredValue::new(false),
        unplayable: RwSignal::new(false),
        asking: StoredValue::new(false),
        call_id,
    };

    Effect::new(move |_| {
        let renew_after = links.present.with(|link| f64::from(link.valid_for_seconds) * RENEW_AFTER);
        keep(Timeout::new(milliseconds(renew_after), move || links.renew()));
    });
    Effect::new(move |_| {
        if let Some(before) = links.failures.get().checked_sub(1) {
            keep(Timeout::new(RETRY_AFTER_MS * before.min(LONGEST_RETRY), move || links.renew()));
        }
    });
    // While it plays the position is read for every painted frame, so that words light up on time.
    Effect::new(move |_| {
        if playback.playing.get() {
            each_frame(move || {
                playback.read_position();
                playback.skip_silence();
            });
        }
    });
    // An error that came before the app was alive left no event to hear.
    let checked = Rc::new(Cell::new(false));
    Effect::new(move |_| {
        if let Some(audio) = playback.audio.get()
            && !checked.replace(true)
        {
            playback.recall_choices();
            playback.take_place();
            playback.playing.set(!audio.paused());
            let duration_ms = milliseconds(audio.duration());
            if duration_ms > 0 {
                playback.duration_ms.set(duration_ms);
            }
            links.look_for_error();
        }
    });
    let trouble = Memo::new(move |_| {
        if links.unplayable.get() {
            Some("This recording cannot be played.")
        } else if links.failures.get() >= PATIENCE {
            Some("The recording cannot be reached. It is tried again by itself.")
        } else {
            None
        }
    });
    view! {
        <audio
            class="recording"
            node_ref=playback.audio
            src=first
            controls
            preload="metadata"
            aria-label="Recording"
            data-testid="recording"
            on:play=move |_| playback.playing.set(true)
            on:pause=move |_| playback.playing.set(false)
            on:ended=move |_| playback.playing.set(false)
            on:timeupdate=move |_| playback.read_position()
            on:seeked=move |_| playback.read_position()
            on:error=move |_| links.look_for_error()
            on:loadeddata=move |_| links.opened()
            on:durationchange=move |_| {
                let known = playback.audio.get_untracked().map_or(0, |audio| milliseconds(audio.duration()));
                if known > 0 {
                    playback.duration_ms.set(known);
                }
            }
        ></audio>
        <div role="alert" class="recording-trouble">
            {move || trouble.get().map(|sentence| view! { <p class="notice tone-failed">{sentence}</p> })}
        </div>
    }
}

#[derive(Clone, Copy)]
struct Links {
    playback: Playback,
    present: RwSignal<RecordingLink>,
    /// Links in a row that could not be fetched, or with which nothing was loaded.
    failures: RwSignal<u32>,
    decode_errors: StoredValue<DecodeErrors>,
    /// An error that comes while the app comes alive is found by looking, and then heard of as well.
    error_noted: StoredValue<bool>,
    /// Every link leads to the same bytes, those of the original, and they are no sound.
    unplayable: RwSignal<bool>,
    asking: StoredValue<bool>,
    call_id: CallId,
}

impl Links {
    /// Asks for another link when the element stands still because of an error, unless none can help.
    fn look_for_error(self) {
        let Some(error) = self.playback.audio.get_untracked().and_then(|audio| audio.error()) else { return };
        if self.error_noted.try_update_value(|noted| std::mem::replace(noted, true)) != Some(false) {
            return;
        }
        let position_ms = self.playback.position_ms.get_untracked();
        let link_may_help =
            self.decode_errors.try_update_value(|errors| errors.link_may_help(error.code(), position_ms));
        if link_may_help == Some(true) {
            self.failures.update(|failures| *failures += 1);
        } else if self.present.with_untracked(|link| link.review_path.is_some()) {
            self.present.update(|link| link.review_path = None);
            self.decode_errors.set_value(DecodeErrors::default());
            self.failures.update(|failures| *failures += 1);
        } else {
            self.unplayable.set(true);
        }
    }

    fn opened(self) {
        self.decode_errors.update_value(DecodeErrors::opened);
        self.failures.set(0);
    }

    /// Fetches a fresh link and, where it is needed, goes on with it where the old one stood.
    fn renew(self) {
        if self.asking.try_get_value() != Some(false) || self.unplayable.get_untracked() {
            return;
        }
        self.asking.set_value(true);
        let original = self.present.with_untracked(|link| link.review_path.is_none());
        spawn_local(async move {
            let answer = sign_recording(self.call_id, original).await;
            // The page may have been left while the answer was under way.
            if self.asking.try_set_value(false).is_some() {
                return;
            }
            match answer {
                Ok(link) => {
                    if self.holds_the_rest() {
                        self.failures.set(0);
                    } else {
                        self.switch_to(&link.url);
                    }
                    self.present.set(link);
                }
                Err(_) => self.failures.update(|failures| *failures += 1),
            }
        });
    }

    /// Whether everything up to the end is loaded already; then no link is needed, and none disturbs.
    fn holds_the_rest(self) -> bool {
        let audio = self.playback.audio.get_untracked().filter(|audio| audio.error().is_none());
        let Some(audio) = audio else { return false };
        let loaded = audio.buffered();
        let reaches_end = |range| loaded.end(range).is_ok_and(|end| end + 0.5 >= audio.duration());
        let reaches_back = |range| loaded.start(range).is_ok_and(|start| start <= audio.current_time());
        (0..loaded.length()).any(|range| reaches_end(range) && reaches_back(range))
    }

    fn switch_to(self, url: &str) {
        let Some(audio) = self.playback.audio.get_untracked() else { return };
        let position = f64::from(self.playback.position_ms.get_untracked()) / 1000.0;
        let playing = self.playback.playing.get_untracked();
        audio.set_src(url);
        self.error_noted.set_value(false);
        // Before the new data is there this is where it will begin.
        audio.set_current_time(position);
        if playing {
            self.playback.play();
        }
    }
}
