//! The fixed local keys. They are the ones that the Supabase CLI prints on every machine: no secrets,
//! and refused by anything that runs in production.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Map, Value, json};

/// HS256 secret of the anon and `service_role` keys and of signed links.
pub const JWT_SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";
/// The browser's key.
pub const PUBLISHABLE_KEY: &str = "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH";
/// The server's key: it acts as `service_role`.
pub const SECRET_KEY: &str = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz";
/// The older form of the browser's key: HS256 over `{"iss":"supabase-demo","role":"anon","exp":1983812996}`.
pub const ANON_KEY: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZS1kZW1vIiwicm9sZSI6ImFub24iLCJleHAiOjE5ODM4MTI5OTZ9.CRXP1A7WOeoJeXxjNni43kdQwgnWNReilDMblYTn_I0";
/// The older form of the server's key, as [`ANON_KEY`] with the role `service_role`.
pub const SERVICE_ROLE_KEY: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZS1kZW1vIiwicm9sZSI6InNlcnZpY2Vfcm9sZSIsImV4cCI6MTk4MzgxMjk5Nn0.EGIM96RAZx35lJzdJsyH-qQwv8Hdp7fsn3W0YpN81IU";
/// Id (`kid`) of the built-in P-256 key that signs user tokens.
pub const KEY_ID: &str = "b81269f1-21d8-4f2e-b719-c2240a840d90";

const EC_X: &str = "M5Sjqn5zwC9Kl1zVfUUGvv9boQjCGd45G8sdopBExB4";
const EC_Y: &str = "P6IXMvA2WYXSHSOMTBH2jsw_9rrzGy89FjPf6oOsIxQ";
const EC_D: &str = "dIhR8wywJlqlua4y_yMq2SLhlFXDZJBCvFrY1DCHyVU";

/// DER of a PKCS#8 `PrivateKeyInfo` for P-256 up to the private number (RFC 5208, RFC 5915).
const PKCS8_HEAD: [u8; 36] = [
    0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01,
    0x04, 0x20,
];
/// DER between the private number and the uncompressed public point.
const PKCS8_MIDDLE: [u8; 6] = [0xa1, 0x44, 0x03, 0x42, 0x00, 0x04];

/// Signs and verifies the tokens of one stack.
#[derive(Clone)]
pub struct Keys {
    user_signing: EncodingKey,
    user_verifying: DecodingKey,
    secret_signing: EncodingKey,
    secret_verifying: DecodingKey,
}

impl Keys {
    /// The local keys.
    pub fn local() -> Keys {
        let part = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("the built-in key is base64url");
        let pkcs8 = [&PKCS8_HEAD[..], &part(EC_D), &PKCS8_MIDDLE, &part(EC_X), &part(EC_Y)].concat();
        Keys {
            user_signing: EncodingKey::from_ec_der(&pkcs8),
            user_verifying: DecodingKey::from_ec_components(EC_X, EC_Y)
                .expect("the built-in key is a point of P-256"),
            secret_signing: EncodingKey::from_secret(JWT_SECRET.as_bytes()),
            secret_verifying: DecodingKey::from_secret(JWT_SECRET.as_bytes()),
        }
    }

    /// A user's access token: ES256 with the built-in key's id, as the CLI's Auth signs them.
    pub fn sign_user_token(&self, claims: &Value) -> Result<String, jsonwebtoken::errors::Error> {
        let header = Header { kid: Some(KEY_ID.to_owned()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &self.user_signing)
    }

    /// A token of a signed link: HS256 with the shared secret.
    pub fn sign_link(&self, claims: &Value) -> Result<String, jsonwebtoken::errors::Error> {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.secret_signing)
    }

    /// The claims of a token of either kind, when its signature holds and it is not over.
    ///
    /// A token that names a key must be signed with that key; one that names none must be HS256.
    pub fn verify(&self, token: &str) -> Result<Map<String, Value>, jsonwebtoken::errors::Error> {
        let header = jsonwebtoken::decode_header(token)?;
        let (key, algorithm) = match header.kid.as_deref() {
            Some(KEY_ID) => (&self.user_verifying, Algorithm::ES256),
            _ => (&self.secret_verifying, Algorithm::HS256),
        };
        let mut validation = Validation::new(algorithm);
        validation.leeway = 0;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Ok(jsonwebtoken::decode(token, key, &validation)?.claims)
    }
}

/// The public keys, as `/auth/v1/.well-known/jwks.json` shows them.
pub fn public_jwks() -> Value {
    json!({ "keys": [{
        "kty": "EC", "kid": KEY_ID, "use": "sig", "key_ops": ["verify"], "alg": "ES256", "ext": true,
        "crv": "P-256", "x": EC_X, "y": EC_Y,
    }] })
}

/// What the REST server verifies with: the public key and the shared secret, as PostgREST gets them.
pub fn verifying_jwks() -> Value {
    let mut jwks = public_jwks();
    if let Some(keys) = jwks["keys"].as_array_mut() {
        keys.push(json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode(JWT_SECRET) }));
    }
    jwks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_keys_are_signed_with_the_printed_secret() {
        let keys = Keys::local();
        assert_eq!(keys.verify(ANON_KEY).unwrap()["role"], "anon");
        assert_eq!(keys.verify(SERVICE_ROLE_KEY).unwrap()["role"], "service_role");
    }

    #[test]
    fn a_user_token_verifies_and_an_old_one_does_not() {
        let keys = Keys::local();
        let now = chrono::Utc::now().timestamp();
        let fresh = keys.sign_user_token(&json!({ "sub": "a", "exp": now + 60 })).unwrap();
        assert_eq!(keys.verify(&fresh).unwrap()["sub"], "a");
        let old = keys.sign_user_token(&json!({ "sub": "a", "exp": now - 1 })).unwrap();
        assert!(keys.verify(&old).is_err());
    }

    #[test]
    fn a_token_that_names_the_user_key_cannot_be_signed_with_the_shared_secret() {
        let header = Header { kid: Some(KEY_ID.to_owned()), ..Header::new(Algorithm::HS256) };
        let forged = jsonwebtoken::encode(
            &header,
            &json!({ "role": "service_role" }),
            &EncodingKey::from_secret(JWT_SECRET.as_bytes()),
        )
        .unwrap();
        assert!(Keys::local().verify(&forged).is_err());
    }
}
