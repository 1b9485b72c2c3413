use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::components::header::Brand;
use crate::components::icon::Icon;
use crate::sent_form::SentForm;
use crate::server_functions::sign_in::SignIn;

/// E-mail and password. A plain form: it works before, and without, JavaScript.
#[component]
pub fn SignInPage() -> impl IntoView {
    let sign_in = SentForm::new(&[SignIn::PATH]);
    let refused = Signal::derive(move || sign_in.refusal().is_some());
    let next = use_query_map().read_untracked().get("next").unwrap_or_default();
    view! {
        <Title text="Sign in"/>
        <main class="sign-in" id="content">
            <div class="sign-in-card">
                <p class="brand"><Brand/></p>
                <h1>"Sign in"</h1>
                <p class="sign-in-lead">"Every call heard. Every violation at its second."</p>
                <form method="post" action=SignIn::PATH on:submit=move |event| sign_in.send(event)>
                    <input type="hidden" name="next" value=next/>
                    <label class="field">
                        <span>"E-mail"</span>
                        <input type="email" name="email" autocomplete="username" required autofocus
                            value=refused_email() aria-invalid=move || refused.get().then_some("true")
                            aria-describedby=move || refused.get().then_some("sign-in-refusal")/>
                    </label>
                    <label class="field">
                        <span>"Password"</span>
                        <input type="password" name="password" autocomplete="current-password" required
                            aria-invalid=move || refused.get().then_some("true")
                            aria-describedby=move || refused.get().then_some("sign-in-refusal")/>
                    </label>
                    <div role="alert" id="sign-in-refusal">
                        {move || sign_in.refusal().map(|sentence| view! {
                            <p class="notice tone-failed"><Icon icon=icondata_lu::LuCircleAlert/>{sentence}</p>
                        })}
                    </div>
                    <button type="submit" class="button primary wide" disabled=move || sign_in.pending()>
                        {move || if sign_in.pending() { "Signing in…" } else { "Sign in" }}
                    </button>
                </form>
            </div>
        </main>
    }
}

/// The address that was just refused, for a page without JavaScript. With it, the field keeps what it holds.
fn refused_email() -> Option<String> {
    #[cfg(feature = "ssr")]
    {
        let parts = use_context::<http::request::Parts>()?;
        use_context::<crate::state::AppState>()?.cookies.email(&parts.headers)
    }
    #[cfg(not(feature = "ssr"))]
    None
}
