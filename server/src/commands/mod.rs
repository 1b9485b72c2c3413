//! What the server does once and then ends, for people: each prints what it found and tells by its exit
//! code whether all is well.

pub mod audit_storage;
pub mod doctor;
mod labelled;
pub mod reingest;
pub mod rules_backtest;
pub mod rules_check;
