use leptos::prelude::*;
use leptos_router::components::A;
use supabase_client::call::CallStatus;
use supabase_client::queue::QueueRow;

use crate::components::icon::Icon;
use crate::components::moment::Moment;
use crate::components::severity_badge::SeverityBadge;
use crate::components::status_badge::StatusBadge;
use crate::format::length;
use crate::wording;

/// How many flag titles a row has room for.
const TITLES: usize = 2;

/// One call of the queue. The whole row is the link. What changes in it changes in place: a row made anew would lose the
/// focus.
#[component]
pub fn CallRow(
    #[prop(into)] shown: Signal<Option<QueueRow>>,
    /// The present moment in milliseconds, which moves on.
    #[prop(into)]
    now: Signal<f64>,
) -> impl IntoView {
    move || shown.with(|shown| shown.as_ref().map(|shown| row(shown, now).into_any()))
}

fn row(shown: &QueueRow, now: Signal<f64>) -> impl IntoView + use<> {
    let QueueRow { call, to_review, decided, open_by } = shown;
    let items = to_review + decided;
    let progress = (items > 0 && *decided > 0).then(|| {
        if *to_review == 0 { "Reviewed".to_owned() } else { format!("{decided} of {items} decided") }
    });
    let waits_since = (*to_review > 0)
        .then(|| call.completed_at.unwrap_or(call.start_time_utc).timestamp_millis())
        .map(|since| move || format!("waits {}", waited(now.get(), since)));
    let open_by = (!open_by.is_empty()).then(|| {
        let who = open_by.join(", ");
        view! {
            <span class="call-row-open" title=format!("Open at {who}")>
                <Icon icon=icondata_lu::LuEye/><span class="visually-hidden">"Open at "</span>
                <span class="call-row-who">{who.clone()}</span>
            </span>
        }
    });
    let titles = wording::flag_titles(&call.flags);
    let more = titles.len().saturating_sub(TITLES);
    let shown = if titles.is_empty() {
        vec![wording::call_name(call)]
    } else {
        titles.iter().take(TITLES).cloned().collect()
    };
    let status = wording::call_status(call).to_ascii_lowercase();
    let name = format!("Call {}, {status}: {}", call.call_id, shown.join("; "));
    let shown = shown.into_iter().map(|title| view! { <span>{title}</span> }).collect_view();
    let context = [
        Some(wording::call_name(call)).filter(|_| !titles.is_empty()),
        wording::vertical_beside_name(call),
        call.publisher_name.clone(),
        call.buyer_name.clone().or_else(|| call.target_name.clone()),
        call.caller_number_masked.clone().map(|number| format!("from {number}")),
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
                    {(call.flags.len() > 1).then(|| view! { <span>{format!("{} flags", call.flags.len())}</span> })}
                    {context.into_iter().map(|part| view! { <span>{part}</span> }).collect_view()}
                </p>
                {error.map(|error| view! { <p class="call-row-error">{error}</p> })}
            </div>
            <div class="call-row-review">
                {open_by}
                {progress.map(|progress| view! { <span class="call-row-progress" data-done=(*to_review == 0).then_some("")>{progress}</span> })}
                {waits_since.map(|waits| view! { <span class="call-row-wait">{waits}</span> })}
            </div>
            <div class="call-row-time">
                <Moment moment=call.start_time_utc/>
                <span>{call.call_length_seconds.map_or_else(|| "live".to_owned(), length)}</span>
            </div>
        </div>
    }
}

/// For how long something has waited, in its largest unit: `3 min`, `2 h`, `5 d`.
fn waited(now_ms: f64, since_ms: i64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "the present in milliseconds fits")]
    let minutes = ((now_ms as i64 - since_ms) / 60_000).max(0);
    match minutes {
        0 => "less than a minute".to_owned(),
        1..60 => format!("{minutes} min"),
        60..2880 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::waited;

    #[test]
    fn waiting_is_told_in_its_largest_unit() {
        for (minutes, told) in
            [(0, "less than a minute"), (59, "59 min"), (60, "1 h"), (2879, "47 h"), (2880, "2 d")]
        {
            assert_eq!(waited(f64::from(minutes) * 60_000.0, 0), told);
        }
        assert_eq!(waited(0.0, 5_000), "less than a minute");
    }
}
