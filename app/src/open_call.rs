//! The call that a page shows, and how it is asked for again.

use leptos::prelude::*;
use leptos::task::spawn_local;
use supabase_client::call::CallPage;

use crate::server_error::Refusal;
use crate::server_functions::load_call::{Call, load_call};
use crate::server_functions::sign_recording::RecordingLink;

/// What is known of the open call.
#[derive(Clone, Copy)]
pub struct OpenCall {
    pub page: RwSignal<CallPage>,
    pub recording: RwSignal<Option<RecordingLink>>,
}

impl OpenCall {
    #[must_use]
    pub fn new(call: Call) -> Self {
        Self { page: RwSignal::new(call.page), recording: RwSignal::new(call.recording) }
    }

    /// Asks the server how the call stands now, and shows what has changed.
    pub fn ask_again(self) {
        let call_id = self.page.with_untracked(|page| page.call.call_id);
        spawn_local(async move {
            match load_call(call_id).await {
                Ok(news) if self.page.try_with_untracked(|page| *page != news.page) == Some(true) => {
                    if self.recording.with_untracked(Option::is_none) {
                        self.recording.set(news.recording);
                    }
                    self.page.set(news.page);
                }
                Err(error) if error.refusal == Refusal::SignedOut => {
                    let _ = window().location().reload();
                }
                _ => {}
            }
        });
    }
}
