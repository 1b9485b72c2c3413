//! Where the project is, and the clients that every call shares.

use std::sync::Arc;
use std::time::Duration;

use postgrest::Postgrest;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use supabase_auth::models::AuthClient;
use url::Url;

use super::auth::Auth;
use super::error::Error;
use super::rest::{Api, Identity};
use super::session::AutoSession;

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The schema that every function lives in; PostgREST chooses it by header.
const SCHEMA: &str = "api";

/// Address and key of one Supabase project.
#[derive(Clone, Debug)]
pub struct SupabaseConfig {
    /// The gateway, above `/rest/v1`, `/auth/v1` and `/storage/v1`.
    pub url: Url,
    /// The publishable or the secret key, in the new form (`sb_…`) or as a JWT.
    pub api_key: SecretString,
}

/// One Supabase project. Clones share connections.
#[derive(Clone)]
pub struct Supabase {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    /// Without a slash at the end.
    pub(super) url: String,
    pub(super) api_key: SecretString,
    pub(super) rest: Postgrest,
    pub(super) auth: AuthClient,
    pub(super) http: reqwest::Client,
}

impl Supabase {
    /// Refuses a key that cannot travel in a header and an address that is not http or https. Does
    /// not connect.
    pub fn new(config: SupabaseConfig) -> Result<Self, Error> {
        let SupabaseConfig { url, api_key } = config;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(Error::Settings("The Supabase address must begin with http:// or https://."));
        }
        let key = api_key.expose_secret();
        // The postgrest crate panics on such a key; it also could not be right.
        if key.is_empty() || HeaderValue::from_str(key).is_err() {
            return Err(Error::Settings(
                "The Supabase API key is empty or holds characters that no key has.",
            ));
        }
        let url = url.as_str().trim_end_matches('/').to_owned();
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(Error::unreachable)?;
        // supabase-auth wants the JWT secret and never uses it: the services verify tokens themselves.
        let auth = AuthClient::new(&url, key, "");
        let rest = Postgrest::new(format!("{url}/rest/v1")).schema(SCHEMA).insert_header("apikey", key);
        Ok(Self { shared: Arc::new(Shared { url, api_key, rest, auth, http }) })
    }

    /// Speaks with the API key alone: `service_role` with a secret key, nobody with a publishable
    /// one.
    pub fn as_service(&self) -> Api {
        Api::new(self.clone(), Identity::Key)
    }

    /// Speaks as a signed-in person.
    pub fn as_user(&self, access_token: SecretString) -> Api {
        Api::new(self.clone(), Identity::User(access_token))
    }

    /// Speaks as the user of a session that renews itself.
    pub fn with_session(&self, session: AutoSession) -> Api {
        Api::new(self.clone(), Identity::Session(session))
    }

    pub fn auth(&self) -> Auth {
        Auth::new(self.clone())
    }

    /// The API key where it may travel as a bearer token. New keys are no tokens: the gateway
    /// turns them into one by itself and refuses them in the Authorization header.
    pub(super) fn key_as_token(&self) -> Option<SecretString> {
        let key = &self.shared.api_key;
        (!key.expose_secret().starts_with("sb_")).then(|| key.clone())
    }
}

impl std::fmt::Debug for Supabase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Supabase").field("url", &self.shared.url).finish_non_exhaustive()
    }
}
