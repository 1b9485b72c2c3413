use leptos::prelude::*;
use supabase_client::criterion::{Alert, AlertLevel};

use crate::components::figure;

/// What is wrong at present.
pub fn alert_list(alerts: &[Alert]) -> AnyView {
    if alerts.is_empty() {
        return view! { <p class="report-none">"Nothing is wrong at present."</p> }.into_any();
    }
    let items = alerts
        .iter()
        .map(|alert| {
            let (tone, name) = match alert.level {
                AlertLevel::Info => ("tone-none", "Info"),
                AlertLevel::Warning => ("tone-major", "Warning"),
                AlertLevel::Critical => ("tone-critical", "Critical"),
            };
            view! {
                <li class="alert">
                    <span class=format!("badge severity {tone}")>{name}</span>
                    <p class="alert-message">{alert.message.clone()}</p>
                    <p class="alert-since">"since "{figure::moment(alert.raised_at)}</p>
                </li>
            }
        })
        .collect_view();
    view! { <ul role="list">{items}</ul> }.into_any()
}
