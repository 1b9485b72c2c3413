use leptos::prelude::*;
use leptos_router::components::Outlet;

use crate::browser::menus::fold_menus;
use crate::components::header::Header;
use crate::components::unsent_elsewhere::UnsentElsewhere;
use crate::outbox::Outbox;
use crate::page_data::page_data;
use crate::server_functions::load_me::load_me;

/// Around every page that needs a session: the header, and the page below it. The page asks for its own data, and
/// says itself what this person may not see; who it is, it finds in the context.
#[component]
pub fn SignedIn() -> impl IntoView {
    let me = page_data(|| (), |()| load_me());
    provide_context(me);
    let outbox = Outbox::new();
    provide_context(outbox);
    Effect::new(move |_| fold_menus());
    view! {
        <Suspense fallback=|| view! { <Header me=None/> }>
            {move || Suspend::new(async move {
                let me = me.await.ok();
                if let Some(user_id) = me.as_ref().map(|me| me.user_id.clone()) {
                    Effect::new(move |_| outbox.watch(&user_id));
                }
                view! { <Header me/> }
            })}
        </Suspense>
        <main id="content"><UnsentElsewhere/><Outlet/></main>
    }
}
