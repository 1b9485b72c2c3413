//! What operators do by hand.

use serde_json::json;

use super::error::{Error, sentence_of_constraint};
use super::rest::{Api, Repeat};
use crate::by_hand::{Act, ActedOn, CallLines, CallRecord, CallSelection, LanePause};
use crate::call::CallId;
use crate::lane::PausableLane;

/// Calls that one request acts on.
pub const CALLS_AT_A_TIME: usize = 200;

/// How an act by hand is done.
#[derive(Debug, Clone, Copy)]
pub struct ActOrder<'a> {
    pub act: Act,
    /// Who does it, where the service asks; a signed-in admin is known.
    pub operator: Option<&'a str>,
    /// For [`Act::Fail`].
    pub reason: Option<&'a str>,
    /// Tells the same and changes nothing.
    pub dry_run: bool,
}

impl Api {
    /// Does one thing with the next [`CALLS_AT_A_TIME`] of the chosen calls, and tells what became of each. Never
    /// repeated: a second time would tell something else.
    pub async fn act_on_calls(
        &self,
        order: ActOrder<'_>,
        selection: &CallSelection,
        after: Option<CallId>,
    ) -> Result<ActedOn, Error> {
        let ActOrder { act, operator, reason, dry_run } = order;
        let arguments = json!({
            "act": act, "selection": selection, "operator": operator, "reason": reason, "dry_run": dry_run,
            "after": after, "most": CALLS_AT_A_TIME,
        });
        let mut acted: ActedOn = self.call("act_on_calls", arguments, Repeat::Never).await?;
        for result in &mut acted.results {
            result.refused = result.refused.take().map(|message| sentence_of_constraint(&message));
        }
        Ok(acted)
    }

    /// Chosen calls in a line each, by their numbers.
    pub async fn list_calls(
        &self,
        selection: &CallSelection,
        after: Option<CallId>,
        most: usize,
    ) -> Result<CallLines, Error> {
        let arguments = json!({ "selection": selection, "after": after, "most": most });
        self.call("list_calls", arguments, Repeat::ForPerson).await
    }

    /// Everything of one call, by its number or Ringba's id.
    pub async fn call_record(&self, call: &str) -> Result<CallRecord, Error> {
        self.call("call_record", json!({ "call": call }), Repeat::ForPerson).await
    }

    /// Lets a lane begin nothing, or go on. A second time changes nothing.
    pub async fn set_pause(
        &self,
        lane: PausableLane,
        pause: bool,
        operator: Option<&str>,
    ) -> Result<LanePause, Error> {
        let function = if pause { "pause_lane" } else { "resume_lane" };
        self.call(function, json!({ "lane": lane, "operator": operator }), Repeat::ForPerson).await
    }
}
