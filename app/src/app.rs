//! The router: which page stands at which address.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{Lazy, SsrMode, path};

use crate::components::signed_in::SignedIn;
use crate::lazy_pages::{LazyAdmin, LazyCall, LazyDashboard, LazyQueue, LazySearch};
use crate::pages::{not_found::NotFoundPage, sign_in::SignInPage};

/// Pages are rendered whole before they are sent, so that they read without JavaScript and carry the
/// right status.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "CallScript".to_owned() } else { format!("{title} · CallScript") }/>
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=SignedIn ssr=SsrMode::Async>
                    <Route path=path!("") view={Lazy::<LazyQueue>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("calls/:id") view={Lazy::<LazyCall>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("search") view={Lazy::<LazySearch>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("dashboard") view={Lazy::<LazyDashboard>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("admin") view={Lazy::<LazyAdmin>::new()} ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
