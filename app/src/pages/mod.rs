//! One file per page.

pub mod call;
pub mod dashboard;
pub mod not_found;
pub mod queue;
pub mod sign_in;
