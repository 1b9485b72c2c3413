//! The call that an address outside of the app names.

use axum::response::{IntoResponse as _, Response};
use callscript_app::session::RequestSession;
use callscript_app::state::AppState;
use http::{StatusCode, header};
use supabase_client::call::{CallId, CallPage};
use supabase_client::http::Error;

/// The call as the asker may see it: the database decides.
pub async fn asked_call(
    state: &AppState,
    session: &RequestSession,
    call_id: &str,
) -> Result<CallPage, StatusCode> {
    let token = match session {
        RequestSession::SignedIn { access_token } => access_token.clone(),
        RequestSession::SignedOut => return Err(StatusCode::UNAUTHORIZED),
        RequestSession::Unavailable => return Err(StatusCode::SERVICE_UNAVAILABLE),
    };
    let call_id: CallId = call_id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    match state.supabase.as_user(token).call_page(call_id).await {
        Ok(page) => page.ok_or(StatusCode::NOT_FOUND),
        Err(Error::NotSignedIn) => Err(StatusCode::UNAUTHORIZED),
        Err(Error::Forbidden) => Err(StatusCode::FORBIDDEN),
        Err(error) => {
            tracing::error!(%error, %call_id, "a call could not be fetched");
            Err(if error.is_transient() {
                StatusCode::SERVICE_UNAVAILABLE
            } else {
                StatusCode::INTERNAL_SERVER_ERROR
            })
        }
    }
}

pub fn refused(status: StatusCode) -> Response {
    let sentence = match status {
        StatusCode::UNAUTHORIZED => "Please sign in first.",
        StatusCode::FORBIDDEN => "Your account may not do this. Ask an admin for the reviewer role.",
        StatusCode::NOT_FOUND => "There is no such call, or it has no transcript.",
        _ => "The call cannot be fetched right now. Please try again in a moment.",
    };
    (status, [(header::CACHE_CONTROL, "no-store")], sentence).into_response()
}
