//! Where messages are posted to.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// An address that is a secret as a whole: whoever knows it can post there.
#[derive(Clone)]
pub struct Address(SecretString);

impl Address {
    /// The sentence that is the error does not hold the address.
    pub fn parse(text: &SecretString, plain_http: bool) -> Result<Self, &'static str> {
        let Ok(url) = Url::parse(text.expose_secret()) else { return Err("this is no address") };
        match url.scheme() {
            "https" => Ok(Self(text.clone())),
            "http" if plain_http => Ok(Self(text.clone())),
            _ => Err("an address that begins with https:// is needed"),
        }
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(secret)")
    }
}
