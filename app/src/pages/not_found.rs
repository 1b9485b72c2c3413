use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::components::icon::Icon;

/// What stands at an address that leads nowhere.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <Title text="Not found"/>
        <main id="content">
            <section class="blank">
                <span class="blank-icon"><Icon icon=icondata_lu::LuSearchX/></span>
                <h1>"Nothing at this address"</h1>
                <p>"The link may be mistyped, or what it led to is gone."</p>
                <A href="/" attr:class="button primary">"To the queue"</A>
            </section>
        </main>
    }
}
