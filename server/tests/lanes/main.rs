//! The lanes against a simulated Ringba and, where they need it, the embedded stack.

mod kept;
mod recordings;
mod retention;
mod ringba;
mod running;
mod stopping;
mod support;
mod true_transcripts;
mod windows;
