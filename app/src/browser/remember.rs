use leptos::prelude::window;
use web_sys::Storage;

/// Keeps a choice in this browser. Where that is forbidden, it is forgotten.
pub fn remember(key: &str, choice: &str) {
    keep(of_browser(), key, choice);
}

/// The choice that was kept.
pub fn remembered(key: &str) -> Option<String> {
    kept(of_browser(), key)
}

/// Keeps a choice as long as this tab lives.
pub fn remember_in_tab(key: &str, choice: &str) {
    keep(of_tab(), key, choice);
}

/// The choice that was kept in this tab.
pub fn remembered_in_tab(key: &str) -> Option<String> {
    kept(of_tab(), key)
}

fn of_browser() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn of_tab() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

fn keep(storage: Option<Storage>, key: &str, choice: &str) {
    if let Some(storage) = storage {
        let _ = storage.set_item(key, choice);
    }
}

fn kept(storage: Option<Storage>, key: &str) -> Option<String> {
    storage?.get_item(key).ok().flatten()
}
