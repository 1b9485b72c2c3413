use leptos::prelude::*;
use leptos_router::components::A;
use supabase_client::call::{CallStatus, CallSummary};

use crate::components::moment::Moment;
use crate::components::severity_badge::SeverityBadge;
use crate::components::status_badge::StatusBadge;
use crate::format::length;
use crate::wording;

/// How many flag titles a row has room for.
const TITLES: usize = 2;

/// One call of the queue. The whole row is the link.
#[component]
pub fn CallRow(#[prop(into)] call: Signal<CallSummary>) -> impl IntoView {
    move || call.with(row)
}

fn row(call: &CallSummary) -> impl IntoView + use<> {
    let titles = wording::flag_titles(&call.flags);
    let more = titles.len().saturating_sub(TITLES);
    let shown = if titles.is_empty() {
        vec![wording::call_name(call)]
    } else {
        titles.iter().take(TITLES).cloned().collect()
    };
    let status = wording::call_status(call).to_lowercase();
    let name = format!("Call {}, {status}: {}", call.call_id, shown.join("; "));
    let shown = shown.into_iter().map(|title| view! { <span>{title}</span> }).collect_view();
    let context = [
        Some(wording::call_name(call)).filter(|_| !titles.is_empty()),
        wording::vertical_beside_name(call),
        call.publisher_name.clone(),
        call.buyer_name.clone().or_else(|| call.target_name.clone()),
    ];
    let context = context.into_iter().flatten().collect::<Vec<_>>();
    let now = wording::in_work(call.status).then(|| wording::status(call.status));
    let error = call.last_error.clone().filter(|_| call.status == CallStatus::Failed);
    view! {
        <div class=format!("call-row tone-{}", call.worst_severity.map_or("none", wording::severity_tone))>
            <div class="call-row-badge">
                {match call.worst_severity {
                    Some(severity) => view! { <SeverityBadge severity/> }.into_any(),
                    None => view! { <StatusBadge status=call.status settled_as=call.settled_as short=true/> }.into_any(),
                }}
            </div>
            <div class="call-row-main">
                <h2>
                    <A href=format!("/calls/{}", call.call_id) attr:class="dotted" attr:aria-label=name>
                        {shown}
                        {(more > 0).then(|| view! { <span class="more">{format!("+{more}")}</span> })}
                    </A>
                </h2>
                <p class="facts-row dotted">
                    {now.map(|now| view! { <span class="call-row-now">{now}</span> })}
                    {context.into_iter().map(|part| view! { <span>{part}</span> }).collect_view()}
                </p>
                {error.map(|error| view! { <p class="call-row-error">{error}</p> })}
            </div>
            <div class="call-row-caller">
                {call.caller_number_masked.clone().map(|number| view! { <span title="Caller">{number}</span> })}
                {(call.flags.len() > 1).then(|| view! { <span>{format!("{} flags", call.flags.len())}</span> })}
            </div>
            <div class="call-row-time">
                <Moment moment=call.start_time_utc/>
                <span>{call.call_length_seconds.map_or_else(|| "live".to_owned(), length)}</span>
            </div>
        </div>
    }
}
