//! Fetching models from a mirror that misbehaves, and what the program says about models.

mod fetch;
mod mirror;
mod program;
mod setup;
