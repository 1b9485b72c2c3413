//! Recordings that are built to break the worker: each ends in a transcript or in a sentence.

#[path = "../support/program.rs"]
mod program;

#[path = "../support/made/mod.rs"]
mod made;
mod no_recordings;
mod nobody_speaks;
mod outcome;
mod somebody_speaks;
mod unannounced;
