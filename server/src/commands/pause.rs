//! `callscript-server pause LANE` and `resume LANE`.

use std::process::ExitCode;

use anyhow::Context as _;
use supabase_client::by_hand::LanePause;
use supabase_client::http::Api;
use supabase_client::lane::PausableLane;

/// Lets a lane begin nothing, or go on, and says how it stands.
pub async fn run(
    api: &Api,
    lane: PausableLane,
    pause: bool,
    operator: &str,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let answer = api.set_pause(lane, pause, Some(operator)).await;
    let stands = answer.context("the lane could not be changed")?;
    if json {
        println!("{:#}", serde_json::to_value(&stands)?);
    } else {
        println!("{}", sentence(&stands));
    }
    Ok(ExitCode::SUCCESS)
}

fn sentence(stands: &LanePause) -> String {
    let lane = stands.lane.as_str();
    match (stands.paused_since.zip(stands.paused_by.as_ref()), stands.changed) {
        (Some((since, by)), true) => format!(
            "The lane {lane} is paused since {}, by {by}. Work in hand goes on.",
            since.format("%Y-%m-%d %H:%M UTC")
        ),
        (Some((since, by)), false) => {
            format!(
                "The lane {lane} was paused already, since {}, by {by}.",
                since.format("%Y-%m-%d %H:%M UTC")
            )
        }
        (None, true) => format!("The lane {lane} works again."),
        (None, false) => format!("The lane {lane} was not paused."),
    }
}
