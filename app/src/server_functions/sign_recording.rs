use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use supabase_client::call::CallId;

use crate::server_error::ServerError;

/// How long a link to a recording works. The player asks for the next one before the end.
#[cfg(feature = "ssr")]
const VALID_FOR: std::time::Duration = std::time::Duration::from_mins(5);

/// A link to a recording that works for a few minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingLink {
    pub url: String,
    /// The review copy that it leads to; absent when it leads to the original.
    pub review_path: Option<String>,
    /// Counted from the answer; a moment would need the browser's clock to be right.
    pub valid_for_seconds: u32,
}

/// A fresh link to the recording of a call: to its review copy, where there is one, and to the original otherwise
/// or where the original is asked for.
///
/// The database says where they lie, to whoever may listen; once retention has deleted them it refuses with a
/// sentence. Storage signs with the asker's own token.
#[server(endpoint = "sign_recording")]
pub async fn sign_recording(call_id: CallId, original: bool) -> Result<RecordingLink, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let paths = api.recording_to_play(call_id).await.map_err(|error| asker.answer_to(&error))?;
    let review_path = paths.review_path.filter(|_| !original);
    let link = link_to_sound(&asker, &api, review_path, &paths.storage_path).await;
    link.map_err(|error| asker.answer_to(&error))
}

/// A link to the review copy, which browsers play from every second exactly. The original is not worse for
/// listening, so it takes the place of a copy that is not there.
#[cfg(feature = "ssr")]
pub(super) async fn link_to_sound(
    asker: &crate::asker::Asker,
    api: &supabase_client::http::Api,
    review_path: Option<String>,
    storage_path: &str,
) -> Result<RecordingLink, supabase_client::http::Error> {
    use supabase_client::http::Error;

    if let Some(review_path) = review_path {
        match link_to(asker, api, &review_path).await {
            Err(Error::NotFound) => {
                tracing::warn!(review_path, "a review copy is not in Storage; its original is played");
            }
            answer => return answer.map(|link| RecordingLink { review_path: Some(review_path), ..link }),
        }
    }
    link_to(asker, api, storage_path).await
}

/// Signs a link as the browser sees Storage. The state comes from the caller, who asked for it before the
/// first wait: a page's context can be gone after it.
#[cfg(feature = "ssr")]
async fn link_to(
    asker: &crate::asker::Asker,
    api: &supabase_client::http::Api,
    storage_path: &str,
) -> Result<RecordingLink, supabase_client::http::Error> {
    let signed = api.storage().sign(storage_path, VALID_FOR).await?;
    let url = asker
        .state
        .as_browser_sees(&signed)
        .map_err(|_| supabase_client::http::Error::Settings("Storage signed a link that is no address."))?;
    let valid_for_seconds = u32::try_from(VALID_FOR.as_secs()).unwrap_or(u32::MAX);
    Ok(RecordingLink { url, review_path: None, valid_for_seconds })
}
