//! The router as a browser meets it, in front of an Auth that counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::post;
use callscript_app::session::SessionCookies;
use chrono::{TimeDelta, Utc};
use http::{Request, Response, StatusCode, header};
use serde_json::{Value, json};
use supabase_client::http::{Session, Supabase, SupabaseConfig};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{WebConfig, router};
use crate::monitoring::Readiness;

/// An Auth on a port of its own that knows one refresh token, once, as the real one does.
async fn auth_that_knows(refresh_token: &'static str) -> (Supabase, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let token = move |State(asked): State<Arc<AtomicUsize>>, axum::Json(body): axum::Json<Value>| async move {
        let first = asked.fetch_add(1, Ordering::SeqCst) == 0;
        if first && body["refresh_token"] == refresh_token {
            (StatusCode::OK, axum::Json(session_json()))
        } else {
            let refusal = json!({
                "code": 400,
                "error_code": "refresh_token_already_used",
                "msg": "Invalid Refresh Token: Already Used",
            });
            (StatusCode::BAD_REQUEST, axum::Json(refusal))
        }
    };
    let auth = Router::new().route("/auth/v1/token", post(token)).with_state(Arc::clone(&asked));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, auth).await });
    (Supabase::new(SupabaseConfig { url, api_key: "publishable".into() }).unwrap(), asked)
}

fn session_json() -> Value {
    let now = "2026-11-24T00:00:00Z";
    json!({
        "access_token": "new.access.token", "token_type": "bearer", "expires_in": 3600, "expires_at": 1_900_000_000,
        "refresh_token": "new-refresh-token",
        "user": {
            "id": "00000000-0000-4000-8000-000000000001", "aud": "authenticated", "role": "authenticated",
            "email": "reviewer@callscript.local", "phone": "", "email_confirmed_at": now, "confirmed_at": now,
            "last_sign_in_at": now, "app_metadata": {}, "user_metadata": {}, "identities": [],
            "created_at": now, "updated_at": now, "is_anonymous": false
        }
    })
}

fn app(supabase: Supabase) -> Router {
    let readiness = Readiness::new(supabase.as_service(), CancellationToken::new());
    router(WebConfig {
        readiness,
        supabase,
        supabase_public_url: "https://project.supabase.co".parse().unwrap(),
        site_root: "no-such-folder".into(),
        studio_url: None,
        listen: "127.0.0.1:3000".parse().unwrap(),
        secure_cookies: true,
    })
}

/// The cookie of a session that ran out a minute ago.
fn expired_cookie(refresh_token: &str) -> String {
    let session = Session {
        access_token: "old.access.token".into(),
        refresh_token: refresh_token.into(),
        expires_at: Utc::now() - TimeDelta::minutes(1),
    };
    let kept = SessionCookies::new(true).keep(&session);
    kept.to_str().unwrap().split(';').next().unwrap().to_owned()
}

/// A page as a browser gets it that reads what `accepted` names.
async fn page(app: &Router, accepted: &str) -> Response<Body> {
    let request = Request::get("/sign-in").header(header::ACCEPT_ENCODING, accepted);
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn get(app: &Router, path: &str, cookie: Option<&str>) -> Response<Body> {
    let mut request = Request::get(path);
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

fn text(response: &Response<Body>, name: header::HeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn without_a_session_pages_lead_to_sign_in_and_back() {
    let app = app(auth_that_knows("none").await.0);
    for (path, next) in [("/", "%2F"), ("/calls/7?t=3", "%2Fcalls%2F7%3Ft%3D3"), ("/nowhere", "%2Fnowhere")] {
        let response = get(&app, path, None).await;
        assert_eq!(response.status(), StatusCode::FOUND, "{path}");
        assert_eq!(text(&response, header::LOCATION), format!("/sign-in?next={next}"));
    }
    let sign_in = get(&app, "/sign-in", None).await;
    assert_eq!(sign_in.status(), StatusCode::OK);
    let policy = text(&sign_in, header::CONTENT_SECURITY_POLICY);
    assert!(
        policy.contains("'nonce-") && policy.contains("media-src 'self' https://project.supabase.co"),
        "{policy}"
    );
    assert_eq!(text(&sign_in, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(text(&sign_in, header::CACHE_CONTROL), "no-store");
}

#[tokio::test]
async fn without_a_session_a_server_function_answers_401() {
    let app = app(auth_that_knows("none").await.0);
    let request = |site: &'static str| {
        Request::post("/api/load_queue")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site)
            .body(Body::from("query=&rows=50"))
            .unwrap()
    };
    let own = app.clone().oneshot(request("same-origin")).await.unwrap();
    assert_eq!(own.status(), StatusCode::UNAUTHORIZED);
    let foreign = app.oneshot(request("cross-site")).await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn requests_that_arrive_together_share_one_renewal() {
    let (supabase, asked) = auth_that_knows("old-refresh-token").await;
    let app = app(supabase);
    let cookie = expired_cookie("old-refresh-token");
    // Sign-in with a session leads onwards, so its answer tells who the server thinks is there.
    let answers = futures::future::join_all((0..8).map(|_| get(&app, "/sign-in", Some(&cookie)))).await;
    for answer in &answers {
        assert_eq!(answer.status(), StatusCode::FOUND);
        assert_eq!(text(answer, header::LOCATION), "/");
        let kept = text(answer, header::SET_COOKIE);
        assert!(
            kept.contains("new-refresh-token") && kept.contains("HttpOnly; SameSite=Lax; Secure"),
            "{kept}"
        );
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_session_that_auth_has_ended_is_forgotten() {
    let app = app(auth_that_knows("another-token").await.0);
    let answer = get(&app, "/", Some(&expired_cookie("old-refresh-token"))).await;
    assert!(text(&answer, header::LOCATION).starts_with("/sign-in"));
    let forgotten = text(&answer, header::SET_COOKIE);
    assert!(
        forgotten.starts_with("__Host-callscript-session=;") && forgotten.contains("Max-Age=0"),
        "{forgotten}"
    );
}

#[tokio::test]
async fn pages_are_compressed_as_the_browser_reads_them() {
    let app = app(auth_that_knows("none").await.0);
    let mut sizes = Vec::new();
    for (accepted, encoding) in [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", "")] {
        let answer = page(&app, accepted).await;
        assert_eq!(text(&answer, header::CONTENT_ENCODING), encoding, "{accepted}");
        assert_eq!(text(&answer, header::VARY), "accept-encoding");
        sizes.push(axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap().len());
    }
    assert!(sizes[0] * 2 < sizes[2] && sizes[1] * 2 < sizes[2], "{sizes:?}");
}

#[tokio::test]
async fn what_is_small_or_leads_onwards_is_sent_as_it_is() {
    let app = app(auth_that_knows("none").await.0);
    let onwards = Request::get("/").header(header::ACCEPT_ENCODING, "br").body(Body::empty()).unwrap();
    let refusal = Request::post("/api/load_queue")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT_ENCODING, "br")
        .body(Body::from("query=&rows=50"))
        .unwrap();
    for request in [onwards, refusal] {
        let answer = app.clone().oneshot(request).await.unwrap();
        assert_eq!(text(&answer, header::CONTENT_ENCODING), "", "{}", answer.status());
    }
}
