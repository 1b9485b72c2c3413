//! The review app: pages, components and server functions.
//!
//! Feature `ssr` renders it in `callscript-server`, feature `hydrate` brings it to life in the browser.
// Pages are deeply nested types; the compiler walks them when it lays out their futures.
#![recursion_limit = "256"]

pub mod app;
pub mod browser;
pub mod call_place;
pub mod components;
pub mod deciding;
pub mod decode_errors;
pub mod flag_cursor;
pub mod format;
pub mod lazy_pages;
pub mod local_days;
pub mod local_path;
pub mod open_call;
pub mod outbox;
pub mod page_data;
pub mod pages;
pub mod playback;
pub mod queue_cursor;
pub mod queue_filters;
pub mod queue_place;
pub mod said;
pub mod sent_form;
pub mod server_error;
pub mod server_functions;
pub mod state_filter;
pub mod transcript_hits;
pub mod transcript_payload;
pub mod transcript_words;
pub mod wording;

#[cfg(feature = "ssr")]
pub mod asker;
#[cfg(feature = "ssr")]
pub mod content_security_policy;
#[cfg(feature = "ssr")]
pub mod search_address;
#[cfg(feature = "ssr")]
pub mod session;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod state;

#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_lazy(app::App);
}
