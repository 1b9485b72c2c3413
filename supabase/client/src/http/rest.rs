//! One way to call a function of the `api` schema.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::config::Supabase;
use super::error::{Error, within};
use super::session::AutoSession;
use super::storage::Storage;

/// How long one try of a call may take, body included.
const TIMEOUT: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The functions of the `api` schema, spoken as somebody. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Api {
    supabase: Supabase,
    identity: Identity,
}

/// Whose word a call carries.
#[derive(Clone, Debug)]
pub(super) enum Identity {
    Key,
    User(SecretString),
    Session(AutoSession),
}

/// How often a call may be repeated when it failed for a reason that passes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Repeat {
    /// Sending it twice would do something twice.
    Never,
    /// Somebody waits for the page: one more try.
    ForPerson,
    /// A lane has time: three more tries.
    ForLane,
}

impl Repeat {
    pub(super) fn pauses(self) -> ExponentialBuilder {
        let times = match self {
            Self::Never => 0,
            Self::ForPerson => 1,
            Self::ForLane => 3,
        };
        ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(times)
            .with_jitter()
    }
}

impl Api {
    pub(super) fn new(supabase: Supabase, identity: Identity) -> Self {
        Self { supabase, identity }
    }

    pub fn storage(&self) -> Storage {
        Storage::new(self.clone())
    }

    pub(super) fn supabase(&self) -> &Supabase {
        &self.supabase
    }

    /// Calls a function with named arguments. `void` answers `()`.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        function: &str,
        mut arguments: Value,
        repeat: Repeat,
    ) -> Result<T, Error> {
        // Absent means the function's default, which is null where null is allowed; not every
        // server takes a null for an array.
        if let Some(arguments) = arguments.as_object_mut() {
            arguments.retain(|_, value| !value.is_null());
        }
        self.call_with(function, &arguments.to_string(), repeat).await
    }

    /// The same with arguments that are JSON already: large ones are written without a tree in between.
    pub(super) async fn call_with<T: DeserializeOwned>(
        &self,
        function: &str,
        arguments: &str,
        repeat: Repeat,
    ) -> Result<T, Error> {
        let text = self.repeated(repeat, |token| self.post(function, arguments, token)).await?;
        let text = if text.is_empty() { "null" } else { &text };
        serde_json::from_str(text).map_err(|error| {
            Error::unexpected(200, &format!("{function} answered in another shape: {error}"))
        })
    }

    /// Runs one request as often as `repeat` allows, and once more with a fresh session when the
    /// old one was refused: a refused request has done nothing.
    pub(super) async fn repeated<T, F>(
        &self,
        repeat: Repeat,
        request: impl Fn(Option<SecretString>) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let once = || async {
            let token = self.token().await?;
            match (request(token.clone()).await, &self.identity, token) {
                (Err(Error::NotSignedIn), Identity::Session(session), Some(refused)) => {
                    request(Some(session.replace(&refused).await?)).await
                }
                (answer, ..) => answer,
            }
        };
        once.retry(repeat.pauses()).when(Error::is_transient).await
    }

    async fn post(
        &self,
        function: &str,
        arguments: &str,
        token: Option<SecretString>,
    ) -> Result<String, Error> {
        let mut request = self.supabase.shared.rest.rpc(function, arguments);
        if let Some(token) = token {
            request = request.auth(token.expose_secret());
        }
        within(TIMEOUT, async {
            let response =
                request.execute().await.map_err(|error| Error::unreachable(error.without_url()))?;
            let status = response.status();
            let body = response.text().await.map_err(|error| Error::unreachable(error.without_url()))?;
            if status.is_success() { Ok(body) } else { Err(Error::from_rest(status.as_u16(), &body)) }
        })
        .await
    }

    /// The token that the next request carries; none where the key alone speaks and is no token.
    async fn token(&self) -> Result<Option<SecretString>, Error> {
        match &self.identity {
            Identity::Key => Ok(self.supabase.key_as_token()),
            // A token comes from outside; one that no header can hold would panic further down.
            Identity::User(token) if !is_header_safe(token) => Err(Error::NotSignedIn),
            Identity::User(token) => Ok(Some(token.clone())),
            Identity::Session(session) => session.access_token().await.map(Some),
        }
    }
}

pub(super) fn is_header_safe(token: &SecretString) -> bool {
    let token = token.expose_secret();
    !token.is_empty() && HeaderValue::from_str(token).is_ok()
}
