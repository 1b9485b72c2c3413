//! Clients for PostgREST, Auth and Storage: the only way Rust code talks to Supabase.
//!
//! [`Supabase`] knows where the project is and which key opens its gateway. [`Api`] speaks as
//! somebody: as the key itself, as a signed-in person, or as a user whose session renews itself.
//! Every call has a time limit, and every failure is one [`Error`].

mod admin;
mod alerts;
mod audit;
mod auth;
mod backtests;
mod books;
mod by_hand;
mod calls;
mod config;
mod criteria;
mod error;
mod ingest;
mod logs;
mod model_use;
pub mod published_keys;
mod queue;
mod queue_page;
mod reach;
mod report;
mod rest;
mod retention;
mod reviews;
mod rulesets;
mod search;
mod session;
pub mod settings;
pub mod settings_table;
mod storage;

pub use auth::Auth;
pub use by_hand::{ActOrder, CALLS_AT_A_TIME};
pub use config::{Supabase, SupabaseConfig};
pub use error::Error;
pub use logs::{
    LogEvent, LogFormat, LogLayer, LogLevel, LogLines, LogOutput, LogSettings, LogWriter, log_lines, traces,
};
pub use queue::{Failure, StoredRecording};
pub use rest::Api;
pub use session::{AutoSession, Session};
pub use storage::{BucketInfo, ObjectInfo, Storage};
