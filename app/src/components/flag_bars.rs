use leptos::prelude::*;
use leptos_router::location::Url;
use supabase_client::report::FlagGroup;

use crate::components::figure;
use crate::components::figure_table::figure_table;
use crate::format::thousands;

/// Flags of one kind of group as horizontal bars with their numbers; each leads to the queue with that filter.
/// The part that people confirmed is filled, what they dismissed is hatched, the rest is open.
pub fn flag_bars(filter: &'static str, groups: &[FlagGroup]) -> AnyView {
    if groups.is_empty() {
        return view! { <p class="report-none">"No flags in these days."</p> }.into_any();
    }
    let top = groups.iter().map(|group| group.flags).max().unwrap_or(1).max(1);
    let items = groups.iter().map(|group| {
        let name = name(group);
        let label = view! { <span class="flag-bar-name">{name}</span> };
        let label = if group.key.is_empty() {
            label.into_any()
        } else {
            let address = format!("/?{filter}={}", Url::escape(&group.key));
            view! { <a href=address class="flag-bar-link">{label}</a> }.into_any()
        };
        let part = |flags: i64| format!("{:.2}", share(flags, top) * 100.0);
        let (confirmed, dismissed) = (group.confirmed, group.dismissed);
        view! {
            <li class="flag-bar">
                {label}
                <span class="flag-bar-count numbers">{figure::count(group.flags)}</span>
                <svg class="flag-bar-drawn" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="bar open" width=part(group.flags) height="6"/>
                    <rect class="bar plain" width=part(confirmed) height="6"/>
                    <rect class="bar lines" x=part(confirmed) width=part(dismissed) height="6"/>
                </svg>
                <span class="flag-bar-said numbers">
                    {format!("{} confirmed, {} dismissed", thousands(confirmed), thousands(dismissed))}
                </span>
            </li>
        }
    }).collect_view();
    view! { <ol class="flag-bars" role="list">{items}</ol> }.into_any()
}

#[expect(clippy::cast_precision_loss, reason = "a share to draw")]
fn share(part: i64, whole: i64) -> f64 {
    part as f64 / whole as f64
}

fn name(group: &FlagGroup) -> String {
    if group.title.is_empty() { "Not named".to_owned() } else { group.title.clone() }
}

/// The table behind the bars.
pub fn flag_table(kind: &'static str, groups: &[FlagGroup]) -> AnyView {
    let rows = groups
        .iter()
        .map(|group| {
            view! {
                <tr>
                    <th scope="row">{name(group)}</th>
                    <td>{figure::count(group.flags)}</td>
                    <td>{figure::count(group.calls)}</td>
                    <td>{figure::count(group.confirmed)}</td>
                    <td>{figure::count(group.dismissed)}</td>
                    <td>{figure::count(group.flags - group.confirmed - group.dismissed)}</td>
                </tr>
            }
        })
        .collect_view();
    let name = format!("Flags by {}", kind.to_ascii_lowercase());
    let columns = [kind, "Flags", "Calls", "Confirmed", "Dismissed", "Open"];
    figure_table(name.clone(), name, &columns, rows.into_any(), None)
}
