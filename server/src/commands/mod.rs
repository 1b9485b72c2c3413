//! What the server does once and then ends, for people: each prints what it found and tells by its exit
//! code whether all is well.

pub mod audit_storage;
pub mod check;
pub mod doctor;
mod labelled;
pub mod reingest;
pub mod rules_backtest;
pub mod rules_check;

/// A share as tables show it; a dash where there is none.
fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"))
}
