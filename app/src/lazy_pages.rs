//! The pages behind sign-in, as the router loads them.
//!
//! Where the browser's module is cut up (feature `split`), the code of each is a file of its own, which comes with the
//! page's document or on the way from another page. Leptos has a macro for this, but under it a file that does not come
//! ends the whole app.

use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::use_url;

/// Pages that name the same `$file` share it.
macro_rules! lazy_page {
    ($lazy:ident, $name:ident, $page:path, $file:ident) => {
        mod $name {
            use leptos::prelude::*;
            use $page as Page;

            #[cfg(feature = "split")]
            #[wasm_split_helpers::wasm_split($file, preload(preload), fallible)]
            pub fn view() -> Result<AnyView, wasm_split_helpers::SplitLoaderError> {
                Ok(view! { <Page/> }.into_any())
            }

            #[cfg(not(feature = "split"))]
            pub async fn view() -> Result<AnyView, std::convert::Infallible> {
                Ok(view! { <Page/> }.into_any())
            }
        }

        pub struct $lazy;

        impl LazyRoute for $lazy {
            fn data() -> Self {
                Self
            }

            async fn view(_: Self) -> AnyView {
                let address = address_to_load();
                $name::view().await.unwrap_or_else(|_| load(address))
            }

            async fn preload() {
                // What does not come is asked for once more by the view.
                #[cfg(feature = "split")]
                let _ = $name::preload().await;
            }
        }
    };
}

lazy_page!(LazyAdmin, admin, crate::pages::admin::AdminPage, rest);
lazy_page!(LazyCall, call, crate::pages::call::CallPage, call);
lazy_page!(LazyDashboard, dashboard, crate::pages::dashboard::DashboardPage, rest);
lazy_page!(LazyQueue, queue, crate::pages::queue::QueuePage, queue);
lazy_page!(LazySearch, search, crate::pages::search::SearchPage, rest);

/// Which of the names above the page at an address has.
#[cfg(feature = "ssr")]
fn file_at(path: &str) -> Option<&'static str> {
    match path {
        "/" => Some("queue"),
        "/search" | "/dashboard" | "/admin" => Some("rest"),
        path => path.starts_with("/calls/").then_some("call"),
    }
}

/// The files that the code of each page lies in, without `.wasm`. There are none where the browser's module is in one
/// piece.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Default)]
pub struct PageFiles(std::sync::Arc<std::collections::HashMap<String, Vec<String>>>);

#[cfg(feature = "ssr")]
impl PageFiles {
    /// What stands beside the browser's module in this folder.
    #[must_use]
    pub fn read(folder: &std::path::Path) -> Self {
        let list = std::fs::read(folder.join("__wasm_split_manifest.json")).ok();
        list.and_then(|list| serde_json::from_slice(&list).ok()).map(Self).unwrap_or_default()
    }

    /// Those of the page at an address: its document asks for them at once.
    #[must_use]
    pub fn at(&self, path: &str) -> &[String] {
        file_at(path).and_then(|page| self.0.get(page)).map_or(&[], Vec::as_slice)
    }
}

/// Where a page is that is opened from another one; nothing where the browser has just loaded it from there.
fn address_to_load() -> Option<String> {
    let loaded = Owner::current_shared_context().is_some_and(|context| context.during_hydration());
    (!loaded).then(|| {
        let url = use_url();
        let url = url.read_untracked();
        if url.search().is_empty() {
            url.path().to_owned()
        } else {
            format!("{}?{}", url.path(), url.search())
        }
    })
}

/// The file of a page is gone, most often because a newer release brings others: the browser loads the page as a whole.
fn load(address: Option<String>) -> AnyView {
    if let Some(address) = address {
        let _ = window().location().set_href(&address);
    }
    ().into_any()
}
