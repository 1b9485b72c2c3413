use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use callscript_app::local_path::local_path;
use callscript_app::session::RequestSession;
use http::{StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

const SIGN_IN: &str = "/sign-in";

/// Leads a page that is asked for without a session to sign-in, and sign-in with a session onwards.
///
/// This only spares people a useless page. What guards the data is that every server function acts with the
/// asker's token and answers 401 without one.
pub async fn require_session(request: Request, next: Next) -> Response {
    let session = request.extensions().get::<RequestSession>();
    let path = request.uri().path();
    if path.starts_with("/api/") {
        return next.run(request).await;
    }
    match session {
        Some(RequestSession::SignedIn { .. }) if path == SIGN_IN => {
            let query = request.uri().query().unwrap_or_default();
            let wanted = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "next");
            let wanted = wanted.map(|(_, next)| next.into_owned()).unwrap_or_default();
            lead_to(local_path(&wanted).to_owned())
        }
        Some(RequestSession::SignedOut) | None if path != SIGN_IN => {
            let here = request.uri().path_and_query().map_or("/", |here| here.as_str());
            lead_to(format!("{SIGN_IN}?next={}", utf8_percent_encode(here, NON_ALPHANUMERIC)))
        }
        _ => next.run(request).await,
    }
}

fn lead_to(address: String) -> Response {
    let headers = [(header::LOCATION, address), (header::CACHE_CONTROL, "no-store".to_owned())];
    (StatusCode::FOUND, headers).into_response()
}
