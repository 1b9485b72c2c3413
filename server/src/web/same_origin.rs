use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, Method, StatusCode, header};

/// Refuses a write that another site's page asked for.
///
/// Browsers name the asking site in `Sec-Fetch-Site`, older ones only in `Origin`. A request with neither
/// comes from no browser, and so carries nobody's cookies unasked.
pub async fn same_origin(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || is_same_origin(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "This request came from another site.").into_response()
    }
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    match headers.get(header::ORIGIN) {
        None => true,
        Some(_) => {
            let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://"));
            origin.is_some_and(|(_, host)| text(header::HOST) == Some(host))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (header::HeaderName::from_static(name), header::HeaderValue::from_static(value))
        });
        is_same_origin(&headers.collect())
    }

    #[test]
    fn only_our_own_pages_may_write() {
        assert!(verdict(&[("sec-fetch-site", "same-origin"), ("origin", "https://app.example")]));
        assert!(verdict(&[("host", "app.example"), ("origin", "https://app.example")]));
        assert!(verdict(&[("host", "app.example")]));
        for headers in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("host", "app.example"), ("origin", "https://evil.example")],
            &[("host", "app.example"), ("origin", "null")],
            &[("origin", "https://app.example")],
        ] {
            assert!(!verdict(headers), "{headers:?} was let through");
        }
    }
}
