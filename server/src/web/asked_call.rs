//! The call that an address outside of the app names.

use axum::response::{IntoResponse, Response};
use callscript_app::session::RequestSession;
use callscript_app::state::AppState;
use http::{StatusCode, header};
use supabase_client::call::{CallId, CallPage};
use supabase_client::http::Error;

/// Why an address was not answered with a call.
pub struct Refused(pub StatusCode);

/// The call as the asker may see it: the database decides.
pub async fn asked_call(
    state: &AppState,
    session: &RequestSession,
    call_id: &str,
) -> Result<CallPage, Refused> {
    let token = match session {
        RequestSession::SignedIn { access_token } => access_token.clone(),
        RequestSession::SignedOut => return Err(Refused(StatusCode::UNAUTHORIZED)),
        RequestSession::Unavailable => return Err(Refused(StatusCode::SERVICE_UNAVAILABLE)),
    };
    let call_id: CallId = call_id.parse().map_err(|_| Refused(StatusCode::NOT_FOUND))?;
    let page = state.supabase.as_user(token).call_page(call_id).await.map_err(|error| {
        Refused(match error {
            Error::NotSignedIn => StatusCode::UNAUTHORIZED,
            Error::Forbidden => StatusCode::FORBIDDEN,
            error => {
                tracing::error!(%error, %call_id, "a call could not be fetched");
                if error.is_transient() {
                    StatusCode::SERVICE_UNAVAILABLE
                } else {
                    StatusCode::INTERNAL_SERVER_ERROR
                }
            }
        })
    })?;
    page.ok_or(Refused(StatusCode::NOT_FOUND))
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let sentence = match self.0 {
            StatusCode::UNAUTHORIZED => "Please sign in first.",
            StatusCode::FORBIDDEN => "Your account may not do this. Ask an admin for the reviewer role.",
            StatusCode::NOT_FOUND => "There is no such call, or it has no transcript.",
            StatusCode::GONE => "The transcript of this call was deleted when its time was over.",
            _ => "The call cannot be fetched right now. Please try again in a moment.",
        };
        (self.0, [(header::CACHE_CONTROL, "no-store")], sentence).into_response()
    }
}
