//! Serves the review app: pages, server functions and files.

mod asked_call;
mod export;
mod print;
mod require_session;
mod router;
mod same_origin;
mod security_headers;
mod session;
#[cfg(test)]
mod tests;

pub use router::{WebConfig, router};
