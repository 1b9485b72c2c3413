//! Sign-in, refresh and sign-out.

use std::time::Duration;

use backon::Retryable;
use chrono::{TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::config::Supabase;
use super::error::{Error, within};
use super::rest::{Repeat, is_header_safe};
use super::session::Session;

/// How long one try may take. Auth hashes passwords on purpose slowly.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Supabase Auth.
#[derive(Clone, Debug)]
pub struct Auth {
    supabase: Supabase,
}

impl Auth {
    pub(super) fn new(supabase: Supabase) -> Self {
        Self { supabase }
    }

    /// Signs in with e-mail address and password.
    pub async fn sign_in(&self, email: &str, password: &SecretString) -> Result<Session, Error> {
        let request = || {
            within(TIMEOUT, async {
                let client = &self.supabase.shared.auth;
                let session = client.login_with_email(email, password.expose_secret()).await;
                session.map(into_session).map_err(refused_sign_in)
            })
        };
        request.retry(Repeat::ForPerson.pauses()).when(Error::is_transient).await
    }

    /// Trades a refresh token for a new session; the old token is worth nothing afterwards.
    ///
    /// When the answer is lost, the second try still succeeds within the reuse interval of Auth
    /// (10 s by default); after that the answer is [`Error::NotSignedIn`].
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<Session, Error> {
        let request = || {
            within(TIMEOUT, async {
                let session = self.supabase.shared.auth.refresh_session(refresh_token.expose_secret()).await;
                session.map(into_session).map_err(refused_refresh)
            })
        };
        request.retry(Repeat::ForPerson.pauses()).when(Error::is_transient).await
    }

    /// Ends the session of this token and no other. A session that is over already is a success.
    pub async fn sign_out(&self, access_token: &SecretString) -> Result<(), Error> {
        if !is_header_safe(access_token) {
            return Ok(());
        }
        let shared = &self.supabase.shared;
        // Not by supabase-auth: it sends the scope where Auth does not look, and so would end the
        // sessions of every device.
        let request = || {
            within(TIMEOUT, async {
                let response = shared
                    .http
                    .post(format!("{}/auth/v1/logout?scope=local", shared.url))
                    .header("apikey", shared.api_key.expose_secret())
                    .bearer_auth(access_token.expose_secret())
                    .send()
                    .await
                    .map_err(Error::unreachable)?;
                match response.status().as_u16() {
                    200..300 | 401 | 403 => Ok(()),
                    status => Err(Error::unexpected(status, "sign-out was refused")),
                }
            })
        };
        request.retry(Repeat::ForPerson.pauses()).when(Error::is_transient).await
    }
}

fn into_session(session: supabase_auth::models::Session) -> Session {
    Session {
        access_token: session.access_token.into(),
        refresh_token: session.refresh_token.into(),
        // Counted from now by this machine's clock, so that a clock that is off does no harm.
        expires_at: Utc::now() + TimeDelta::seconds(session.expires_in.clamp(0, i64::from(u32::MAX))),
    }
}

fn refused_sign_in(error: supabase_auth::error::Error) -> Error {
    match status_and_message(error) {
        // supabase-auth drops the error code; its text is the only thing left to tell by.
        Ok((400, message)) if message == "Invalid login credentials" => Error::WrongPassword,
        Ok((400, message)) if message == "Email not confirmed" || message == "User is banned" => {
            Error::Forbidden
        }
        other => unexpected(other),
    }
}

/// Every refusal of a refresh token means the same to its holder, whatever the reason.
fn refused_refresh(error: supabase_auth::error::Error) -> Error {
    match status_and_message(error) {
        Ok((400 | 401 | 403, _)) => Error::NotSignedIn,
        other => unexpected(other),
    }
}

fn unexpected(answer: Result<(u16, String), Error>) -> Error {
    match answer {
        // The crate could not read a success; its text would be the tokens themselves.
        Ok((status @ 200..300, _)) => Error::unexpected(status, "Auth answered in another shape"),
        Ok((status, message)) => Error::unexpected(status, &message),
        Err(error) => error,
    }
}

fn status_and_message(error: supabase_auth::error::Error) -> Result<(u16, String), Error> {
    use supabase_auth::error::Error as AuthError;
    match error {
        AuthError::AuthError { status, message } => Ok((status.as_u16(), message)),
        AuthError::NetworkError(error) => Err(Error::unreachable(error.without_url())),
        other => Err(Error::unreachable(other)),
    }
}
