//! The Ringba account and its token.

use std::sync::Arc;

use super::{Tried, shown};
use crate::lanes::clock::Clock;
use crate::lanes::ingest::normalize::NEEDED_COLUMNS;
use crate::lanes::ingest::ringba::{Account, Limits, Ringba, RingbaError, known_columns};

pub async fn account(account: Account, limits: Limits, clock: Arc<dyn Clock>) -> Tried {
    let (id, address) = (account.id.clone(), shown(&account.url));
    let ringba = Ringba::new(account, limits, clock)?;
    let known = ringba.columns().await.map_err(|failure| match failure {
        RingbaError::TokenRefused => format!(
            "Ringba refuses the token for the account {id}. Make a new one in Ringba (Security, API Access Tokens), and \
             compare CALLSCRIPT_RINGBA_ACCOUNT."
        ),
        RingbaError::Status { status: 404, .. } => {
            format!("Ringba knows no account {id} at {address}. Compare CALLSCRIPT_RINGBA_ACCOUNT and _URL.")
        }
        other => format!("{other} ({address}). Is CALLSCRIPT_RINGBA_URL right, and does this machine reach it?"),
    })?;
    let (_, missing) = known_columns(&known);
    if let Some(needed) = NEEDED_COLUMNS.into_iter().find(|needed| missing.contains(needed)) {
        return Err(format!(
            "the call logs of {id} have no column {needed}, without which no call can be read."
        ));
    }
    if missing.is_empty() {
        return Ok(format!("the call logs of {id} can be read"));
    }
    Ok(format!("the call logs of {id} can be read, without {}", missing.join(", ")))
}
