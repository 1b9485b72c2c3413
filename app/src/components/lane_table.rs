use chrono::{DateTime, Utc};
use leptos::prelude::*;
use supabase_client::lane::PausableLane;
use supabase_client::report::{LaneReport, PausedLane};

use crate::components::figure;
use crate::components::figure_table::figure_table;
use crate::format::utc;
use crate::wording;

/// The lanes that hold calls, one row each, with what they have in common at the foot. The others stand here while
/// they are paused.
pub fn lane_table(lanes: &[LaneReport], paused: &[PausedLane], now: DateTime<Utc>) -> AnyView {
    let sum = |of: fn(&LaneReport) -> i64| lanes.iter().map(of).sum::<i64>();
    let rows = PausableLane::ALL.into_iter().filter_map(|lane| {
        let paused = paused.iter().find(|paused| paused.lane == lane);
        match lane.of_calls() {
            Some(lane) => {
                lanes.iter().find(|report| report.lane == lane).map(|report| row(report, paused, now))
            }
            None => paused.map(row_of_paused),
        }
    });
    let rows = rows.collect_view();
    let foot = view! {
        <tr>
            <th scope="row">"All"</th>
            <td>{figure::count(sum(|lane| lane.waiting))}</td><td></td>
            <td>{figure::count(sum(|lane| lane.in_work))}</td>
            <td>{figure::count(sum(|lane| lane.delayed))}</td>
            <td>{figure::count(sum(|lane| lane.without_link))}</td>
            <td><a href="/?state=failed">{figure::count(sum(|lane| lane.failed))}</a></td>
            <td></td><td></td><td></td><td></td>
        </tr>
    };
    figure_table(
        "Lanes".to_owned(),
        "How the lanes stand".to_owned(),
        &[
            "Lane",
            "Waiting",
            "Oldest",
            "In work",
            "Delayed",
            "No link yet",
            "Failed",
            "Last hour",
            "Today",
            "p50 today",
            "p95 today",
        ],
        rows.into_any(),
        Some(foot.into_any()),
    )
}

fn row(lane: &LaneReport, paused: Option<&PausedLane>, now: DateTime<Utc>) -> AnyView {
    #[expect(clippy::cast_precision_loss, reason = "an age in milliseconds fits a double's 53 bits")]
    let age = |since: DateTime<Utc>| ((now - since).num_milliseconds().max(0) as f64 / 1000.0).floor();
    let time = |value: Option<f64>| value.map_or_else(nothing, figure::seconds);
    view! {
        <tr>
            <th scope="row">
                {wording::lane(lane.lane)}
                {paused.map(|paused| view! { " "<span class="badge tone-major" title=since_and_by(paused)>"Paused"</span> })}
            </th>
            <td>{figure::count(lane.waiting)}</td>
            <td>{lane.oldest_waiting_since.map_or_else(nothing, |since| figure::seconds(age(since)))}</td>
            <td>{figure::count(lane.in_work)}</td>
            <td>{figure::count(lane.delayed)}</td>
            <td>{if lane.lane == supabase_client::lane::Lane::Vault { figure::count(lane.without_link) } else { nothing() }}</td>
            <td>{figure::count(lane.failed)}</td>
            <td>{figure::count(lane.done_last_hour)}</td>
            <td>{figure::count(lane.done_today)}</td>
            <td>{time(lane.p50_seconds)}</td>
            <td>{time(lane.p95_seconds)}</td>
        </tr>
    }
    .into_any()
}

/// A lane that holds no calls.
fn row_of_paused(paused: &PausedLane) -> AnyView {
    let PausedLane { lane, paused_since, paused_by } = paused;
    view! {
        <tr>
            <th scope="row">{wording::pausable_lane(*lane)}" "<span class="badge tone-major">"Paused"</span></th>
            <td colspan="10">"Since "{figure::moment(*paused_since)}", by "{paused_by.clone()}</td>
        </tr>
    }
    .into_any()
}

fn since_and_by(paused: &PausedLane) -> String {
    format!("Since {}, by {}", utc(paused.paused_since), paused.paused_by)
}

fn nothing() -> AnyView {
    view! { <span class="figures-none">"–"</span> }.into_any()
}
