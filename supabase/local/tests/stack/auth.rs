//! Auth as supabase-js meets it: statuses, codes, shapes, sessions.

use crate::support::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_refusal() {
    let stack = start().await;
    for (email, password) in
        [(SEEDED_EMAIL, "wrong"), ("nobody@example.test", SEEDED_PASSWORD), (SEEDED_EMAIL, "")]
    {
        let response = password_grant(&stack, email, password).send().await.unwrap();
        assert_eq!(response.status(), 400);
        assert_eq!(response.headers()["x-sb-error-code"], "invalid_credentials");
        let error = body(response).await;
        assert_eq!(
            error,
            json!({
                "code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials",
            })
        );
    }
    let newer = password_grant(&stack, SEEDED_EMAIL, "wrong").header("x-supabase-api-version", "2024-01-01");
    let response = newer.send().await.unwrap();
    assert_eq!(response.headers()["x-supabase-api-version"], "2024-01-01");
    assert_eq!(
        body(response).await,
        json!({ "code": "invalid_credentials", "message": "Invalid login credentials" })
    );
}

#[tokio::test]
async fn requests_that_make_no_sense_are_refused() {
    let stack = start().await;
    let cases = [
        ("/auth/v1/token?grant_type=magic", "{}", 400, "invalid_credentials"),
        ("/auth/v1/token?grant_type=password", "{", 400, "bad_json"),
        ("/auth/v1/token?grant_type=password", "{}", 400, "validation_failed"),
        (
            "/auth/v1/token?grant_type=refresh_token",
            r#"{"refresh_token":"unknown"}"#,
            400,
            "refresh_token_not_found",
        ),
        ("/auth/v1/signup", "{}", 422, "signup_disabled"),
    ];
    for (path, request, status, code) in cases {
        let (got, error) = answer(ask(&stack, Method::POST, path).body(request)).await;
        assert_eq!((got, &error["error_code"]), (status, &json!(code)), "{path} {request}");
    }
}

#[tokio::test]
async fn a_session_has_the_claims_that_the_database_reads() {
    let stack = start().await;
    let session = sign_in(&stack).await;
    assert_eq!(session["token_type"], "bearer");
    assert_eq!(session["expires_in"], 3600);
    let claims = claims(access_token(&session));
    assert_eq!(claims["iss"], format!("{}/auth/v1", stack.api_url()));
    assert_eq!(claims["sub"], SEEDED_ID);
    assert_eq!((&claims["aud"], &claims["role"]), (&json!("authenticated"), &json!("authenticated")));
    assert_eq!(claims["app_metadata"]["role"], "reviewer");
    assert_eq!(claims["exp"], session["expires_at"]);
    assert!(claims["session_id"].is_string());

    let (status, jwks) = answer(ask(&stack, Method::GET, "/auth/v1/.well-known/jwks.json")).await;
    assert_eq!(status, 200);
    let header = header(access_token(&session));
    assert_eq!((&header["alg"], &header["kid"]), (&json!("ES256"), &jwks["keys"][0]["kid"]));
    assert!(jwks["keys"][0].get("d").is_none(), "only the public half");

    let (status, user) = answer(ask_as(&stack, access_token(&session), Method::GET, "/auth/v1/user")).await;
    assert_eq!((status, &user["email"]), (200, &json!(SEEDED_EMAIL)));
    assert!(user.get("encrypted_password").is_none());
}

#[tokio::test]
async fn a_refresh_token_works_once_and_a_stolen_one_ends_the_session() {
    let stack = start().await;
    let first = sign_in(&stack).await;
    let (status, second) = answer(refresh_grant(&stack, &first["refresh_token"])).await;
    assert_eq!(status, 200);
    assert_ne!(second["refresh_token"], first["refresh_token"]);

    // The answer was lost: asked again at once, the same replacement comes.
    let (status, again) = answer(refresh_grant(&stack, &first["refresh_token"])).await;
    assert_eq!((status, &again["refresh_token"]), (200, &second["refresh_token"]));

    // Eleven seconds later it is a theft.
    let mut database = PgConnection::connect(&stack.db_url()).await.unwrap();
    sqlx::query("update auth.refresh_tokens set updated_at = updated_at - interval '11 seconds'")
        .execute(&mut database)
        .await
        .unwrap();
    let (status, error) = answer(refresh_grant(&stack, &first["refresh_token"])).await;
    assert_eq!((status, &error["error_code"]), (400, &json!("refresh_token_already_used")));
    let (status, error) = answer(refresh_grant(&stack, &second["refresh_token"])).await;
    assert_eq!((status, &error["error_code"]), (400, &json!("refresh_token_already_used")));
}

#[tokio::test]
async fn logging_out_ends_the_sessions_that_the_scope_names() {
    let stack = start().await;
    let (here, there) = (sign_in(&stack).await, sign_in(&stack).await);
    let user = async |session: &Value| {
        answer(ask_as(&stack, access_token(session), Method::GET, "/auth/v1/user")).await
    };

    let (status, _) =
        answer(ask_as(&stack, access_token(&here), Method::POST, "/auth/v1/logout?scope=others")).await;
    assert_eq!(status, 204);
    assert_eq!(user(&here).await.0, 200);
    let (status, error) = user(&there).await;
    assert_eq!((status, &error["error_code"]), (403, &json!("session_not_found")));

    let (status, _) =
        answer(ask_as(&stack, access_token(&here), Method::POST, "/auth/v1/logout?scope=local")).await;
    assert_eq!(status, 204);
    assert_eq!(user(&here).await.0, 403);
    let (status, error) = answer(refresh_grant(&stack, &here["refresh_token"])).await;
    assert_eq!((status, &error["error_code"]), (400, &json!("refresh_token_not_found")));
}

#[tokio::test]
async fn bad_tokens_are_refused() {
    let stack = start().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/auth/v1/user", stack.api_url());
    let (status, error) = answer(client.get(&url)).await;
    assert_eq!((status, &error["error_code"]), (401, &json!("no_authorization")));

    let session = sign_in(&stack).await;
    let token = access_token(&session);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    signature[5] ^= 1;
    let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    for bad in [forged.as_str(), "nonsense", stack.anon_key()] {
        let (status, error) = answer(client.get(&url).bearer_auth(bad)).await;
        assert_eq!((status, &error["error_code"]), (403, &json!("bad_jwt")), "{bad}");
    }
}

#[tokio::test]
async fn accounts_are_made_changed_banned_and_deleted_by_the_service_only() {
    let stack = start().await;
    let person = json!({
        "email": "New@Example.test", "password": "new-password", "email_confirm": true,
        "app_metadata": { "role": "worker" }, "user_metadata": { "name": "N" },
    });
    let session = sign_in(&stack).await;
    let (status, error) =
        answer(ask_as(&stack, access_token(&session), Method::POST, "/auth/v1/admin/users").json(&person))
            .await;
    assert_eq!((status, &error["error_code"]), (403, &json!("not_admin")));

    let admin = |method, path: &str| ask_as_service(&stack, method, &format!("/auth/v1/admin/users{path}"));
    let (status, user) = answer(admin(Method::POST, "").json(&person)).await;
    assert_eq!(status, 200, "{user}");
    assert_eq!(user["email"], "new@example.test");
    assert_eq!(
        user["app_metadata"],
        json!({ "role": "worker", "provider": "email", "providers": ["email"] })
    );
    assert_eq!(user["identities"][0]["identity_data"]["email_verified"], true);
    let (status, error) = answer(admin(Method::POST, "").json(&person)).await;
    assert_eq!((status, &error["error_code"]), (422, &json!("email_exists")));

    let (_, new) = answer(password_grant(&stack, "new@example.test", "new-password")).await;
    assert_eq!(claims(access_token(&new))["app_metadata"]["role"], "worker");

    let id = format!("/{}", user["id"].as_str().unwrap());
    let (status, changed) = answer(
        admin(Method::PUT, &id).json(&json!({ "app_metadata": { "role": null }, "ban_duration": "1h" })),
    )
    .await;
    assert_eq!(status, 200, "{changed}");
    assert!(changed["app_metadata"].get("role").is_none());
    let (status, error) = answer(password_grant(&stack, "new@example.test", "new-password")).await;
    assert_eq!((status, &error["error_code"]), (400, &json!("user_banned")));
    let (status, error) = answer(refresh_grant(&stack, &new["refresh_token"])).await;
    assert_eq!((status, &error["error_code"]), (400, &json!("user_banned")));
    let (status, error) = answer(ask_as(&stack, access_token(&new), Method::GET, "/auth/v1/user")).await;
    assert_eq!((status, &error["error_code"]), (403, &json!("user_banned")));

    // As supabase-js asks when it has no page.
    assert_eq!(
        answer(admin(Method::GET, "?page=&per_page=")).await.1["users"].as_array().map(Vec::len),
        Some(2)
    );
    let listed = admin(Method::GET, "?page=1&per_page=1").send().await.unwrap();
    assert_eq!(listed.headers()["x-total-count"], "2");
    assert_eq!(body(listed).await["users"].as_array().map(Vec::len), Some(1));

    assert_eq!(answer(admin(Method::DELETE, &id)).await.0, 200);
    let (status, error) = answer(admin(Method::GET, &id)).await;
    assert_eq!((status, &error["error_code"]), (404, &json!("user_not_found")));
    let (status, _) = answer(password_grant(&stack, "new@example.test", "new-password")).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn weak_passwords_and_unconfirmed_addresses_are_refused() {
    let stack = start().await;
    let create = |person: Value| ask_as_service(&stack, Method::POST, "/auth/v1/admin/users").json(&person);
    let (status, error) = answer(create(json!({ "email": "a@example.test", "password": "short" }))).await;
    assert_eq!((status, &error["error_code"]), (422, &json!("weak_password")));
    let (status, _) = answer(create(json!({ "email": "a@example.test", "password": "long enough" }))).await;
    assert_eq!(status, 200);
    let (status, error) = answer(password_grant(&stack, "a@example.test", "long enough")).await;
    assert_eq!((status, &error["error_code"]), (400, &json!("email_not_confirmed")));
}

fn claims(token: &str) -> Value {
    part(token, 1)
}

fn header(token: &str) -> Value {
    part(token, 0)
}

fn part(token: &str, index: usize) -> Value {
    let text = token.split('.').nth(index).expect("a JWT has three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64url")).expect("JSON")
}
