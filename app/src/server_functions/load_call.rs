use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use supabase_client::call::{CallId, CallPage};

use super::sign_recording::RecordingLink;
use crate::server_error::ServerError;
use crate::transcript_payload::TranscriptPayload;

/// The call page's data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Without the transcript: that travels on its own.
    pub page: CallPage,
    pub transcript: Option<TranscriptPayload>,
    /// Absent while there is no recording, after retention deleted it, and when Storage gives no link.
    pub recording: Option<RecordingLink>,
}

/// One call with a link to its recording; 404 when there is no such call.
#[server(endpoint = "load_call")]
pub async fn load_call(call_id: CallId) -> Result<Call, ServerError> {
    use super::sign_recording::link_to_sound;
    use crate::server_error::Refusal;

    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let page = api.call_page(call_id).await.map_err(|error| asker.answer_to(&error))?;
    let mut page = page.ok_or_else(|| asker.refuse(Refusal::NotFound))?;
    let transcript = page.transcript.take();
    let transcript = transcript.map(|transcript| TranscriptPayload::pack(&transcript, is_rendering()));
    let kept = page.storage_path.as_deref().filter(|_| page.has_recording());
    let review_path = page.review_path.clone();
    let recording = match kept {
        // A recording without a link still has a transcript to read: the page says what is missing.
        Some(path) => link_to_sound(&asker, &api, review_path, path)
            .await
            .inspect_err(|error| tracing::error!(%error, %call_id, "no link to a recording"))
            .ok(),
        None => None,
    };
    Ok(Call { page, transcript, recording })
}

/// Whether a page is being rendered, and not asked for the data alone: the lines are then part of its HTML.
#[cfg(feature = "ssr")]
fn is_rendering() -> bool {
    let parts = use_context::<http::request::Parts>();
    parts.is_some_and(|parts| !parts.uri.path().starts_with("/api/"))
}
