//! What the server does once and then ends, for people: each prints what it found and tells by its exit
//! code whether all is well.

pub mod audit_storage;
pub mod calls;
pub mod check;
pub mod doctor;
mod labelled;
pub mod pause;
pub mod reingest;
pub mod rules_backtest;
pub mod rules_check;

/// The database's own word for a state, as people read it.
fn word(state: impl serde::Serialize) -> String {
    let word = serde_json::to_value(state).ok();
    word.as_ref().and_then(serde_json::Value::as_str).unwrap_or("-").replace('_', " ")
}

/// A share as tables show it; a dash where there is none.
fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{share:.3}"))
}
