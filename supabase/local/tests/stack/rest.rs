//! REST behind the gateway: roles, keys, error statuses, CORS.

use std::time::{Duration, Instant};

use crate::support::*;
use reqwest::Method;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

#[tokio::test]
async fn a_refused_function_is_403_for_those_with_a_token_and_401_for_the_anonymous() {
    let stack = start().await;
    let session = sign_in(&stack).await;
    let path = "/rest/v1/rpc/service_only";
    let (status, error) =
        answer(ask_as(&stack, access_token(&session), Method::POST, path).json(&json!({}))).await;
    assert_eq!((status, &error["code"]), (403, &json!("42501")));
    let (status, error) = answer(ask(&stack, Method::POST, path).json(&json!({}))).await;
    assert_eq!((status, &error["code"]), (401, &json!("42501")));
    let (status, result) = answer(ask_as_service(&stack, Method::POST, path).json(&json!({}))).await;
    assert_eq!((status, result), (200, json!("for the service")));
}

#[tokio::test]
async fn a_bad_token_stays_401() {
    let stack = start().await;
    let (status, error) = answer(
        ask_as(
            &stack,
            "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.AAAA",
            Method::POST,
            "/rest/v1/rpc/me",
        )
        .json(&json!({})),
    )
    .await;
    assert_eq!((status, &error["code"]), (401, &json!("PGRST301")));
}

#[tokio::test]
async fn every_kind_of_key_names_its_role() {
    let stack = start().await;
    let session = sign_in(&stack).await;
    let role = async |api_key: Option<&str>, bearer: Option<&str>| {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = client.post(format!("{}/rest/v1/rpc/me", stack.api_url())).json(&json!({}));
        if let Some(key) = api_key {
            request = request.header("apikey", key);
        }
        if let Some(token) = bearer {
            request = request.bearer_auth(token);
        }
        answer(request).await.1["role"].clone()
    };
    assert_eq!(role(Some(stack.publishable_key()), None).await, "anon");
    assert_eq!(role(Some(stack.secret_key()), None).await, "service_role");
    assert_eq!(role(Some(stack.secret_key()), Some(stack.secret_key())).await, "service_role");
    assert_eq!(role(Some(stack.anon_key()), Some(stack.service_role_key())).await, "service_role");
    assert_eq!(role(Some(stack.publishable_key()), Some(access_token(&session))).await, "authenticated");
    assert_eq!(role(Some(stack.secret_key()), Some(access_token(&session))).await, "authenticated");
    assert_eq!(role(None, Some(stack.secret_key())).await, "anon");
}

#[tokio::test]
async fn database_errors_come_through_as_postgrest_words_them() {
    let stack = start().await;
    let session = sign_in(&stack).await;
    let call = |name: &str, arguments| {
        ask_as(&stack, access_token(&session), Method::POST, &format!("/rest/v1/rpc/{name}"))
            .header("content-profile", "api")
            .json(&arguments)
    };
    let (status, id) = answer(call("add_note", json!({ "text": "hello" }))).await;
    assert_eq!((status, id.is_i64()), (200, true), "{id}");
    let (status, error) = answer(call("add_note", json!({ "text": "" }))).await;
    assert_eq!((status, &error["code"]), (400, &json!("23514")));
    assert!(error["message"].as_str().unwrap().contains("text_not_empty"), "{error}");
    let (status, error) = answer(call("lose_lease", json!({}))).await;
    assert_eq!((status, &error["code"], &error["message"]), (409, &json!("PT409"), &json!("lease lost")));
    let (status, error) = answer(call("unknown", json!({}))).await;
    assert_eq!((status, &error["code"]), (404, &json!("PGRST202")));
}

#[tokio::test]
async fn a_new_function_is_served_without_a_restart() {
    let stack = start().await;
    let mut database = PgConnection::connect(&stack.db_url()).await.unwrap();
    database
        .execute("create function api.added_later() returns int language sql as 'select 7'")
        .await
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let (status, result) =
            answer(ask(&stack, Method::POST, "/rest/v1/rpc/added_later").json(&json!({}))).await;
        if (status, &result) == (200, &json!(7)) {
            break;
        }
        assert!(Instant::now() < deadline, "still {status} {result}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn pages_of_any_origin_may_call() {
    let stack = start().await;
    for path in ["/rest/v1/rpc/me", "/auth/v1/user", "/storage/v1/object/recordings/a"] {
        let preflight = ask(&stack, Method::OPTIONS, path)
            .header("origin", "http://localhost:3000")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "apikey,authorization,x-upsert");
        let response = preflight.send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        assert_eq!(response.headers()["access-control-allow-headers"], "apikey,authorization,x-upsert");
        let response =
            ask(&stack, Method::GET, path).header("origin", "http://localhost:3000").send().await.unwrap();
        let origins: Vec<_> = response.headers().get_all("access-control-allow-origin").iter().collect();
        assert_eq!(origins, ["*"], "{path}");
    }
}
