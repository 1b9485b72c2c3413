//! Keys and passwords that everybody knows: those of the local Supabase stack and of the demo.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

/// Printed by every local stack, see the Supabase CLI.
const PUBLISHED: [&str; 4] = [
    "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH",
    "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz",
    // Of the users that `supabase/seed.sql` makes.
    "callscript-local",
    // Of the Ringba simulator.
    "demo-token",
];

/// Issuer of the local stack's keys in their JWT form.
const LOCAL_ISSUER: &str = "supabase-demo";

/// Refuses published keys by the variable that holds them.
pub fn refuse_in_production(keys: &[(&str, Option<&SecretString>)]) -> Result<(), String> {
    for (variable, key) in keys {
        if key.is_some_and(|key| is_published(key.expose_secret())) {
            return Err(format!(
                "{variable} is a published key of a local stack, which CALLSCRIPT_ENVIRONMENT=production refuses. \
                 Set the project's own key, or CALLSCRIPT_ENVIRONMENT=local on a developer's machine."
            ));
        }
    }
    Ok(())
}

fn is_published(key: &str) -> bool {
    PUBLISHED.contains(&key) || issuer_of(key).is_some_and(|issuer| issuer == LOCAL_ISSUER)
}

fn issuer_of(jwt: &str) -> Option<String> {
    let claims = BASE64_URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    Some(claims.get("iss")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_stacks_keys_are_known_in_both_forms() {
        let claims = |issuer: &str| {
            BASE64_URL_SAFE_NO_PAD
                .encode(format!(r#"{{"iss":"{issuer}","role":"service_role","exp":1983812996}}"#))
        };
        for (key, published) in [
            ("sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz".to_owned(), true),
            ("sb_secret_of-a-project".to_owned(), false),
            (format!("header.{}.signature", claims("supabase-demo")), true),
            (format!("header.{}.signature", claims("supabase")), false),
            ("not.a.token".to_owned(), false),
        ] {
            assert_eq!(is_published(&key), published, "{key}");
        }
    }
}
