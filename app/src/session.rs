//! The signed-in session, kept in one `HttpOnly` cookie.
//!
//! One cookie holds access token, refresh token and expiry, so that a browser never has two halves that do not
//! belong together. The browser cannot read it, and pages never contain it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use cookie::{Cookie, SameSite, time};
use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret as _, SecretString};
use supabase_client::http::Session;

/// How long a browser keeps an unused session. Auth may end it earlier.
const KEPT_FOR: time::Duration = time::Duration::days(14);
/// How long a refused e-mail address waits to be shown again in the form.
const EMAIL_KEPT_FOR: time::Duration = time::Duration::minutes(2);
/// Stands between the parts of the cookie; occurs neither in numbers, nor in JWTs, nor in base64url.
const SEPARATOR: char = '~';

/// What the request's cookie turned out to be; an extension of every request, set before pages and
/// server functions run.
#[derive(Clone, Debug)]
pub enum RequestSession {
    SignedOut,
    SignedIn {
        access_token: SecretString,
    },
    /// The session needs a refresh and Auth cannot be reached just now.
    Unavailable,
}

/// Writes and reads the cookies of this app.
#[derive(Clone, Copy, Debug)]
pub struct SessionCookies {
    secure: bool,
}

impl SessionCookies {
    /// `secure` is false only where the app is served over plain HTTP on a developer's machine.
    #[must_use]
    pub const fn new(secure: bool) -> Self {
        Self { secure }
    }

    /// The `__Host-` prefix makes browsers refuse a cookie that a sibling domain planted.
    #[must_use]
    pub const fn session_name(self) -> &'static str {
        if self.secure { "__Host-callscript-session" } else { "callscript-session" }
    }

    const fn email_name(self) -> &'static str {
        if self.secure { "__Host-callscript-email" } else { "callscript-email" }
    }

    /// `Set-Cookie` that keeps the session.
    #[must_use]
    pub fn keep(self, session: &Session) -> HeaderValue {
        let expires_at = session.expires_at.timestamp();
        let value = format!(
            "{expires_at}{SEPARATOR}{}{SEPARATOR}{}",
            session.refresh_token.expose_secret(),
            session.access_token.expose_secret()
        );
        self.set(self.session_name(), value, KEPT_FOR)
    }

    /// `Set-Cookie` that forgets the session.
    #[must_use]
    pub fn forget(self) -> HeaderValue {
        self.set(self.session_name(), String::new(), time::Duration::ZERO)
    }

    /// `Set-Cookie` that hands a refused e-mail address back to the form of a page without JavaScript.
    #[must_use]
    pub fn keep_email(self, email: &str) -> HeaderValue {
        self.set(self.email_name(), URL_SAFE_NO_PAD.encode(email), EMAIL_KEPT_FOR)
    }

    /// The session that the browser sent, expired or not.
    #[must_use]
    pub fn session(self, headers: &HeaderMap) -> Option<Session> {
        let value = find(headers, self.session_name())?;
        let mut parts = value.splitn(3, SEPARATOR);
        let expires_at = DateTime::<Utc>::from_timestamp(parts.next()?.parse().ok()?, 0)?;
        let refresh_token = parts.next().filter(|part| !part.is_empty())?;
        let access_token = parts.next().filter(|part| !part.is_empty())?;
        Some(Session {
            access_token: SecretString::from(access_token),
            refresh_token: SecretString::from(refresh_token),
            expires_at,
        })
    }

    /// The e-mail address that [`SessionCookies::keep_email`] kept.
    #[must_use]
    pub fn email(self, headers: &HeaderMap) -> Option<String> {
        let value = find(headers, self.email_name())?;
        String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()
    }

    /// `Lax` and not `Strict`: a link to a call that arrives in a chat opens signed in. Writes check the
    /// origin besides.
    fn set(self, name: &'static str, value: String, max_age: time::Duration) -> HeaderValue {
        let cookie = Cookie::build((name, value))
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
            .path("/")
            .max_age(max_age)
            .build();
        HeaderValue::from_str(&cookie.to_string()).expect("tokens and base64url are header-safe")
    }
}

fn find(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn browser_sends(set_cookie: &HeaderValue) -> HeaderMap {
        let pair = set_cookie.to_str().unwrap().split(';').next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(pair).unwrap())])
    }

    #[test]
    fn a_kept_session_comes_back_whole() {
        let cookies = SessionCookies::new(true);
        let session = Session {
            access_token: "head.body-with_both.signature".into(),
            refresh_token: "v1.refresh-token_1".into(),
            expires_at: DateTime::from_timestamp(1_900_000_000, 0).unwrap(),
        };
        let kept = cookies.keep(&session);
        let found = cookies.session(&browser_sends(&kept)).unwrap();
        assert_eq!(found.access_token.expose_secret(), session.access_token.expose_secret());
        assert_eq!(found.refresh_token.expose_secret(), session.refresh_token.expose_secret());
        assert_eq!(found.expires_at, session.expires_at);
        let kept = kept.to_str().unwrap();
        for part in ["__Host-callscript-session=", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(kept.contains(part), "{part} is missing in {kept}");
        }
    }

    #[test]
    fn a_broken_cookie_is_no_session() {
        let cookies = SessionCookies::new(false);
        for value in ["", "x~y~z", "12", "12~~token", "12~refresh~"] {
            let pair = format!("callscript-session={value}");
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&pair).unwrap())]);
            assert!(cookies.session(&headers).is_none(), "{value:?} was taken for a session");
        }
        assert!(cookies.session(&browser_sends(&cookies.forget())).is_none());
    }

    #[test]
    fn an_email_survives_any_character() {
        let cookies = SessionCookies::new(false);
        let email = "a;b=c, ü@example.com";
        assert_eq!(cookies.email(&browser_sends(&cookies.keep_email(email))).as_deref(), Some(email));
    }
}
