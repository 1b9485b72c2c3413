//! `POST /control/calls`: makes one more call, for tests that drive the demo from outside.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use serde::Deserialize;

use crate::answer::Refusal;
use crate::demo;
use crate::faults::{ALWAYS, RecordingFault};
use crate::ledger::{LedgerCall, Party};
use crate::world::World;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCall {
    /// File name of one of the simulator's recordings; without it the call is not recorded.
    recording: Option<String>,
    /// Seconds from now; negative for a call that is over.
    #[serde(default)]
    hang_up_in_s: i32,
    /// A campaign of this name instead of the usual ones.
    campaign: Option<String>,
    /// What is wrong with the recording, every time it is fetched.
    recording_fault: Option<RecordingFault>,
}

/// The new call's ledger entry, with status 201.
pub async fn add_call(
    State(world): State<Arc<World>>,
    new: Result<Json<NewCall>, JsonRejection>,
) -> Result<Response, Refusal> {
    let Json(new) = new?;
    let call = new.call(&world)?;
    if let Some(fault) = new.recording_fault {
        world.faults.recording(&call.id, ALWAYS, fault);
    }
    world
        .change(|ledger| ledger.add(call.clone()))
        .map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}")))?;
    Ok((StatusCode::CREATED, Json(call)).into_response())
}

impl NewCall {
    fn call(&self, world: &World) -> Result<LedgerCall, Refusal> {
        let end = world.now() + TimeDelta::seconds(self.hang_up_in_s.into());
        let known = &world.options.recordings;
        let number = world.read(|ledger, _| ledger.calls().len());
        let mut call = match &self.recording {
            Some(name) => {
                let recording = known.iter().find(|known| known.truth.file == *name);
                let recording =
                    recording.ok_or_else(|| Refusal::bad_request(format!("there is no recording {name}")))?;
                demo::call(recording, number, end)
            }
            None => demo::unrecorded_call(number, end),
        };
        if let Some(name) = &self.campaign {
            call.campaign = Party::new("CA00000000000000000000000000000009", name);
        }
        Ok(call)
    }
}
