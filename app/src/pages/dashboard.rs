use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use supabase_client::criterion::{Alert, AlertLevel};

use crate::browser::poll::poll;
use crate::components::criterion_card::CriterionCard;
use crate::components::error_panel::ErrorPanel;
use crate::components::moment::Moment;
use crate::components::skeleton::Skeleton;
use crate::server_error::Refusal;
use crate::server_functions::load_dashboard::{Dashboard, load_dashboard};

/// How often an open dashboard is measured again.
const REFRESH_EVERY: Duration = Duration::from_secs(10);

/// Whether the promises hold.
#[component]
pub fn DashboardPage() -> impl IntoView {
    let dashboard = Resource::new_blocking(|| (), |()| load_dashboard());
    view! {
        <Title text="Dashboard"/>
        <div class="page">
            <Transition fallback=|| view! { <Heading/><Skeleton rows=3 label="Measuring"/> }>
                {move || Suspend::new(async move {
                    match dashboard.await {
                        Ok(dashboard) => view! { <LiveDashboard first=dashboard/> }.into_any(),
                        Err(error) => view! { <ErrorPanel error/> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Heading(#[prop(optional, into)] summary: Signal<String>) -> impl IntoView {
    view! {
        <div class="page-heading">
            <h1>"Dashboard"</h1>
            <p class="page-summary">{summary}</p>
        </div>
    }
}

/// The dashboard that keeps itself up to date.
#[component]
fn LiveDashboard(first: Dashboard) -> impl IntoView {
    let dashboard = RwSignal::new(first);
    let offline = RwSignal::new(None::<String>);
    let ended = RwSignal::new(None);
    let refresh = move || {
        spawn_local(async move {
            match load_dashboard().await {
                Ok(news) => {
                    // The page may be gone when the answer comes.
                    offline.try_set(None);
                    dashboard.try_set(news);
                }
                Err(error) if error.refusal == Refusal::SignedOut => {
                    ended.try_set(Some(error));
                }
                Err(error) => {
                    offline.try_set(Some(error.sentence));
                }
            }
        });
    };
    Effect::new(move |_| poll(REFRESH_EVERY, refresh));
    let summary = Signal::derive(move || {
        dashboard.with(|dashboard| {
            match dashboard.criteria.iter().filter(|criterion| !criterion.holds).count() {
                0 => "Every measured promise holds.".to_owned(),
                1 => "One promise is broken.".to_owned(),
                broken => format!("{broken} promises are broken."),
            }
        })
    });
    view! {
        {move || ended.get().map(|error| view! { <ErrorPanel error/> })}
        <Heading summary/>
        <div role="alert">
            {move || offline.get().map(|sentence| view! { <p class="notice tone-failed">{sentence}</p> })}
        </div>
        <div class="criteria">
            {move || dashboard.with(|dashboard| {
                dashboard.criteria.iter().map(|criterion| view! { <CriterionCard criterion=criterion.clone()/> }).collect_view()
            })}
        </div>
        <section class="alerts" aria-labelledby="alerts-heading">
            <h2 id="alerts-heading">"Alerts"</h2>
            {move || dashboard.with(|dashboard| {
                if dashboard.alerts.is_empty() {
                    view! { <p class="alerts-none">"Nothing is wrong at present."</p> }.into_any()
                } else {
                    view! {
                        <ul role="list">
                            {dashboard.alerts.iter().map(|alert| view! { <AlertItem alert=alert.clone()/> }).collect_view()}
                        </ul>
                    }
                        .into_any()
                }
            })}
        </section>
    }
}

#[component]
fn AlertItem(alert: Alert) -> impl IntoView {
    let Alert { level, message, raised_at, .. } = alert;
    let (tone, name) = match level {
        AlertLevel::Info => ("tone-none", "Info"),
        AlertLevel::Warning => ("tone-major", "Warning"),
        AlertLevel::Critical => ("tone-critical", "Critical"),
    };
    view! {
        <li class="alert">
            <span class=format!("badge severity {tone}")>{name}</span>
            <p class="alert-message">{message}</p>
            <p class="alert-since">"since "<Moment moment=raised_at/></p>
        </li>
    }
}
