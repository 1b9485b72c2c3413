//! Who asks: every server function begins here.

use http::request::Parts;
use leptos::prelude::use_context;
use supabase_client::http::Api;

use crate::server_error::{Refusal, ServerError, refuse};
use crate::session::RequestSession;
use crate::state::AppState;

/// What the server provides to every server function.
pub fn state() -> AppState {
    use_context::<AppState>().expect("the server provides AppState to every page and server function")
}

/// What this request's cookie turned out to be.
pub fn session() -> RequestSession {
    let session = use_context::<Parts>().and_then(|parts| parts.extensions.get::<RequestSession>().cloned());
    session.unwrap_or(RequestSession::SignedOut)
}

/// Supabase, spoken to with the asker's own token: the database decides what that person may do. Without
/// a session the answer is 401.
pub fn asker() -> Result<Api, ServerError> {
    match session() {
        RequestSession::SignedIn { access_token } => Ok(state().supabase.as_user(access_token)),
        RequestSession::Unavailable => Err(refuse(Refusal::Unavailable)),
        RequestSession::SignedOut => Err(refuse(Refusal::SignedOut)),
    }
}
