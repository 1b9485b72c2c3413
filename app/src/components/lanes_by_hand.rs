use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use supabase_client::by_hand::{CallLine, CallLines};
use supabase_client::lane::{Lane, PausableLane};
use supabase_client::report::{LaneReport, PausedLane};

use crate::components::figure;
use crate::components::icon::Icon;
use crate::server_functions::act_on_calls::ActOnCalls;
use crate::server_functions::pause_lane::PauseLane;
use crate::wording;

/// The lanes with what they have in work: each is paused and resumed here, and its calls are taken back or given up.
pub fn lanes_by_hand(
    reports: &[LaneReport],
    in_work: &[(Lane, CallLines)],
    paused: &[PausedLane],
) -> AnyView {
    let lane_by_hand = |lane: PausableLane| {
        let report = reports.iter().find(|report| lane.of_calls() == Some(report.lane));
        let in_work = in_work.iter().find(|(worked, _)| lane.of_calls() == Some(*worked));
        let calls = report.zip(in_work.map(|(_, in_work)| in_work));
        lane_by_hand(lane, calls, paused.iter().find(|paused| paused.lane == lane))
    };
    let lanes = PausableLane::ALL.map(lane_by_hand).collect_view();
    view! { <ul class="lanes-by-hand" role="list" aria-label="Lanes">{lanes}</ul> }.into_any()
}

fn lane_by_hand(
    lane: PausableLane,
    calls: Option<(&LaneReport, &CallLines)>,
    paused: Option<&PausedLane>,
) -> AnyView {
    let name = wording::pausable_lane(lane);
    let is_paused = paused.is_some();
    let paused = paused.map(|PausedLane { paused_since, paused_by, .. }| {
        view! {
            <span class="badge tone-major">"Paused"</span>
            <span>"since "{figure::moment(*paused_since)}" by "{paused_by.clone()}</span>
        }
    });
    let counts = calls.map(|(report, in_work)| {
        view! {
            <span>{figure::count(report.waiting)}" waiting"</span>
            <span>{figure::count(in_work.matching)}" in work"</span>
        }
    });
    let (word, icon) =
        if is_paused { ("Resume", icondata_lu::LuPlay) } else { ("Pause", icondata_lu::LuPause) };
    view! {
        <li class="lane-by-hand">
            <div class="lane-by-hand-top">
                <h3>{name}</h3>
                <p class="facts-row dotted">
                    {paused}
                    {counts}
                </p>
                <form method="post" action=PauseLane::PATH>
                    <input type="hidden" name="lane" value=lane.as_str()/>
                    <input type="hidden" name="pause" value=(!is_paused).to_string()/>
                    <button type="submit" class="button" aria-label=format!("{word} {name}")><Icon icon/>{word}</button>
                </form>
            </div>
            {calls.filter(|(_, in_work)| in_work.matching > 0).map(|(report, in_work)| calls_in_work(report, in_work))}
        </li>
    }
    .into_any()
}

fn calls_in_work(report: &LaneReport, in_work: &CallLines) -> AnyView {
    let count = in_work.matching;
    let rows = in_work.calls.iter().map(call_in_work).collect_view();
    let shown = i64::try_from(in_work.calls.len()).unwrap_or(count);
    let more = (count > shown)
        .then(|| view! { <p class="admin-none">"and "{figure::count(count - shown)}" more"</p> });
    view! {
        <details class="lane-calls">
            <summary>"In work"</summary>
            <form method="post" action=ActOnCalls::PATH>
                <ul role="list" aria-label="Calls in work">{rows}</ul>
                {more}
                <div class="lane-calls-acts">
                    <button type="submit" class="button" name="act" value="release">"Take back"</button>
                    <input type="text" name="reason" maxlength="2000" placeholder="Reason for giving up" aria-label="Reason for giving up"/>
                    <button type="submit" class="button quiet" name="act" value="fail">"Give up"</button>
                </div>
            </form>
            <form method="post" action=ActOnCalls::PATH>
                <input type="hidden" name="act" value="release"/>
                <input type="hidden" name="lane" value=report.lane.as_str()/>
                <button type="submit" class="button quiet">"Take all "{figure::count(count)}" back"</button>
            </form>
        </details>
    }
    .into_any()
}

fn call_in_work(call: &CallLine) -> AnyView {
    let CallLine { call_id, campaign_name, holder, leased_at, .. } = call;
    view! {
        <li class="lane-call">
            <input type="checkbox" name="calls[]" value=call_id.to_string() aria-label=format!("Call {call_id}")/>
            <a href=format!("/calls/{call_id}")>{format!("Call {call_id}")}</a>
            <span class="failed-call-name">{campaign_name.clone().unwrap_or_else(|| "No campaign".to_owned())}</span>
            <span class="failed-call-since">
                {holder.clone()}{leased_at.map(|since| view! { ", since "{figure::moment(since)} })}
            </span>
        </li>
    }
    .into_any()
}
