use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::components::A;
use supabase_client::user::{Me, Role};

use crate::components::icon::Icon;
use crate::sent_form::SentForm;
use crate::server_functions::sign_out::SignOut;

/// The bar on top: where one is, who one is, and the way out, which is open to everybody.
#[component]
pub fn Header(me: Option<Me>) -> impl IntoView {
    let sign_out = SentForm::new(&[SignOut::PATH]);
    let is_admin = me.as_ref().is_some_and(|me| me.role == Role::Admin);
    view! {
        <header class="header">
            <a class="skip-link" href="#content">"Skip to content"</a>
            <A href="/" attr:class="brand" attr:aria-label="CallScript, to the queue"><Brand/></A>
            <nav class="header-nav" aria-label="Main">
                <A href="/" exact=true>"Queue"</A>
                <A href="/search">"Search"</A>
                <A href="/dashboard">"Dashboard"</A>
                {is_admin.then(|| view! { <A href="/admin">"Admin"</A> })}
            </nav>
            <div class="header-end">
                {me.map(|me| view! {
                    <p class="header-me"><span class="header-email">{me.email}</span><span class="header-role">{role(me.role)}</span></p>
                })}
                <form method="post" action=SignOut::PATH on:submit=move |event| sign_out.send(event)>
                    <button type="submit" class="button quiet" title="Sign out">
                        <Icon icon=icondata_lu::LuLogOut/><span class="wide-text">"Sign out"</span>
                    </button>
                </form>
            </div>
        </header>
    }
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Reviewer => "Reviewer",
        Role::Admin => "Admin",
        Role::Worker => "Worker",
    }
}

/// Mark and name of the product.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <rect class="brand-mark-ground" width="32" height="32" rx="9"/>
            <g class="brand-mark-wave" stroke-width="3" stroke-linecap="round">
                <path d="M8 14v4"/>
                <path d="M13.33 10v12"/>
                <path class="brand-mark-flag" d="M18.67 7v18"/>
                <path d="M24 13v6"/>
            </g>
        </svg>
        <span class="brand-name">"CallScript"</span>
    }
}
