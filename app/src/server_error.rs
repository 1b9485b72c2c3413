//! The one error that server functions return: a kind for the app, a sentence for the person.
//!
//! What went wrong inside is logged on the server and never sent.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// 401: there is no session, or it has ended.
    SignedOut,
    /// 401: e-mail and password do not match.
    WrongPassword,
    /// 403: the person's role does not allow it.
    Forbidden,
    /// 404
    NotFound,
    /// 422: the database, or a check before it, refused the request for the reason in the sentence.
    Invalid,
    /// 503: Supabase cannot be reached.
    Unavailable,
    /// The browser could not reach this server.
    Offline,
    /// 500
    Unexpected,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerError {
    pub refusal: Refusal,
    pub sentence: String,
}

impl From<Refusal> for ServerError {
    fn from(refusal: Refusal) -> Self {
        let sentence = match refusal {
            Refusal::SignedOut => "Your session has ended. Please sign in again.",
            Refusal::WrongPassword => "That e-mail address and password do not match.",
            Refusal::Forbidden => "Your account may not do this. Ask an admin for the reviewer role.",
            Refusal::NotFound => "There is nothing here.",
            Refusal::Invalid => "That request could not be read.",
            Refusal::Unavailable => "The database cannot be reached right now. Please try again in a moment.",
            Refusal::Offline => "The connection was lost. It will be tried again.",
            Refusal::Unexpected => "Something went wrong on our side. It has been noted.",
        };
        Self { refusal, sentence: sentence.to_owned() }
    }
}

impl std::fmt::Display for ServerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for ServerError {}

impl FromServerFnError for ServerError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Refusal::Offline,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Refusal::Invalid,
            _ => Refusal::Unexpected,
        }
        .into()
    }
}

/// The error for a refusal, with its HTTP status on the response.
#[cfg(feature = "ssr")]
#[must_use]
pub fn refuse(refusal: Refusal) -> ServerError {
    with_status(refusal.into())
}

/// Turns what Supabase answered into what the person hears. Logs what nobody expected.
#[cfg(feature = "ssr")]
#[must_use]
pub fn answer_of(error: &supabase_client::http::Error) -> ServerError {
    use supabase_client::http::Error;

    let refusal = match error {
        Error::NotSignedIn => Refusal::SignedOut,
        Error::WrongPassword => Refusal::WrongPassword,
        Error::Forbidden => Refusal::Forbidden,
        Error::NotFound => Refusal::NotFound,
        Error::Refused { .. } => Refusal::Invalid,
        error if error.is_transient() => Refusal::Unavailable,
        _ => Refusal::Unexpected,
    };
    if matches!(refusal, Refusal::Unavailable | Refusal::Unexpected) {
        tracing::error!(%error, "a server function failed");
    }
    with_status(ServerError { refusal, sentence: error.sentence() })
}

/// Sets the status, except for a form sent without JavaScript: that one is redirected back to its page.
#[cfg(feature = "ssr")]
fn with_status(error: ServerError) -> ServerError {
    use http::{StatusCode, header, request::Parts};
    use leptos::prelude::use_context;

    let status = match error.refusal {
        Refusal::SignedOut | Refusal::WrongPassword => StatusCode::UNAUTHORIZED,
        Refusal::Forbidden => StatusCode::FORBIDDEN,
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Unavailable | Refusal::Offline => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Unexpected => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let plain_form = use_context::<Parts>().is_some_and(|parts| {
        let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        parts.method == http::Method::POST && accept.is_some_and(|accept| accept.contains("text/html"))
    });
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>().filter(|_| !plain_form) {
        response.set_status(status);
    }
    error
}
