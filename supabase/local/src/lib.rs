//! The embedded stack: what `supabase start` serves, without Docker and without the internet.
//!
//! PostgreSQL (with `pg_cron` where the system has it) and the PostgREST-compatible server are the real
//! things; Auth and Storage are small and own, and hold only what the project and the official
//! client libraries need. Policies are enforced by Postgres itself.
//!
//! ```no_run
//! # async fn example() -> Result<(), supabase_local::Error> {
//! let stack = supabase_local::Stack::for_test("supabase").await?;
//! println!("{} {}", stack.api_url(), stack.publishable_key());
//! stack.stop().await;
//! # Ok(())
//! # }
//! ```

mod auth;
mod caller;
mod config;
mod crash;
mod data_dir;
mod error;
mod gateway;
mod keys;
mod many_calls;
mod many_transcripts;
mod migrations;
mod os_user;
mod postgres;
mod project;
mod rest;
mod rivals;
mod sql;
mod stack;
mod storage;
mod template;
mod test_support;
mod test_watchdog;

pub use config::{Durability, StackConfig};
pub use data_dir::{RunningStack, remove_data, running_stack, stop_running};
pub use error::Error;
pub use keys::{ANON_KEY, JWT_SECRET, PUBLISHABLE_KEY, SECRET_KEY, SERVICE_ROLE_KEY};
pub use many_calls::Watched;
pub use many_transcripts::{CALLS_PER_SELECTIVE_WORD, SELECTIVE_WORDS, WatchedSearch, selective_word};
pub use project::Project;
pub use rivals::RIVAL_COLUMNS;
pub use stack::Stack;
