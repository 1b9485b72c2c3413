//! The server seen from outside: whether it lives and is ready, and what the database counts.

#[cfg(test)]
mod dashboard;
mod metrics;
mod readiness;
mod web;

pub use readiness::{Readiness, healthz, readyz};
pub use web::serve;
