use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use callscript_app::app::App;
use callscript_app::lazy_pages::PageFiles;
use callscript_app::session::SessionCookies;
use callscript_app::shell::shell;
use callscript_app::state::AppState;
use http::{HeaderValue, StatusCode, header};
use leptos::prelude::{LeptosOptions, provide_context};
use leptos_axum::{LeptosRoutes as _, generate_route_list};
use supabase_client::http::Supabase;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _, SizeAbove};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use url::Url;

use super::export::{transcript_json, transcript_vtt};
use super::print::print;
use super::require_session::require_session;
use super::same_origin::same_origin;
use super::security_headers::security_headers;
use super::session::{Sessions, resolve_session};
use crate::monitoring::{Readiness, healthz, readyz};

/// The name of the bundle: `pkg/callscript.js`, `.wasm` and `.css` under the site root.
const BUNDLE: &str = "callscript";
const PKG: &str = "pkg";
/// A page asks Supabase a few things; each of those calls has its own, shorter limit.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// The longest argument of a server function is a reviewer's reason.
const LARGEST_BODY: usize = 64 * 1024;
/// In bytes. A smaller answer travels in one packet either way.
const SMALLEST_COMPRESSED: u16 = 1024;

/// What the web part needs to know.
pub struct WebConfig {
    /// Opened with the publishable key: people act with their own tokens.
    pub supabase: Supabase,
    /// Supabase as browsers reach it; recordings are played from there.
    pub supabase_public_url: Url,
    /// The folder with the bundle and the static files.
    pub site_root: PathBuf,
    /// Supabase Studio, for the links of the page Admin.
    pub studio_url: Option<Url>,
    /// Where the server listens; only shown to Leptos.
    pub listen: SocketAddr,
    /// False only on a developer's machine, where the app is served over plain HTTP.
    pub secure_cookies: bool,
    pub readiness: Arc<Readiness>,
}

/// Everything that is served over HTTP.
pub fn router(config: WebConfig) -> Router {
    let WebConfig { supabase, supabase_public_url, site_root, studio_url, listen, secure_cookies, readiness } =
        config;
    let options = LeptosOptions::builder()
        .output_name(BUNDLE)
        .site_root(site_root.to_string_lossy().into_owned())
        .site_pkg_dir(PKG)
        .site_addr(listen)
        .build();
    let cookies = SessionCookies::new(secure_cookies);
    let sessions = Sessions::new(supabase.clone(), cookies);
    let page_files = PageFiles::read(&site_root.join(PKG));
    let state = AppState { supabase, supabase_public_url, studio_url, cookies, page_files };
    // Without a session they answer 401: a file that is asked for is no page to be led away from.
    let exports = Router::new()
        .route("/calls/{id}/transcript.json", get(transcript_json))
        .route("/calls/{id}/transcript.vtt", get(transcript_vtt))
        .layer(from_fn_with_state(sessions.clone(), resolve_session))
        .with_state(state.clone());
    let print = Router::new()
        .route("/calls/{id}/print", get(print))
        .layer(from_fn(require_session))
        .layer(from_fn_with_state(sessions.clone(), resolve_session))
        .with_state(state.clone());
    let provide_state = move || provide_context(state.clone());

    let not_found = {
        let options = options.clone();
        leptos_axum::render_app_async_with_context(provide_state.clone(), move || shell(options.clone()))
    };
    let not_found = Router::new()
        .fallback(get(move |request: Request| not_found(request)))
        .layer(from_fn(require_session))
        .layer(from_fn_with_state(sessions.clone(), resolve_session));
    let files = ServeDir::new(site_root)
        .precompressed_br()
        .append_index_html_on_directories(false)
        .fallback(not_found);

    let document = {
        let options = options.clone();
        move || shell(options.clone())
    };
    let pages_and_functions = Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), provide_state, document)
        .layer(from_fn(require_session))
        .layer(from_fn_with_state(sessions, resolve_session))
        .layer(from_fn(same_origin))
        // The length of an answer can betray what is compressed in it beside words that a stranger chose (BREACH). Session
        // tokens stand in cookies alone, and of what else opens something, the nonce is made anew for every
        // answer and the link to a recording every second. Files come compressed from disk, and recordings from Storage.
        .layer(
            CompressionLayer::new()
                .compress_when(DefaultPredicate::new().and(SizeAbove::new(SMALLEST_COMPRESSED))),
        )
        .with_state(options);

    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz).with_state(readiness))
        .merge(exports)
        .merge(print)
        .merge(pages_and_functions)
        .fallback_service(files)
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, ANSWER_WITHIN))
        // Names in the bundle do not change with its content, so browsers ask whether it is still the same.
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-cache"),
        ))
        .layer(from_fn_with_state(secure_cookies, security_headers))
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request| {
            // The path alone: a query may hold what somebody looked for.
            tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
        }))
}
