use std::time::Duration;

use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::browser::locale::localize_in;
use crate::browser::navigate::Navigate;
use crate::browser::poll::poll;
use crate::components::error_panel::ErrorPanel;
use crate::components::keys_help::{Keys, KeysHelp};
use crate::components::skeleton::Skeleton;
use crate::page_data::page_data;
use crate::server_error::{Refusal, ServerError};
use crate::server_functions::load_dashboard::{Dashboard, load_dashboard};
use crate::server_functions::load_report::{Drawn, Report, load_report};

/// How often an open dashboard is measured again.
const REFRESH_EVERY: Duration = Duration::from_secs(10);
/// How often its days are counted again: they change slowly, and take longer to count.
const RECOUNT_EVERY: Duration = Duration::from_secs(60);
/// The choices of `?days=`.
const RANGES: [u32; 3] = [7, 14, 30];
const USUAL_RANGE: u32 = 14;

const KEYS: &[Keys] =
    &[(&["7"], "Last 7 days"), (&["1"], "Last 14 days"), (&["3"], "Last 30 days"), (&["?"], "This help")];

/// Whether the promises hold, how the lanes stand, and what the last days were like.
#[component]
pub fn DashboardPage() -> impl IntoView {
    let query = use_query_map();
    let days = Memo::new(move |_| {
        let asked = query.read().get_str("days").and_then(|days| days.parse().ok());
        asked.filter(|days| RANGES.contains(days)).unwrap_or(USUAL_RANGE)
    });
    let dashboard = page_data(|| (), |()| load_dashboard());
    let report = page_data(move || days.get(), load_report);
    view! {
        <Title text="Dashboard"/>
        <div class="page dashboard">
            <Transition fallback=|| view! { <Heading/><Skeleton rows=3 label="Measuring"/> }>
                {move || Suspend::new(async move {
                    match dashboard.await {
                        Ok(dashboard) => view! { <LiveDashboard first=dashboard/> }.into_any(),
                        Err(error) => view! { <ErrorPanel error/> }.into_any(),
                    }
                })}
            </Transition>
            <Transition fallback=|| view! { <Skeleton rows=6 label="Counting the last days"/> }>
                {move || Suspend::new(async move {
                    match report.await {
                        Ok(report) => view! { <LiveReport first=report days/> }.into_any(),
                        Err(error) if error.refusal == Refusal::SignedOut => ().into_any(),
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

/// What the last answers were, where they were not what was asked for.
#[derive(Clone, Copy)]
struct Trouble {
    /// The sentence of a connection that is lost for now.
    offline: RwSignal<Option<String>>,
    ended: RwSignal<Option<ServerError>>,
}

impl Trouble {
    fn new() -> Self {
        Self { offline: RwSignal::new(None), ended: RwSignal::new(None) }
    }

    /// Takes an answer apart. The page may be gone when it comes.
    fn hear<T>(self, answer: Result<T, ServerError>) -> Option<T> {
        match answer {
            Ok(news) => {
                self.offline.try_set(None);
                Some(news)
            }
            Err(error) if error.refusal == Refusal::SignedOut => {
                self.ended.try_set(Some(error));
                None
            }
            Err(error) => {
                self.offline.try_set(Some(error.sentence));
                None
            }
        }
    }
}

/// The part that keeps itself up to date.
#[component]
fn LiveDashboard(first: Dashboard) -> impl IntoView {
    let dashboard = RwSignal::new(first);
    let trouble = Trouble::new();
    let refresh = move || {
        spawn_local(async move {
            if let Some(news) = trouble.hear(load_dashboard().await) {
                put(dashboard, news);
            }
        });
    };
    Effect::new(move |_| poll(REFRESH_EVERY, refresh));
    let place = NodeRef::<Div>::new();
    localize(place, move || dashboard.track());
    let summary = Signal::derive(move || match dashboard.with(|dashboard| dashboard.broken) {
        0 => "All five promises hold.".to_owned(),
        1 => "One promise is broken.".to_owned(),
        broken => format!("{broken} promises are broken."),
    });
    view! {
        {move || trouble.ended.get().map(|error| view! { <ErrorPanel error/> })}
        <Heading summary/>
        <div role="alert">
            {move || trouble.offline.get().map(|sentence| view! { <p class="notice tone-failed">{sentence}</p> })}
        </div>
        <div node_ref=place>
            <div class="criteria" inner_html=move || dashboard.with(|dashboard| dashboard.criteria.clone())></div>
            <section class="alerts" aria-labelledby="alerts-heading">
                <h2 id="alerts-heading">"Alerts"</h2>
                <div inner_html=move || dashboard.with(|dashboard| dashboard.alerts.clone())></div>
            </section>
            <section class="report" aria-labelledby="lanes-heading">
                <h2 id="lanes-heading">"Lanes"</h2>
                <div inner_html=move || dashboard.with(|dashboard| dashboard.lanes.clone())></div>
            </section>
        </div>
    }
}

/// The last days.
#[component]
fn LiveReport(first: Report, days: Memo<u32>) -> impl IntoView {
    let report = RwSignal::new(first);
    let trouble = Trouble::new();
    let place = NodeRef::<Div>::new();
    let refresh = move || {
        let asked = days.get_untracked();
        spawn_local(async move {
            let answer = load_report(asked).await;
            // Nothing is taken from under the focus.
            let busy = place.try_get_untracked().flatten().is_some_and(|place| has_focus(&place));
            if days.try_get_untracked() == Some(asked)
                && !busy
                && let Some(news) = trouble.hear(answer)
            {
                put(report, news);
            }
        });
    };
    Effect::new(move |_| poll(RECOUNT_EVERY, refresh));
    localize(place, move || report.track());
    let navigate = Navigate::find();
    let pressed = move |key: &str| {
        let range = match key {
            "7" => 7,
            "1" => 14,
            "3" => 30,
            _ => return false,
        };
        navigate.to(&address(range), leptos_router::NavigateOptions { scroll: false, ..Default::default() });
        true
    };
    view! {
        <div class="report-heading">
            <h2 id="report-heading">{move || format!("Last {} days", days.get())}</h2>
            <nav aria-label="Days shown">
                <ul class="tabs" role="list">
                    {RANGES.map(|range| view! {
                        <li>
                            <a href=address(range) data-noscroll="true" class="tab"
                                aria-current=move || (days.get() == range).then_some("page")>{format!("{range} days")}</a>
                        </li>
                    }).collect_view()}
                </ul>
            </nav>
        </div>
        <div node_ref=place class="reports">
            {move || trouble.ended.get().map(|error| view! { <ErrorPanel error/> })}
            {section("Volume and money", "days-heading", report, |report| &report.days)}
            <div class="report-columns">
                {section("Flags by rule", "rules-heading", report, |report| &report.by_rule)}
                {section("Flags by publisher", "publishers-heading", report, |report| &report.by_publisher)}
                {section("Flags by campaign", "campaigns-heading", report, |report| &report.by_campaign)}
            </div>
            <section class="report" aria-labelledby="agreement-heading">
                <h2 id="agreement-heading">"Agreement with the judge"</h2>
                <p class="report-lead">
                    "Confirmed of all that was confirmed, dismissed or missed, by the newest word on each flag. Rules that the judge left undecided and people settled stand apart."
                </p>
                <div inner_html=move || report.with(|report| report.agreement.clone())></div>
            </section>
        </div>
        <KeysHelp keys=KEYS pressed/>
    }
}

/// A chart with its table behind it. What is open stays open when the numbers change.
fn section(
    title: &'static str,
    id: &'static str,
    report: RwSignal<Report>,
    drawn: fn(&Report) -> &Drawn,
) -> AnyView {
    view! {
        <section class="report" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            <div inner_html=move || report.with(|report| drawn(report).chart.clone())></div>
            <details class="report-table">
                <summary>"Table"<span class="visually-hidden">{format!(": {title}")}</span></summary>
                <div inner_html=move || report.with(|report| drawn(report).table.clone())></div>
            </details>
        </section>
    }
    .into_any()
}

fn address(range: u32) -> String {
    if range == USUAL_RANGE { "/dashboard".to_owned() } else { format!("/dashboard?days={range}") }
}

/// Only what has changed is put in place anew.
fn put<T: PartialEq + Send + Sync + 'static>(shown: RwSignal<T>, news: T) {
    if shown.try_with_untracked(|shown| *shown != news) == Some(true) {
        shown.set(news);
    }
}

/// Writes what the server wrote in a neutral form by the viewer's locale, now and whenever `changed` is told of.
pub(super) fn localize(place: NodeRef<Div>, changed: impl Fn() + 'static) {
    Effect::new(move |_| {
        changed();
        // After the elements of this change are in place.
        request_animation_frame(move || {
            if let Some(Some(place)) = place.try_get_untracked() {
                localize_in(&place);
            }
        });
    });
}

fn has_focus(place: &web_sys::Element) -> bool {
    document().active_element().is_some_and(|focused| place.contains(Some(&focused)))
}
