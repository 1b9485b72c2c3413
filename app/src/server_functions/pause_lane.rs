use leptos::prelude::*;
use supabase_client::lane::PausableLane;

use super::act_on_calls::Told;
use crate::server_error::ServerError;

/// Lets a lane begin nothing until it is resumed, or go on; the database lets only admins.
#[server(endpoint = "pause_lane")]
pub async fn pause_lane(lane: PausableLane, pause: bool) -> Result<Told, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let stands = api.set_pause(lane, pause, None).await.map_err(|error| asker.answer_to(&error))?;
    let lane = crate::wording::pausable_lane(stands.lane);
    Ok(Told {
        done: stands.changed,
        sentence: match (stands.paused, stands.changed) {
            (true, true) => format!("The lane {lane} is paused. Work in hand goes on."),
            (true, false) => format!("The lane {lane} was paused already."),
            (false, true) => format!("The lane {lane} works again."),
            (false, false) => format!("The lane {lane} was not paused."),
        },
    })
}
