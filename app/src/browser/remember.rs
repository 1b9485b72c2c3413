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
