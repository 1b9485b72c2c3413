//! From what the engine heard to the transcript that is stored.

mod align;
mod assemble;
mod doubts;
mod steady;
mod stretch;
mod unheard;
mod words;

pub use assemble::{Heard, ModelName, transcribe};
