use leptos::prelude::window;

/// Keeps a choice in this browser. Where that is forbidden, it is forgotten.
pub fn remember(key: &str, choice: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, choice);
    }
}

/// The choice that was kept.
pub fn remembered(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}

/// Keeps a choice as long as this tab lives.
pub fn remember_in_tab(key: &str, choice: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.set_item(key, choice);
    }
}

/// The choice that was kept in this tab.
pub fn remembered_in_tab(key: &str) -> Option<String> {
    window().session_storage().ok().flatten()?.get_item(key).ok().flatten()
}
