//! The server as a process: how it starts, how it ends, and what it says of itself.

mod by_hand;
mod checking;
mod promises;
mod restoring;
mod scene;
mod server;
mod starting;
mod stopping;
mod traces;
