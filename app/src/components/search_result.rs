use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::moment::Moment;
use crate::components::severity_badge::SeverityBadge;
use crate::components::status_badge::StatusBadge;
use crate::server_functions::search_transcripts::{FoundCall, FoundPlace};
use crate::wording;

/// A call that was found: its facts, and the places where the words were said.
pub fn search_result(call: FoundCall) -> AnyView {
    let FoundCall {
        call_id,
        name,
        status,
        settled_as,
        severity,
        facts,
        start,
        length,
        link,
        hits,
        stretches,
    } = call;
    let id = format!("call-{call_id}");
    let mark = StoredValue::new(id.clone());
    let first = hits.first().map(|_| "");
    let places = hits.into_iter().map(|hit| place(hit, mark)).collect_view();
    view! {
        <li class="found" id=id>
            <div class="found-call">
                <div class="found-badge">
                    {match severity {
                        Some(severity) => view! { <SeverityBadge severity/> }.into_any(),
                        None => view! { <StatusBadge status settled_as short=true/> }.into_any(),
                    }}
                </div>
                <h2><A href=link on:click=move |_| remember(mark)>{name}</A></h2>
                <p class="facts-row dotted">
                    {facts.into_iter().map(|fact| view! { <span>{fact}</span> }).collect_view()}
                    <span><Moment moment=start/></span>
                    {length.map(|length| view! { <span>{length}</span> })}
                </p>
            </div>
            {first.map(|_| view! { <ul class="found-places" role="list">{places}</ul> })}
            {stretches.map(|stretches| view! {
                <p class="found-more">{format!("Said in {stretches} stretches of this call; the rest is marked on its page.")}</p>
            })}
        </li>
    }
    .into_any()
}

fn place(hit: FoundPlace, mark: StoredValue<String>) -> AnyView {
    let FoundPlace { link, clock, lines } = hit;
    let lines = lines.into_iter().map(|line| {
        let parts = line.parts.into_iter().map(|(text, found)| {
            if found { view! { <mark>{text}</mark>" " }.into_any() } else { view! { {text}" " }.into_any() }
        });
        view! {
            <span class="found-line">
                <span class=format!("found-speaker {}", wording::speaker_tone(line.speaker))>{wording::speaker(line.speaker)}</span>
                " "
                <q>{parts.collect_view()}</q>
            </span>
        }
        .into_any()
    });
    view! {
        <li>
            <A href=link attr:class="found-place" on:click=move |_| remember(mark)>
                <span class="found-clock">{clock}</span>
                <span class="found-lines">{lines.collect_view()}</span>
            </A>
        </li>
    }
    .into_any()
}

/// Keeps the place in the address before a call is opened, so that the way back leads to it.
fn remember(mark: StoredValue<String>) {
    let (Ok(history), location) = (window().history(), window().location()) else { return };
    let here = format!(
        "{}{}#{}",
        location.pathname().unwrap_or_default(),
        location.search().unwrap_or_default(),
        mark.get_value()
    );
    let _ = history.replace_state_with_url(&history.state().unwrap_or_default(), "", Some(&here));
}
