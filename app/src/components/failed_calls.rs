use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::components::A;
use supabase_client::admin::{FailedCall, FailedGroup};

use crate::components::icon::Icon;
use crate::components::moment::Moment;
use crate::format::thousands;
use crate::sent_form::SentForm;
use crate::server_functions::act_on_calls::ActOnCalls;
use crate::wording;

/// Failed calls by what they failed of, each and all of them with a way to try again. The forms belong
/// to the page, so that an answer can renew it.
pub fn failed_calls(groups: Vec<FailedGroup>, retries: SentForm) -> AnyView {
    if groups.is_empty() {
        return view! { <p class="admin-none">"No call has failed. Calls that give up after three tries appear here with the reason."</p> }
            .into_any();
    }
    let groups = groups.into_iter().map(|group| failed_group(group, retries)).collect_view();
    view! { <ul class="failed-groups" role="list" aria-label="Reasons">{groups}</ul> }.into_any()
}

fn failed_group(group: FailedGroup, retries: SentForm) -> AnyView {
    let FailedGroup { lane, kind, reason, calls, first_failed_at, last_failed_at, newest } = group;
    let left_out = calls - i64::try_from(newest.len()).unwrap_or(calls);
    let counted = if calls == 1 { "1 call".to_owned() } else { format!("{} calls", thousands(calls)) };
    let all = if calls == 1 { "Try again".to_owned() } else { format!("Try all {} again", thousands(calls)) };
    let is_name = kind != reason;
    let rows = newest.into_iter().map(|call| failed_call(call, retries)).collect_view();
    view! {
        <li class="failed-group">
            <div class="failed-group-top">
                <div class="failed-group-what">
                    <h3>{reason}</h3>
                    <p class="facts-row dotted">
                        <span class="failed-lane">{wording::lane(lane)}</span>
                        <span>{counted}</span>
                        {is_name.then(|| view! { <span><code>{kind.clone()}</code></span> })}
                        <span>"since "<Moment moment=first_failed_at/></span>
                        {(first_failed_at != last_failed_at).then(|| view! { <span>"last "<Moment moment=last_failed_at/></span> })}
                    </p>
                </div>
                <form method="post" action=ActOnCalls::PATH on:submit=move |event| retries.send(event)>
                    <input type="hidden" name="act" value="retry"/>
                    <input type="hidden" name="lane" value=lane.as_str()/>
                    <input type="hidden" name="kind" value=kind/>
                    <button type="submit" class="button" disabled=move || retries.pending()>
                        <Icon icon=icondata_lu::LuRotateCw/>{all}
                    </button>
                </form>
            </div>
            <details class="failed-group-calls">
                <summary>"Calls"</summary>
                <ul role="list" aria-label="Calls">{rows}</ul>
                {(left_out > 0).then(|| view! { <p class="admin-none">{format!("and {} earlier ones", thousands(left_out))}</p> })}
            </details>
        </li>
    }
    .into_any()
}

fn failed_call(call: FailedCall, retries: SentForm) -> AnyView {
    let FailedCall { call_id, campaign_name, failed_at, .. } = call;
    let name = campaign_name.unwrap_or_else(|| "No campaign".to_owned());
    let label = format!("Try call {call_id} again");
    view! {
        <li class="failed-call">
            <A href=format!("/calls/{call_id}")>{format!("Call {call_id}")}</A>
            <span class="failed-call-name">{name}</span>
            <span class="failed-call-since">"failed "<Moment moment=failed_at/></span>
            <form method="post" action=ActOnCalls::PATH on:submit=move |event| retries.send(event)>
                <input type="hidden" name="act" value="retry"/>
                <input type="hidden" name="calls[]" value=call_id.to_string()/>
                <button type="submit" class="button small quiet" aria-label=label disabled=move || retries.pending()>"Try again"</button>
            </form>
        </li>
    }
    .into_any()
}
