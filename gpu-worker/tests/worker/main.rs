//! Worker processes and the calls they are given.
//!
//! The database, Storage and the workers are the real ones; only time is moved.

#[path = "../recordings/made/mod.rs"]
#[expect(dead_code, reason = "these tests need some of the recordings")]
mod made;

mod agent_channel;
mod bad_recordings;
mod endings;
mod leases;
mod monitoring;
mod process;
mod scene;
