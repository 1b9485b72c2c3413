//! Recordings that are built to break the worker: each ends in a transcript or in a sentence.

#[path = "../recognition/program.rs"]
mod program;

mod made;
mod no_recordings;
mod nobody_speaks;
mod outcome;
mod somebody_speaks;
