//! Sessions, and one that renews itself.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::auth::Auth;
use super::config::Supabase;
use super::error::Error;

/// A token is renewed when less than this is left, so that it does not run out on the way.
const RENEW_BEFORE: TimeDelta = TimeDelta::seconds(60);

/// What Auth hands out at sign-in.
#[derive(Clone, Debug)]
pub struct Session {
    pub access_token: SecretString,
    pub refresh_token: SecretString,
    /// By the clock of this machine.
    pub expires_at: DateTime<Utc>,
}

/// A session for programs: refreshes before it runs out, and signs in again when Auth refuses the
/// refresh. Clones share the session.
#[derive(Clone)]
pub struct AutoSession {
    shared: Arc<Shared>,
}

struct Shared {
    auth: Auth,
    email: String,
    password: SecretString,
    /// Held while renewing: of many callers one renews and the others wait for it.
    session: Mutex<Session>,
}

impl AutoSession {
    /// Signs in; a wrong password is an error here and not later.
    pub async fn sign_in(supabase: &Supabase, email: String, password: SecretString) -> Result<Self, Error> {
        let auth = supabase.auth();
        let session = Mutex::new(auth.sign_in(&email, &password).await?);
        Ok(Self { shared: Arc::new(Shared { auth, email, password, session }) })
    }

    /// A token that is good for a while.
    pub(super) async fn access_token(&self) -> Result<SecretString, Error> {
        let mut session = self.shared.session.lock().await;
        if session.expires_at - Utc::now() <= RENEW_BEFORE {
            *session = self.shared.renewed(&session).await?;
        }
        Ok(session.access_token.clone())
    }

    /// A token other than the one that was refused: it may have been revoked before its time.
    pub(super) async fn replace(&self, refused: &SecretString) -> Result<SecretString, Error> {
        let mut session = self.shared.session.lock().await;
        if session.access_token.expose_secret() == refused.expose_secret() {
            *session = self.shared.renewed(&session).await?;
        }
        Ok(session.access_token.clone())
    }
}

impl Shared {
    async fn renewed(&self, session: &Session) -> Result<Session, Error> {
        match self.auth.refresh(&session.refresh_token).await {
            Err(Error::NotSignedIn) => self.auth.sign_in(&self.email, &self.password).await,
            answer => answer,
        }
    }
}

impl fmt::Debug for AutoSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AutoSession").finish_non_exhaustive()
    }
}
