use leptos::prelude::*;
use supabase_client::call::{CallStatus, CallSummary};
use supabase_client::lane::Lane;

use crate::components::icon::Icon;
use crate::wording;

/// How far one lane is with a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Working,
    Done,
    Failed,
}

/// What the lanes have done, for a call that has no verdict; nothing for one that has.
#[component]
pub fn CallProgress(call: CallSummary) -> impl IntoView {
    match call.status {
        CallStatus::NoRecording => view! {
            <p class="notice tone-none"><Icon icon=icondata_lu::LuMicOff/>
                "Ringba has no recording of this call. Should one appear after all, it is fetched by itself."
            </p>
        }
        .into_any(),
        CallStatus::Failed => view! {
            <div class="notice tone-failed" role="note">
                <Icon icon=icondata_lu::LuTriangleAlert/>
                <div>
                    <p><strong>{failed_title(call.failed_lane)}</strong></p>
                    <p>{call.last_error.clone().unwrap_or_else(|| "No reason was given.".to_owned())}</p>
                </div>
            </div>
            <Stages call/>
        }
        .into_any(),
        status if wording::in_work(status) => view! {
            <Stages call/>
        }
        .into_any(),
        _ => ().into_any(),
    }
}

#[component]
fn Stages(call: CallSummary) -> impl IntoView {
    let stage = |lane: Lane| {
        let stage = stage_of(&call, lane);
        let (class, icon, words) = match stage {
            Stage::Waiting if call.status == CallStatus::Failed => {
                ("waiting", icondata_lu::LuCircleDashed, "not reached")
            }
            Stage::Waiting => ("waiting", icondata_lu::LuCircleDashed, "waiting"),
            Stage::Working => ("working", icondata_lu::LuLoaderCircle, "in work"),
            Stage::Done => ("done", icondata_lu::LuCircleCheck, "done"),
            Stage::Failed => ("failed", icondata_lu::LuCircleX, "failed"),
        };
        view! {
            <li class=format!("stage stage-{class}")>
                <Icon icon/><strong>{wording::lane(lane)}</strong><span>{words}</span>
            </li>
        }
    };
    let sentence = wording::in_work(call.status).then(|| {
        view! { <p class="stages-now" role="status">{wording::status(call.status)}" … this page follows along."</p> }
    });
    view! {
        <section class="stages" aria-label="Progress">
            <ol role="list">{[Lane::Vault, Lane::Worker, Lane::Judge].map(stage).collect_view()}</ol>
            {sentence}
        </section>
    }
}

fn failed_title(lane: Option<Lane>) -> &'static str {
    match lane {
        Some(Lane::Vault) => "The recording could not be fetched.",
        Some(Lane::Worker) => "The recording could not be transcribed.",
        Some(Lane::Judge) => "The transcript could not be judged.",
        None => "This call could not be processed.",
    }
}

fn stage_of(call: &CallSummary, lane: Lane) -> Stage {
    let order = |lane: Lane| match lane {
        Lane::Vault => 0,
        Lane::Worker => 1,
        Lane::Judge => 2,
    };
    let (at, stage) = match call.status {
        CallStatus::Pending | CallStatus::NoRecording => (Lane::Vault, Stage::Waiting),
        CallStatus::Downloading => (Lane::Vault, Stage::Working),
        CallStatus::Downloaded => (Lane::Worker, Stage::Waiting),
        CallStatus::Processing => (Lane::Worker, Stage::Working),
        CallStatus::Transcribed => (Lane::Judge, Stage::Waiting),
        CallStatus::Judging => (Lane::Judge, Stage::Working),
        CallStatus::Failed => (call.failed_lane.unwrap_or(Lane::Vault), Stage::Failed),
        CallStatus::Flagged | CallStatus::Safe | CallStatus::Undecided => return Stage::Done,
    };
    match order(lane).cmp(&order(at)) {
        std::cmp::Ordering::Less => Stage::Done,
        std::cmp::Ordering::Equal => stage,
        std::cmp::Ordering::Greater => Stage::Waiting,
    }
}
