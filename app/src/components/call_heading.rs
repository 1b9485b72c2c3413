use leptos::prelude::*;
use leptos_router::components::A;
use supabase_client::call::CallSummary;
use supabase_client::judgement::Verdict;

use crate::components::icon::Icon;
use crate::components::moment::Moment;
use crate::components::status_badge::StatusBadge;
use crate::format::length;
use crate::queue_filters::QueueFilters;
use crate::wording;

/// Which call this is, and how it stands.
#[component]
pub fn CallHeading(
    call: Memo<CallSummary>,
    /// The verdict that is shown; absent as long as there is none.
    verdict: Memo<Option<Verdict>>,
    /// Of the queue that the reviewer works off.
    #[prop(into)]
    filters: Signal<QueueFilters>,
) -> impl IntoView {
    let status = Memo::new(move |_| {
        call.with(|call| {
            // While a call is judged again, its verdict stays.
            let stays =
                verdict.get().filter(|_| wording::in_work(call.status)).map(wording::status_of_verdict);
            (stays.unwrap_or(call.status), call.settled_as)
        })
    });
    view! {
        <div class="call-heading">
            <A href=move || filters.with(QueueFilters::address) attr:class="back"><Icon icon=icondata_lu::LuArrowLeft/>"Queue"</A>
            <div class="call-heading-title">
                <h1>{move || call.with(wording::call_name)}</h1>
                {move || {
                    let (status, settled_as) = status.get();
                    view! { <StatusBadge status settled_as/> }
                }}
            </div>
            <p class="facts-row dotted">{move || call.with(facts)}</p>
        </div>
    }
}

fn facts(call: &CallSummary) -> impl IntoView + use<> {
    let facts = [
        wording::vertical_beside_name(call),
        call.publisher_name.clone(),
        call.buyer_name.clone().or_else(|| call.target_name.clone()),
        call.caller_number_masked.clone().map(|number| format!("from {number}")),
    ];
    view! {
        <span><Moment moment=call.start_time_utc/></span>
        {call.call_length_seconds.map(|seconds| view! { <span>{length(seconds)}</span> })}
        {facts.into_iter().flatten().map(|fact| view! { <span>{fact}</span> }).collect_view()}
    }
}
