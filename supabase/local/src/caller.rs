//! Who sends a request: the role and the claims of its token.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use crate::keys::Keys;

/// The owner of a verified token.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The database role that acts for the caller.
    pub role: String,
    /// Every claim of the token.
    pub claims: Map<String, Value>,
}

/// Why a request has no caller.
#[derive(Debug, PartialEq, Eq)]
pub enum NoCaller {
    /// It carries no bearer token.
    NoToken,
    /// Its token does not verify; the verifier's reason.
    BadToken(String),
}

impl Caller {
    /// The caller that the `Authorization` header proves.
    pub fn of(headers: &HeaderMap, keys: &Keys) -> Result<Caller, NoCaller> {
        let token = bearer_token(headers).ok_or(NoCaller::NoToken)?;
        let claims = keys.verify(token).map_err(|error| NoCaller::BadToken(error.to_string()))?;
        let role = claims.get("role").and_then(Value::as_str).unwrap_or("anon").to_owned();
        Ok(Caller { role, claims })
    }

    /// A string claim.
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }
}

/// The token of an `Authorization: Bearer …` header.
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
