//! One file per page.

pub mod admin;
pub mod call;
pub mod dashboard;
pub mod not_found;
#[cfg(feature = "ssr")]
pub mod printable;
pub mod queue;
pub mod search;
pub mod sign_in;
