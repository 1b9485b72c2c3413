//! Finds out who sends a request, and renews sessions that are about to end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use callscript_app::session::{RequestSession, SessionCookies};
use chrono::{TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, header};
use secrecy::ExposeSecret as _;
use supabase_client::http::{Error, Session, Supabase};
use tokio::sync::OnceCell;

/// A session is renewed when it has less than this left, so that no token runs out on its way.
const RENEW_BEFORE: TimeDelta = TimeDelta::seconds(60);
/// How long the outcome of a renewal is remembered for requests that still carry the old cookie.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);

/// Reads and renews the sessions of all browsers.
///
/// A refresh token works once. A page sends several requests at a time with the same cookie, so each token
/// is traded in once, and everybody who holds it gets the same new session.
#[derive(Clone)]
pub struct Sessions {
    supabase: Supabase,
    cookies: SessionCookies,
    renewals: Arc<Mutex<HashMap<String, Renewal>>>,
}

#[derive(Clone)]
struct Renewal {
    begun: Instant,
    outcome: Arc<OnceCell<Renewed>>,
}

#[derive(Clone)]
enum Renewed {
    Session(Session),
    /// Auth does not know the refresh token any more.
    Ended,
}

impl Sessions {
    pub fn new(supabase: Supabase, cookies: SessionCookies) -> Self {
        Self { supabase, cookies, renewals: Arc::default() }
    }

    /// Trades in a refresh token, or waits for the request that does so already.
    async fn renew(&self, session: &Session) -> Result<Renewed, Error> {
        let outcome = self.renewal_of(session.refresh_token.expose_secret());
        let auth = self.supabase.auth();
        let refresh_token = session.refresh_token.clone();
        let renewed = outcome
            .get_or_try_init(|| async move {
                // On its own task: a browser that hangs up must not lose the new token for the others.
                let renewed = tokio::spawn(async move { auth.refresh(&refresh_token).await }).await;
                match renewed.unwrap_or(Err(Error::Timeout)) {
                    Ok(session) => Ok(Renewed::Session(session)),
                    Err(Error::NotSignedIn) => Ok(Renewed::Ended),
                    Err(error) => Err(error),
                }
            })
            .await?;
        Ok(renewed.clone())
    }

    fn renewal_of(&self, refresh_token: &str) -> Arc<OnceCell<Renewed>> {
        let mut renewals = self.renewals.lock().unwrap_or_else(PoisonError::into_inner);
        renewals.retain(|_, renewal| renewal.begun.elapsed() < REMEMBERED_FOR);
        let renewal = renewals
            .entry(refresh_token.to_owned())
            .or_insert_with(|| Renewal { begun: Instant::now(), outcome: Arc::default() });
        Arc::clone(&renewal.outcome)
    }

    /// What the request may do, and the cookie that its answer has to set.
    async fn resolve(&self, headers: &HeaderMap) -> (RequestSession, Option<HeaderValue>) {
        let Some(session) = self.cookies.session(headers) else {
            return (RequestSession::SignedOut, None);
        };
        let left = session.expires_at - Utc::now();
        if left > RENEW_BEFORE {
            return (RequestSession::SignedIn { access_token: session.access_token }, None);
        }
        match self.renew(&session).await {
            Ok(Renewed::Session(renewed)) => {
                let cookie = self.cookies.keep(&renewed);
                (RequestSession::SignedIn { access_token: renewed.access_token }, Some(cookie))
            }
            Ok(Renewed::Ended) => (RequestSession::SignedOut, Some(self.cookies.forget())),
            Err(_) if left > TimeDelta::zero() => {
                (RequestSession::SignedIn { access_token: session.access_token }, None)
            }
            Err(error) => {
                tracing::error!(%error, "a session could not be renewed");
                (RequestSession::Unavailable, None)
            }
        }
    }
}

/// Puts the [`RequestSession`] into the request and the renewed cookie into the answer. What depends on
/// the session is not kept by any cache.
pub async fn resolve_session(State(sessions): State<Sessions>, mut request: Request, next: Next) -> Response {
    let (session, cookie) = sessions.resolve(request.headers()).await;
    request.extensions_mut().insert(session);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let own = format!("{}=", sessions.cookies.session_name());
    let decided =
        headers.get_all(header::SET_COOKIE).iter().any(|set| set.as_bytes().starts_with(own.as_bytes()));
    // Signing in and out has the last word.
    if let Some(cookie) = cookie.filter(|_| !decided) {
        headers.append(header::SET_COOKIE, cookie);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
