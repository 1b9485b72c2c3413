use leptos::prelude::*;
use supabase_client::call::CallPage;

use crate::components::icon::Icon;

/// Who else has the call open.
#[component]
pub fn AlsoOpen(page: RwSignal<CallPage>) -> impl IntoView {
    let present = Memo::new(move |_| page.with(|page| page.present.join(", ")));
    view! {
        <div role="status" class="also-open">
            {move || Some(present.get()).filter(|names| !names.is_empty()).map(|names| view! {
                <p class="notice"><Icon icon=icondata_lu::LuUsers/>{format!("Also open: {names}")}</p>
            })}
        </div>
    }
}
