//! The router: which page stands at which address.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::components::signed_in::SignedIn;
use crate::pages::{
    admin::AdminPage, call::CallPage, dashboard::DashboardPage, not_found::NotFoundPage, queue::QueuePage,
    search::SearchPage, sign_in::SignInPage,
};

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
                    <Route path=path!("") view=QueuePage ssr=SsrMode::Async/>
                    <Route path=path!("calls/:id") view=CallPage ssr=SsrMode::Async/>
                    <Route path=path!("search") view=SearchPage ssr=SsrMode::Async/>
                    <Route path=path!("dashboard") view=DashboardPage ssr=SsrMode::Async/>
                    <Route path=path!("admin") view=AdminPage ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}
