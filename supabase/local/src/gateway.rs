//! One port for everything: the paths of a Supabase project, its key rules and its CORS.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;

use crate::keys::{ANON_KEY, PUBLISHABLE_KEY, SECRET_KEY, SERVICE_ROLE_KEY};

/// How long a browser may remember what the preflight allowed.
const PREFLIGHT_SECONDS: &str = "3600";
const METHODS: &str = "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS";
/// What supabase-js reads from answers.
const EXPOSED_HEADERS: &str = "Accept-Ranges,Content-Encoding,Content-Length,Content-Range,Content-Disposition,ETag,Link,Location,Range-Unit,X-Total-Count,X-Supabase-Api-Version,X-Sb-Error-Code";

/// All services behind their prefixes.
pub fn router(rest: Router, auth: Router, storage: Router) -> Router {
    Router::new()
        .nest("/rest/v1", rest)
        .nest("/auth/v1", auth)
        .nest("/storage/v1", storage)
        .fallback(|| async {
            (StatusCode::NOT_FOUND, Json(json!({ "message": "no Route matched with those values" })))
        })
        .layer(middleware::from_fn(translate_keys))
        .layer(middleware::from_fn(cors))
}

async fn translate_keys(mut request: Request, next: Next) -> Response {
    translate_api_key(request.headers_mut());
    next.run(request).await
}

/// The services behind know tokens only. A request that brings its own token keeps it; otherwise the
/// `apikey` header becomes one: the new keys stand for the anon and `service_role` tokens, and anything else is
/// passed on as it is.
fn translate_api_key(headers: &mut HeaderMap) {
    let own =
        headers.get(header::AUTHORIZATION).is_some_and(|value| !value.as_bytes().starts_with(b"Bearer sb_"));
    if own {
        return;
    }
    let Some(api_key) = headers.get("apikey").cloned() else {
        // A new key as bearer token, without the header that it belongs to, proves nothing.
        headers.remove(header::AUTHORIZATION);
        return;
    };
    let token = match api_key.as_bytes() {
        key if key == SECRET_KEY.as_bytes() => bearer(SERVICE_ROLE_KEY),
        key if key == PUBLISHABLE_KEY.as_bytes() => bearer(ANON_KEY),
        _ => api_key,
    };
    headers.insert(header::AUTHORIZATION, token);
}

fn bearer(token: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("Bearer {token}")).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Any page may call, as with Supabase: what a caller may do depends on its token, never on its origin.
async fn cors(request: Request, next: Next) -> Response {
    let asked_headers = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response =
        if preflight { (StatusCode::OK, Body::empty()).into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: HeaderValue| headers.insert(name, value);
    set(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    set(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
    if preflight {
        set(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        set(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_SECONDS));
        if let Some(asked) = asked_headers {
            set(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(api_key: Option<&'static str>, authorization: Option<&'static str>) -> Option<String> {
        let mut headers = HeaderMap::new();
        if let Some(key) = api_key {
            headers.insert("apikey", HeaderValue::from_static(key));
        }
        if let Some(value) = authorization {
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        translate_api_key(&mut headers);
        headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn new_keys_become_tokens() {
        let service = Some(format!("Bearer {SERVICE_ROLE_KEY}"));
        assert_eq!(translated(Some(SECRET_KEY), None), service);
        assert_eq!(translated(Some(SECRET_KEY), Some("Bearer sb_secret_whatever")), service);
        assert_eq!(translated(Some(PUBLISHABLE_KEY), None), Some(format!("Bearer {ANON_KEY}")));
    }

    #[test]
    fn own_tokens_and_old_keys_pass() {
        assert_eq!(translated(Some(SECRET_KEY), Some("Bearer ey.own")), Some("Bearer ey.own".to_owned()));
        assert_eq!(translated(Some(ANON_KEY), None), Some(ANON_KEY.to_owned()));
        assert_eq!(translated(None, None), None);
        assert_eq!(translated(None, Some("Bearer sb_secret_whatever")), None);
    }
}
