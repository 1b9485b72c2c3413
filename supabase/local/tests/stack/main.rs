//! The embedded stack from outside: over HTTP, over SQL and as a process.

mod auth;
mod backtests;
mod lifecycle;
mod rest;
mod review_copies;
mod storage;
mod support;
mod test_support;
