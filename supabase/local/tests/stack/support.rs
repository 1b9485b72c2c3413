//! What the tests of the embedded stack share: the fixture project and a short way to ask the stack.

use std::path::PathBuf;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use supabase_local::Stack;

pub const SEEDED_EMAIL: &str = "seeded@example.test";
pub const SEEDED_PASSWORD: &str = "seeded-password";
pub const SEEDED_ID: &str = "11111111-1111-1111-1111-111111111111";

/// The smallest project that touches every service.
pub fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixture")
}

/// A stack of its own for one test.
pub async fn start() -> Stack {
    Stack::for_test(fixture()).await.expect("the stack starts")
}

/// A request with the publishable key.
pub fn ask(stack: &Stack, method: Method, path: &str) -> RequestBuilder {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    client.request(method, format!("{}{path}", stack.api_url())).header("apikey", stack.publishable_key())
}

/// A request of a signed-in user.
pub fn ask_as(stack: &Stack, token: &str, method: Method, path: &str) -> RequestBuilder {
    ask(stack, method, path).bearer_auth(token)
}

/// A request with the secret key.
pub fn ask_as_service(stack: &Stack, method: Method, path: &str) -> RequestBuilder {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    client.request(method, format!("{}{path}", stack.api_url())).header("apikey", stack.secret_key())
}

/// Status and body of an answer.
pub async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    (response.status().as_u16(), body(response).await)
}

pub async fn body(response: Response) -> Value {
    let text = response.text().await.expect("a body");
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

pub fn password_grant(stack: &Stack, email: &str, password: &str) -> RequestBuilder {
    ask(stack, Method::POST, "/auth/v1/token?grant_type=password")
        .json(&json!({ "email": email, "password": password }))
}

pub fn refresh_grant(stack: &Stack, refresh_token: &Value) -> RequestBuilder {
    ask(stack, Method::POST, "/auth/v1/token?grant_type=refresh_token")
        .json(&json!({ "refresh_token": refresh_token }))
}

/// The seeded user's session.
pub async fn sign_in(stack: &Stack) -> Value {
    let (status, session) = answer(password_grant(stack, SEEDED_EMAIL, SEEDED_PASSWORD)).await;
    assert_eq!(status, 200, "{session}");
    session
}

pub fn access_token(session: &Value) -> &str {
    session["access_token"].as_str().expect("an access token")
}
