//! `/calls/{id}/print`: a call on paper.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use callscript_app::pages::printable::printable;
use callscript_app::session::RequestSession;
use callscript_app::state::AppState;
use http::header;

use super::asked_call::{Refused, asked_call};

/// The page has a stylesheet, and nothing in it runs.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub async fn print(
    State(state): State<AppState>,
    Extension(session): Extension<RequestSession>,
    Path(call_id): Path<String>,
) -> Result<Response, Refused> {
    let page = asked_call(&state, &session, &call_id).await?;
    let headers = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, Html(printable(&page))).into_response())
}
