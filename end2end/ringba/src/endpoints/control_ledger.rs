//! `GET /control/ledger`: every call as it really is, those still to come too.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::ledger::LedgerCall;
use crate::world::World;

pub async fn ledger(State(world): State<Arc<World>>) -> Json<Vec<LedgerCall>> {
    Json(world.read(|ledger, _| ledger.calls().cloned().collect()))
}
