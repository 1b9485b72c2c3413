//! What a page may load and run.

use http::{HeaderValue, header};
use leptos::nonce::use_nonce;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use crate::state::AppState;

/// Adds the policy to the response that is being rendered.
///
/// Recordings come from Storage, everything else from this server. Inline scripts need the nonce of
/// this very response; WebAssembly needs `wasm-unsafe-eval`.
pub fn send() {
    let (Some(response), Some(nonce), Some(state)) =
        (use_context::<ResponseOptions>(), use_nonce(), use_context::<AppState>())
    else {
        return;
    };
    let policy = policy(&nonce, &state.supabase_public_url.origin().ascii_serialization());
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}

fn policy(nonce: &str, recordings_origin: &str) -> String {
    [
        "default-src 'none'",
        &format!("script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'"),
        "style-src 'self'",
        "img-src 'self' data:",
        &format!("media-src 'self' {recordings_origin}"),
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    .join("; ")
}

#[cfg(test)]
mod tests {
    use super::policy;

    #[test]
    fn nothing_inline_runs_without_the_nonce() {
        let policy = policy("abc", "https://project.supabase.co");
        assert!(policy.contains("script-src 'self' 'nonce-abc' 'wasm-unsafe-eval';"));
        assert!(policy.contains("media-src 'self' https://project.supabase.co;"));
        assert!(!policy.contains("unsafe-inline"));
        assert!(policy.ends_with("frame-ancestors 'none'"));
    }
}
