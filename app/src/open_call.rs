//! The call that a page shows, and how it is kept up to date.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use gloo::events::EventListener;
use leptos::prelude::*;
use leptos::task::spawn_local;
use supabase_client::call::{CallId, CallPage, Review, ReviewVerdict};
use supabase_client::flag::Flag;
use supabase_client::judgement::{RuleOutcome, RuleResult};

use crate::browser::keep;
use crate::browser::leaving::tell_when_left;
use crate::browser::poll::{poll, poll_hidden};
use crate::server_error::Refusal;
use crate::server_functions::load_call::{Call, load_call};
use crate::server_functions::sign_recording::RecordingLink;
use crate::server_functions::touch_call::touch_call;
use crate::transcript_payload::TranscriptPayload;

/// How often an open page asks what lanes and people have done.
const REFRESH_EVERY: Duration = Duration::from_secs(4);
/// How often a page that nobody sees says that it is still open. `core.is_present` allows for half as much again.
const SIGN_WHILE_HIDDEN_EVERY: Duration = Duration::from_secs(30);

/// What is known of the open call.
#[derive(Clone, Copy)]
pub struct OpenCall {
    /// Without its transcript, which is large and stays as it is.
    pub page: RwSignal<CallPage>,
    pub transcript: RwSignal<Option<Arc<TranscriptPayload>>>,
    pub recording: RwSignal<Option<RecordingLink>>,
    /// Why nothing new comes, while it does not.
    pub cut_off: RwSignal<Option<String>>,
}

impl OpenCall {
    #[must_use]
    pub fn new(call: Call) -> Self {
        Self {
            transcript: RwSignal::new(call.transcript.map(Arc::new)),
            page: RwSignal::new(call.page),
            recording: RwSignal::new(call.recording),
            cut_off: RwSignal::new(None),
        }
    }

    /// Which call it is; absent when its page is gone.
    #[must_use]
    pub fn id(self) -> Option<CallId> {
        self.page.try_with_untracked(|page| page.call.call_id)
    }

    /// Gives a sign now and again, as long as the current owner lives, and says in the end that the call is closed.
    pub fn keep_in_touch(self) {
        self.ask_again();
        poll(REFRESH_EVERY, move || self.ask_again());
        poll_hidden(SIGN_WHILE_HIDDEN_EVERY, move || self.ask_again());
        keep(EventListener::new(&window(), "online", move |_| self.ask_again()));
        if let Some(call_id) = self.id() {
            tell_when_left(call_id);
        }
    }

    /// Tells the server that the call is open here, asks how it stands now, and shows what has changed.
    pub fn ask_again(self) {
        let Some(call_id) = self.id() else { return };
        spawn_local(async move {
            match touch_call(call_id).await {
                Ok(news) => {
                    self.cut_off.try_set(None);
                    if self.page.try_with_untracked(|page| *page != news) == Some(true) {
                        self.page.set(news);
                        self.fetch_what_is_new();
                    }
                }
                Err(error) if error.refusal == Refusal::SignedOut => {
                    let _ = window().location().reload();
                }
                Err(error) => {
                    self.cut_off.try_set(Some(error.sentence));
                }
            }
        });
    }

    /// The transcript and the first link to the recording, where they were not there when the page came; the player asks
    /// for the next links.
    fn fetch_what_is_new(self) {
        let (call_id, has_transcript, has_recording) =
            self.page.with_untracked(|page| (page.call.call_id, page.has_transcript, page.has_recording()));
        // What retention deletes goes from open pages as well.
        if !has_recording {
            self.recording.try_set(None);
        }
        if !has_transcript {
            self.transcript.try_set(None);
        }
        let new_transcript = has_transcript && self.transcript.with_untracked(Option::is_none);
        let new_recording = has_recording && self.recording.with_untracked(Option::is_none);
        if !new_transcript && !new_recording {
            return;
        }
        spawn_local(async move {
            let Ok(Call { transcript, recording, .. }) = load_call(call_id).await else { return };
            if new_transcript {
                self.transcript.try_set(transcript.map(Arc::new));
            }
            if new_recording {
                self.recording.try_set(recording);
            }
        });
    }

    /// Adds what was just said, before the server is asked again.
    pub fn said(self, given: Review) {
        self.page.try_update(|page| {
            // An answer that was on its way may have brought it.
            if page.reviews.iter().all(|known| known.review_id != given.review_id) {
                page.reviews.insert(0, given);
            }
        });
        self.ask_again();
    }

    /// The newest review about a subject, whatever it says.
    #[must_use]
    pub fn newest_review(self, subject: &str) -> Option<i64> {
        self.page.with_untracked(|page| {
            page.reviews.iter().find(|review| review.flag_id == subject).map(|review| review.review_id)
        })
    }

    /// Whether the server has kept a word on a subject that stands.
    #[must_use]
    pub fn has_word_on(self, subject: &str) -> bool {
        self.page.with_untracked(|page| standing_review(page, subject).is_some())
    }
}

/// The newest word of people on a flag or an undecided rule that has not been taken back.
#[must_use]
pub fn standing_review<'a>(page: &'a CallPage, subject: &str) -> Option<&'a Review> {
    let newest = page.reviews.iter().find(|review| review.flag_id == subject);
    newest.filter(|review| review.verdict != ReviewVerdict::Withdrawn)
}

/// The flags of the verdict and those that people added, in the order of the recording.
#[must_use]
pub fn all_flags(page: &CallPage) -> Vec<Flag> {
    let mut flags = page.call.flags.clone();
    for review in &page.reviews {
        let stands = standing_review(page, &review.flag_id).is_some_and(|newest| newest == review);
        if let Some(flag) = review.flag.as_ref().filter(|_| stands)
            && flags.iter().all(|other| other.id != flag.id)
        {
            flags.push(flag.clone());
        }
    }
    flags.sort_by_key(|flag| (flag.start_ms, std::cmp::Reverse(flag.severity)));
    flags
}

/// The rules that the shown verdict left undecided, each once, in its order.
#[must_use]
pub fn undecided_rules(page: &CallPage) -> Vec<RuleResult> {
    let mut seen = BTreeSet::new();
    let undecided = page.rule_results.iter().filter(|rule| rule.outcome == RuleOutcome::Undecided);
    undecided.filter(|rule| seen.insert(&rule.rule_key)).cloned().collect()
}
