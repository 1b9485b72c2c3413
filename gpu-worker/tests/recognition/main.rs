//! What the worker hears in calls whose truth is known.

mod demo_calls;
mod form;
mod fresh_calls;
mod model;
#[path = "../support/program.rs"]
mod program;
mod tally;
mod times;
