//! The typed Rust view of a CallScript Supabase project.
//!
//! Without features this crate is plain data: the serde types that the `api` schema speaks, light
//! enough for the browser. Feature `http` adds the clients for PostgREST, Auth and Storage. The
//! rest of the workspace talks to Supabase through this crate only.

pub mod admin;
pub mod alert_message;
pub mod audit;
pub mod backtest;
pub mod books;
pub mod by_hand;
pub mod call;
pub mod choice;
pub mod criterion;
pub mod flag;
pub mod ingest;
pub mod judgement;
pub mod lane;
pub mod metrics;
pub mod model_use;
mod moment;
pub mod queue;
pub mod rejudge_order;
pub mod report;
pub mod retention;
pub mod review_copy;
pub mod ruleset;
pub mod search;
pub mod transcript;
pub mod user;

#[cfg(feature = "http")]
pub mod http;
