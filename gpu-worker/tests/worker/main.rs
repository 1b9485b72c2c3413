//! Worker processes and the calls they are given.
//!
//! The database, Storage and the workers are the real ones; only time is moved.

#[path = "../support/made/mod.rs"]
#[expect(dead_code, reason = "these tests need some of the recordings")]
mod made;

#[path = "../support/calls.rs"]
mod calls;

mod agent_channel;
mod bad_recordings;
mod endings;
mod fleet;
mod leases;
mod monitoring;
mod process;
mod scene;
