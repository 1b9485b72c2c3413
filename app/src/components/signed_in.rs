use leptos::prelude::*;
use leptos_router::components::Outlet;

use crate::components::error_panel::ErrorPanel;
use crate::components::header::Header;
use crate::server_functions::load_me::load_me;

/// Around every page that needs a session: the header, and the page below it.
#[component]
pub fn SignedIn() -> impl IntoView {
    let me = Resource::new_blocking(|| (), |()| load_me());
    view! {
        <Suspense fallback=|| view! { <div class="header"></div> }>
            {move || Suspend::new(async move {
                match me.await {
                    Ok(me) => view! { <Header me/><main id="content"><Outlet/></main> }.into_any(),
                    Err(error) => view! { <main id="content"><ErrorPanel error/></main> }.into_any(),
                }
            })}
        </Suspense>
    }
}
