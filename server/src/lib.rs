//! The server of CallScript: it serves the review app and runs the lanes ingest, vault, judge,
//! reconcile and watchdog.
//! `callscript-server` is its binary.
// The review app's pages are deeply nested types; the compiler walks them when it lays out their futures.
#![recursion_limit = "256"]

pub mod commands;
pub mod lanes;
pub mod monitoring;
pub mod settings;
pub mod start;
pub mod web;
