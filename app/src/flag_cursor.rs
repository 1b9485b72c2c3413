//! Which flag the reviewer is at.

use leptos::prelude::*;
use supabase_client::flag::Flag;

use crate::browser::is_narrow;
use crate::call_place;
use crate::playback::Playback;

/// The flags of the open call in the order of the recording, and the one that was chosen last.
#[derive(Clone, Copy)]
pub struct FlagCursor {
    pub flags: Memo<Vec<Flag>>,
    /// Id of the chosen flag.
    pub current: RwSignal<Option<String>>,
    playback: Playback,
}

impl FlagCursor {
    #[must_use]
    pub fn new(flags: Memo<Vec<Flag>>, playback: Playback) -> Self {
        Self { flags, current: RwSignal::new(None), playback }
    }

    #[must_use]
    pub fn is_current(self, flag_id: &str) -> bool {
        self.current.with(|current| current.as_deref() == Some(flag_id))
    }

    /// Chooses a flag and moves the recording to its first word, without playing.
    pub fn choose(self, flag: &Flag) {
        self.current.set(Some(flag.id.clone()));
        self.playback.jump(flag.start_ms);
        // A transcript below the cards would scroll them away from who is deciding.
        if is_narrow() {
            self.playback.following.set(false);
        }
    }

    /// Chooses a flag and plays it.
    pub fn play(self, flag: &Flag) {
        self.go_to(flag);
        self.playback.following.set(true);
        self.playback.play();
    }

    /// Chooses a flag, which a copied address leads to from now on. What plays goes on there.
    pub fn go_to(self, flag: &Flag) {
        self.choose(flag);
        remember_in_address(flag);
    }

    /// Plays the flag after the chosen one; after the last comes the first.
    pub fn play_next(self) {
        self.play_at(|chosen, flags| chosen.map_or(0, |chosen| (chosen + 1) % flags));
    }

    /// Plays the flag before the chosen one; before the first comes the last.
    pub fn play_previous(self) {
        self.play_at(|chosen, flags| chosen.map_or(flags - 1, |chosen| (chosen + flags - 1) % flags));
    }

    fn play_at(self, which: impl Fn(Option<usize>, usize) -> usize) {
        let flags = self.flags.get_untracked();
        if flags.is_empty() {
            return;
        }
        let current = self.current.get_untracked();
        let chosen = current.and_then(|id| flags.iter().position(|flag| flag.id == id));
        self.play(&flags[which(chosen, flags.len())]);
    }
}

/// Puts the flag into the page's address, so that a copied link leads to it.
fn remember_in_address(flag: &Flag) {
    let location = window().location();
    let (Ok(path), Ok(history)) = (location.pathname(), window().history()) else { return };
    let address = format!("{path}{}", call_place::query(Some(&flag.id), Some(flag.start_ms)));
    let state = history.state().unwrap_or_default();
    let _ = history.replace_state_with_url(&state, "", Some(&address));
}
