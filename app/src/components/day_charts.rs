use leptos::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use supabase_client::report::{Amounts, DayReport};

use crate::components::figure;
use crate::components::figure_table::figure_table;

/// The width and height of a chart's own measure.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 96.0;

/// One measure of a day, as a number to draw and as text to read.
struct Measure {
    title: &'static str,
    pattern: &'static str,
    drawn: fn(&Amounts) -> f64,
    read: fn(&Amounts) -> String,
}

const MEASURES: [Measure; 4] = [
    Measure {
        title: "Calls",
        pattern: "plain",
        drawn: |a| a.calls.to_f64().unwrap_or(0.0),
        read: |a| crate::format::thousands(a.calls),
    },
    Measure {
        title: "Revenue",
        pattern: "lines",
        drawn: |a| drawn(a.revenue),
        read: |a| figure::plain_money(a.revenue),
    },
    Measure {
        title: "Payout",
        pattern: "dots",
        drawn: |a| drawn(a.payout),
        read: |a| figure::plain_money(a.payout),
    },
    Measure {
        title: "Cost",
        pattern: "cross",
        drawn: |a| drawn(a.cost),
        read: |a| figure::plain_money(a.cost),
    },
];

fn drawn(amount: Decimal) -> f64 {
    amount.to_f64().unwrap_or(0.0)
}

/// Volume and money per day as small multiples with the same days; Ringba's books stand beside ours in the table.
pub fn day_charts(days: &[DayReport]) -> AnyView {
    if days.iter().all(|day| day.total.calls == 0) {
        return view! { <p class="report-none">"No calls in these days."</p> }.into_any();
    }
    view! { <div class="day-charts">{MEASURES.iter().map(|measure| chart(measure, days)).collect_view()}</div> }.into_any()
}

fn chart(measure: &Measure, days: &[DayReport]) -> AnyView {
    let Measure { title, pattern, drawn, read } = measure;
    let top = days.iter().map(|day| drawn(&day.total)).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let best = days.iter().max_by(|one, other| drawn(&one.total).total_cmp(&drawn(&other.total)));
    let step = WIDTH / days.len().to_f64().unwrap_or(1.0);
    let bars = days.iter().enumerate().map(|(place, day)| {
        let height = (drawn(&day.total) / top).max(0.0) * HEIGHT;
        let (x, y) = (place.to_f64().unwrap_or(0.0) * step, HEIGHT - height);
        let differs = day.hours_differing > 0 && read(&day.ours) != read(&day.ringba);
        let told = format!("{}: {}{}", day.day.format("%-d %b"), read(&day.total), if differs { ", differs from Ringba" } else { "" });
        view! {
            <g>
                <title>{told}</title>
                <rect x=round(x + step * 0.12) y=round(y) width=round(step * 0.76) height=round(height) class=format!("bar {pattern}") rx="1.5"/>
                {differs.then(|| view! { <path class="bar-differs" d=format!("M{} {}l-4 -7h8z", round(x + step / 2.0), round((y - 2.0).max(8.0)))/> })}
            </g>
        }
    }).collect_view();
    let today = days.last().map(|day| read(&day.total)).unwrap_or_default();
    let peak = best
        .map(|day| format!("most {} on {}", read(&day.total), day.day.format("%-d %b")))
        .unwrap_or_default();
    let (first, last) = (days.first(), days.last());
    let name =
        |day: Option<&DayReport>| day.map(|day| day.day.format("%-d %b").to_string()).unwrap_or_default();
    view! {
        <figure class="day-chart">
            <figcaption>
                <span class="day-chart-title">{*title}</span>
                <span class="day-chart-today numbers">{today.clone()}<span class="day-chart-when">" today"</span></span>
            </figcaption>
            <svg viewBox=format!("0 -10 {WIDTH} {}", HEIGHT + 11.0) role="img" preserveAspectRatio="none"
                aria-label=format!("{title} per day: {today} today, {peak}. The table below has every day.")>
                <line class="axis" x1="0" x2=WIDTH y1=HEIGHT y2=HEIGHT/>
                {bars}
            </svg>
            <p class="day-chart-foot numbers"><span>{name(first)}</span><span>{peak}</span><span>{name(last)}</span></p>
        </figure>
    }
    .into_any()
}

fn round(value: f64) -> String {
    format!("{value:.1}")
}

/// What the charts draw, day by day, newest first, with Ringba's books beside ours where they differ.
pub fn day_table(days: &[DayReport]) -> AnyView {
    let rows = days
        .iter()
        .rev()
        .map(|day| {
            let Amounts { calls, revenue, payout, cost } = day.total;
            view! {
                <tr>
                    <th scope="row">{day.day.format("%a, %-d %b").to_string()}</th>
                    <td>{figure::count(calls)}</td>
                    <td>{figure::money(revenue)}</td>
                    <td>{figure::money(payout)}</td>
                    <td>{figure::money(cost)}</td>
                    <td class="books">{books(day)}</td>
                </tr>
            }
        })
        .collect_view();
    figure_table(
        "Days".to_owned(),
        "Volume and money per UTC day".to_owned(),
        &["Day (UTC)", "Calls", "Revenue", "Payout", "Cost", "Against Ringba"],
        rows.into_any(),
        None,
    )
}

/// How a day's books compare, with both numbers where they differ.
fn books(day: &DayReport) -> AnyView {
    let hours = |hours: i64| format!("{hours} {}", if hours == 1 { "hour" } else { "hours" });
    let overdue = (day.hours_overdue > 0).then(|| format!(", {} not compared", hours(day.hours_overdue)));
    if day.hours_compared == 0 {
        return format!("not compared{}", overdue.unwrap_or_default()).into_any();
    }
    if day.hours_differing == 0 {
        return view! { <span class="books-equal">{format!("equal, {}", hours(day.hours_compared))}</span>{overdue} }.into_any();
    }
    let pairs = MEASURES.iter().filter(|measure| (measure.read)(&day.ours) != (measure.read)(&day.ringba));
    let pairs: Vec<String> = pairs
        .map(|m| {
            format!(
                "{} {} here, {} at Ringba",
                m.title.to_ascii_lowercase(),
                (m.read)(&day.ours),
                (m.read)(&day.ringba)
            )
        })
        .collect();
    view! {
        <strong class="books-differ">{format!("{} of {} differ", day.hours_differing, hours(day.hours_compared))}</strong>
        {(!pairs.is_empty()).then(|| format!(": {}", pairs.join("; ")))}{overdue}
    }
    .into_any()
}
