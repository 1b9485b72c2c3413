use gloo::events::EventListener;
use leptos::prelude::document;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, KeyboardEvent, Node};

use super::focus::elements;
use super::keep;

const OPEN: &str = "details[data-menu][open]";

/// Folds the menus of the page until the current owner ends: at Escape, which leads back to what opened them, and when
/// the person goes on elsewhere.
pub fn fold_menus() {
    keep(EventListener::new(&document(), "keydown", |event| {
        if event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == "Escape") {
            fold(|menu| {
                let opener = menu.query_selector("summary").ok().flatten();
                if let Some(opener) = opener.and_then(|opener| opener.dyn_into::<HtmlElement>().ok()) {
                    let _ = opener.focus();
                }
                true
            });
        }
    }));
    for event in ["pointerdown", "focusin"] {
        keep(EventListener::new(&document(), event, |event| {
            let place = event.target().and_then(|place| place.dyn_into::<Node>().ok());
            fold(|menu| !menu.contains(place.as_ref()));
        }));
    }
}

fn fold(which: impl Fn(&HtmlElement) -> bool) {
    for menu in elements(OPEN).into_iter().filter(|menu| which(menu)) {
        let _ = menu.remove_attribute("open");
    }
}
