//! The lanes against a simulated Ringba.

mod recordings;
mod ringba;
mod support;
