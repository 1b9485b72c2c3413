use leptos::html::Div;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::components::error_panel::ErrorPanel;
use crate::components::failed_calls::failed_calls;
use crate::components::icon::Icon;
use crate::components::people_list::people_list;
use crate::components::rules_in_force::rules_in_force;
use crate::components::skeleton::Skeleton;
use crate::components::told::told;
use crate::page_data::page_data;
use crate::pages::dashboard::localize;
use crate::sent_form::SentForm;
use crate::server_error::Refusal;
use crate::server_functions::act_on_calls::ActOnCalls;
use crate::server_functions::load_admin::{Admin, load_admin};
use crate::server_functions::pause_lane::PauseLane;

/// What admins look after: failed calls, the lanes, the rules that hold, and who may do what.
#[component]
pub fn AdminPage() -> impl IntoView {
    let retries = SentForm::new(&[ActOnCalls::PATH]);
    let acts = SentForm::new(&[PauseLane::PATH]);
    // Whatever was sent back, the lists are other ones now.
    let admin = page_data(move || (retries.answers(), acts.answers()), |_| load_admin());
    view! {
        <Title text="Admin"/>
        <div class="page page-admin">
            <Transition fallback=|| view! { <Skeleton rows=6 label="Loading"/> }>
                {move || Suspend::new(async move {
                    match admin.await {
                        Ok(admin) => sections(admin, retries, acts),
                        Err(error) if error.refusal == Refusal::Forbidden => not_for_you(),
                        Err(error) => view! { <ErrorPanel error/> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}

fn sections(admin: Admin, retries: SentForm, acts: SentForm) -> AnyView {
    let Admin { lanes, failed, rules, people, studio_url } = admin;
    let failed_count: i64 = failed.iter().map(|group| group.calls).sum();
    let tab = |address: &'static str, name: &'static str, count: Option<i64>| {
        let count = count.map(|count| view! { " "<span class="tab-count">{count}</span> });
        view! { <li><a class="tab" href=address rel="external">{name}{count}</a></li> }.into_any()
    };
    let tabs = view! {
        {tab("#failed", "Failed calls", Some(failed_count))}
        {tab("#lanes", "Lanes", None)}
        {tab("#rules", "Rules", None)}
        {tab("#people", "People", Some(people.total))}
    };
    let studio = studio_url.clone();
    let rules = rules.into_iter().map(rules_in_force).collect_view();
    let place = NodeRef::<Div>::new();
    localize(place, || ());
    view! {
        <div class="page-heading"><h1>"Admin"</h1></div>
        <nav aria-label="On this page"><ul class="tabs" role="list">{tabs}</ul></nav>
        <section class="admin-section" id="failed" aria-labelledby="failed-heading">
            <div class="section-heading"><h2 id="failed-heading">"Failed calls"</h2><p>"Sent back, a call goes on in the lane that gave it up."</p></div>
            <div role="status">{move || told(retries)}</div>
            {failed_calls(failed, retries)}
        </section>
        <section class="admin-section" id="lanes" aria-labelledby="lanes-heading">
            <div class="section-heading"><h2 id="lanes-heading">"Lanes"</h2><p>"A paused lane begins nothing; work in hand goes on."</p></div>
            <div role="status">{move || told(acts)}</div>
            <div node_ref=place inner_html=lanes on:submit=move |event| acts.send(event)></div>
        </section>
        <section class="admin-section" id="rules" aria-labelledby="rules-heading">
            <div class="section-heading">
                <h2 id="rules-heading">"Rules"</h2>
                {studio_link(studio_url, "editor", "Change rules in Studio")}
            </div>
            <p class="admin-lead">
                "Rules are changed in Supabase Studio, in the tables "<code>"rules"</code>" and "<code>"campaign_verticals"</code>" of the schema "<code>"core"</code>
                ". Every change makes a new version for the calls to come; verdicts already given stay as they are."
            </p>
            {rules}
        </section>
        <section class="admin-section" id="people" aria-labelledby="people-heading">
            <div class="section-heading">
                <h2 id="people-heading">"People"</h2>
                {studio_link(studio, "auth/users", "Manage people in Studio")}
            </div>
            <p class="admin-lead">
                "A role is given in Studio, as "<code>"role"</code>" in a user's "<code>"raw_app_meta_data"</code>
                ": reviewer, admin or worker. It holds from that person's next sign-in, at the latest within the hour."
            </p>
            {people_list(people)}
        </section>
    }
    .into_any()
}

fn studio_link(studio_url: Option<String>, page: &'static str, label: &'static str) -> Option<AnyView> {
    studio_url.map(|studio_url| {
        let address = format!("{}/{page}", project_page(&studio_url));
        view! { <a class="button" href=address target="_blank" rel="noopener external">{label}<Icon icon=icondata_lu::LuExternalLink/></a> }
            .into_any()
    })
}

/// A local Studio has one project and calls it so; a hosted one is named in the address already.
fn project_page(studio_url: &str) -> String {
    if studio_url.contains("/project/") {
        studio_url.to_owned()
    } else {
        format!("{studio_url}/project/default")
    }
}

fn not_for_you() -> AnyView {
    view! {
        <section class="blank" role="alert">
            <span class="blank-icon"><Icon icon=icondata_lu::LuLock/></span>
            <h1>"For admins only"</h1>
            <p>"This page shows rules, failed calls and people to those who look after them. Your account is a reviewer's; an admin can change that."</p>
            <A href="/" attr:class="button">"To the queue"</A>
        </section>
    }
    .into_any()
}
