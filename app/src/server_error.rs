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
            Refusal::NotFound => "What this link leads to does not exist, or no longer.",
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
