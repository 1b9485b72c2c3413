use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::{use_location, use_navigate};
use leptos_router::location::Url;

use crate::components::icon::Icon;
use crate::server_error::{Refusal, ServerError};

/// What stands where a page cannot be shown. A session that has ended leads to sign-in and back.
#[component]
pub fn ErrorPanel(error: ServerError) -> impl IntoView {
    let signed_out = error.refusal == Refusal::SignedOut;
    let address = sign_in_address();
    if signed_out {
        let navigate = use_navigate();
        Effect::new(move |_| {
            navigate(&address.get_untracked(), NavigateOptions { replace: true, ..Default::default() });
        });
    }
    let (icon, title) = match error.refusal {
        Refusal::SignedOut | Refusal::WrongPassword => (icondata_lu::LuLogIn, "Signed out"),
        Refusal::Forbidden => (icondata_lu::LuLock, "Not for this account"),
        Refusal::NotFound => (icondata_lu::LuSearchX, "Not found"),
        Refusal::Unavailable | Refusal::Offline => (icondata_lu::LuCloudOff, "No connection"),
        Refusal::Invalid | Refusal::Unexpected => (icondata_lu::LuTriangleAlert, "That did not work"),
    };
    view! {
        <section class="blank" role="alert">
            <span class="blank-icon"><Icon icon/></span>
            <h1>{title}</h1>
            <p>{error.sentence}</p>
            {match error.refusal {
                Refusal::SignedOut => view! { <A href=move || address.get() attr:class="button primary">"Sign in"</A> }.into_any(),
                Refusal::NotFound => view! { <A href="/" attr:class="button">"To the queue"</A> }.into_any(),
                _ => view! { <a href="" class="button" rel="external">"Try again"</a> }.into_any(),
            }}
        </section>
    }
}

/// Sign-in that leads back to the present page.
fn sign_in_address() -> Signal<String> {
    let location = use_location();
    Signal::derive(move || {
        let (path, search) = (location.pathname.get(), location.search.get());
        let here = if search.is_empty() { path } else { format!("{path}?{search}") };
        format!("/sign-in?next={}", Url::escape(&here))
    })
}
