//! The call that a page shows, and how it is kept up to date.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use supabase_client::call::{CallPage, Review, ReviewVerdict};
use supabase_client::flag::Flag;

use crate::server_error::Refusal;
use crate::server_functions::load_call::{Call, load_call};
use crate::server_functions::sign_recording::RecordingLink;
use crate::server_functions::touch_call::touch_call;
use crate::transcript_payload::TranscriptPayload;

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

    /// Tells the server that the call is open here, asks how it stands now, and shows what has changed.
    pub fn ask_again(self) {
        let call_id = self.page.with_untracked(|page| page.call.call_id);
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
        let (call_id, has_transcript, has_recording) = self.page.with_untracked(|page| {
            (
                page.call.call_id,
                page.has_transcript,
                page.storage_path.is_some() && page.audio_deleted_at.is_none(),
            )
        });
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
        self.page.update(|page| page.reviews.insert(0, given));
        self.ask_again();
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
