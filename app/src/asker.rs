//! Who asks, and what the answer's status is: every server function begins here.

use http::{Method, StatusCode, header, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use supabase_client::http::{Api, Error};

use crate::server_error::{Refusal, ServerError};
use crate::session::RequestSession;
use crate::state::AppState;

/// The request that a server function answers.
///
/// Everything is taken from the context at the start: while a function waits, the part of the page that called it may
/// go, and the context goes with it.
#[derive(Clone)]
pub struct Asker {
    pub state: AppState,
    pub session: RequestSession,
    /// Absent where nothing is answered, as when the routes are listed.
    pub response: Option<ResponseOptions>,
    /// A form sent without JavaScript is led back to its page whatever happens; a status would undo that.
    sends_plain_form: bool,
}

impl Asker {
    /// To be called before the first `await`.
    #[must_use]
    pub fn of_this_request() -> Self {
        let parts = use_context::<Parts>();
        let session = parts.as_ref().and_then(|parts| parts.extensions.get::<RequestSession>().cloned());
        Self {
            state: use_context().expect("the server provides AppState to every page and server function"),
            session: session.unwrap_or(RequestSession::SignedOut),
            response: use_context(),
            sends_plain_form: parts.is_some_and(|parts| is_plain_form(&parts)),
        }
    }

    /// Supabase, spoken to with the asker's own token: the database decides what that person may do.
    /// Without a session the answer is 401.
    pub fn api(&self) -> Result<Api, ServerError> {
        match &self.session {
            RequestSession::SignedIn { access_token } => {
                Ok(self.state.supabase.as_user(access_token.clone()))
            }
            RequestSession::Unavailable => Err(self.refuse(Refusal::Unavailable)),
            RequestSession::SignedOut => Err(self.refuse(Refusal::SignedOut)),
        }
    }

    /// The error for a refusal, with its HTTP status on the response.
    #[must_use]
    pub fn refuse(&self, refusal: Refusal) -> ServerError {
        self.with_status(refusal.into())
    }

    /// Turns what Supabase answered into what the person hears. Logs what nobody expected. A session that the
    /// database does not take is forgotten: as long as it was kept, sign-in would lead back to where it was refused.
    #[must_use]
    pub fn answer_to(&self, error: &Error) -> ServerError {
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
        if let (Refusal::SignedOut, Some(response)) = (refusal, &self.response) {
            response.append_header(header::SET_COOKIE, self.state.cookies.forget());
        }
        self.with_status(ServerError { refusal, sentence: error.sentence() })
    }

    fn with_status(&self, error: ServerError) -> ServerError {
        let status = match error.refusal {
            Refusal::SignedOut | Refusal::WrongPassword => StatusCode::UNAUTHORIZED,
            Refusal::Forbidden => StatusCode::FORBIDDEN,
            Refusal::NotFound => StatusCode::NOT_FOUND,
            Refusal::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::Unavailable | Refusal::Offline => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Unexpected => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if let Some(response) = self.response.as_ref().filter(|_| !self.sends_plain_form) {
            response.set_status(status);
        }
        error
    }
}

fn is_plain_form(parts: &Parts) -> bool {
    let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    parts.method == Method::POST && accept.is_some_and(|accept| accept.contains("text/html"))
}
