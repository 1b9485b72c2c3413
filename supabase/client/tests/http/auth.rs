use secrecy::{ExposeSecret, SecretString};
use supabase_client::http::{AutoSession, Error};

use crate::server::Server;

/// A session as Auth sends it.
pub fn session(access_token: &str, expires_in: i64) -> String {
    format!(
        r#"{{"access_token":"{access_token}","token_type":"bearer","expires_in":{expires_in},"expires_at":1983812996,
        "refresh_token":"refresh-{access_token}","user":{{"id":"6f1c0fd0-6a4c-4b3b-9d0e-000000000001","aud":"authenticated",
        "role":"authenticated","email":"worker@callscript.local","phone":"","app_metadata":{{"provider":"email","providers":["email"],
        "role":"worker"}},"user_metadata":{{}},"identities":[],"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z",
        "is_anonymous":false}}}}"#
    )
}

pub fn password() -> SecretString {
    "callscript-local".to_owned().into()
}

const ME: &str =
    r#"{"user_id":"6f1c0fd0-6a4c-4b3b-9d0e-000000000001","email":"worker@callscript.local","role":"worker"}"#;
const UNKNOWN_REFRESH_TOKEN: &str = r#"{"code":400,"error_code":"refresh_token_not_found","msg":"Invalid Refresh Token: Refresh Token Not Found"}"#;
const EXPIRED: &str = r#"{"code":"PGRST303","message":"JWT expired","details":null,"hint":null}"#;

#[tokio::test]
async fn signing_in_yields_both_tokens() {
    let server = Server::start([(200, &*session("one", 3600))]).await;
    let session = server.supabase.auth().sign_in("worker@callscript.local", &password()).await.unwrap();
    assert_eq!(session.access_token.expose_secret(), "one");
    assert_eq!(session.refresh_token.expose_secret(), "refresh-one");
    let left = (session.expires_at - chrono::Utc::now()).num_seconds();
    assert!((3500..=3600).contains(&left), "{left}");
    assert_eq!(server.seen()[0].line, "POST /auth/v1/token?grant_type=password");
}

#[tokio::test]
async fn a_wrong_password_is_told_apart_from_other_refusals() {
    let cases = [
        (400, r#"{"code":400,"error_code":"invalid_credentials","msg":"Invalid login credentials"}"#),
        (400, r#"{"code":400,"error_code":"user_banned","msg":"User is banned"}"#),
    ];
    let server = Server::start(cases).await;
    let auth = server.supabase.auth();
    let wrong = auth.sign_in("a@b.c", &password()).await.unwrap_err();
    assert!(matches!(wrong, Error::WrongPassword), "{wrong:?}");
    let banned = auth.sign_in("a@b.c", &password()).await.unwrap_err();
    assert!(matches!(banned, Error::Forbidden), "{banned:?}");
}

#[tokio::test]
async fn an_unreadable_session_does_not_reach_the_log() {
    let server = Server::start([(200, r#"{"access_token":"very-secret"}"#)]).await;
    let error = server.supabase.auth().sign_in("a@b.c", &password()).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("very-secret"));
}

#[tokio::test]
async fn signing_out_ends_this_session_only_and_bears_a_dead_one() {
    let server =
        Server::start([(204, ""), (403, r#"{"code":403,"error_code":"session_not_found","msg":"x"}"#)]).await;
    let auth = server.supabase.auth();
    auth.sign_out(&"one".to_owned().into()).await.unwrap();
    auth.sign_out(&"one".to_owned().into()).await.unwrap();
    assert_eq!(server.seen()[0].line, "POST /auth/v1/logout?scope=local");
}

#[tokio::test]
async fn a_session_refreshes_before_it_runs_out() {
    let (one, two) = (session("one", 30), session("two", 3600));
    let server = Server::start([(200, &*one), (200, &*two), (200, ME), (200, ME)]).await;
    let auto = AutoSession::sign_in(&server.supabase, "w@c.l".to_owned(), password()).await.unwrap();
    let api = server.supabase.with_session(auto);
    api.me().await.unwrap();
    api.me().await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[1].line, "POST /auth/v1/token?grant_type=refresh_token");
    assert!(seen[1].body.contains("refresh-one"));
    assert_eq!(seen[2].authorization.as_deref(), Some("Bearer two"));
    assert_eq!(seen[3].authorization.as_deref(), Some("Bearer two"), "and only once");
}

#[tokio::test]
async fn a_refused_refresh_leads_to_a_new_sign_in() {
    let (one, two) = (session("one", 30), session("two", 3600));
    let server = Server::start([(200, &*one), (400, UNKNOWN_REFRESH_TOKEN), (200, &*two), (200, ME)]).await;
    let auto = AutoSession::sign_in(&server.supabase, "w@c.l".to_owned(), password()).await.unwrap();
    server.supabase.with_session(auto).me().await.unwrap();
    assert_eq!(server.seen()[2].line, "POST /auth/v1/token?grant_type=password");
}

#[tokio::test]
async fn a_revoked_token_is_replaced_once() {
    let (one, two) = (session("one", 3600), session("two", 3600));
    let server = Server::start([
        (200, &*one),
        (401, EXPIRED),
        (200, &*two),
        (200, ME),
        (401, EXPIRED),
        (200, &*two),
        (401, EXPIRED),
    ])
    .await;
    let auto = AutoSession::sign_in(&server.supabase, "w@c.l".to_owned(), password()).await.unwrap();
    let api = server.supabase.with_session(auto);
    api.me().await.unwrap();
    assert!(matches!(api.me().await.unwrap_err(), Error::NotSignedIn), "not for ever");
    assert_eq!(server.seen().len(), 7);
}
