//! The forms in which a person says something about a flag or a rule, taken over from the browser.

use gloo::events::{EventListener, EventListenerOptions};
use leptos::prelude::document;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::js_sys::Reflect;
use web_sys::{Element, HtmlInputElement};

use super::keep;

/// A form as it was sent.
pub struct SaidInForm {
    pub form: Element,
    /// A flag's id, or a rule key with `:undecided`.
    pub subject: String,
    /// As the database names it.
    pub verdict: String,
    pub reason: String,
}

/// Calls `said` instead of sending any form with `data-subject`, until the current owner ends. One listener serves
/// hundreds of cards.
pub fn on_word(said: impl Fn(SaidInForm) + 'static) {
    let options = EventListenerOptions::enable_prevent_default();
    keep(EventListener::new_with_options(&document(), "submit", options, move |event| {
        let Some(form) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let Some(subject) = form.get_attribute("data-subject") else { return };
        event.prevent_default();
        let button = Reflect::get(event, &JsValue::from_str("submitter")).ok();
        let button = button.and_then(|button| button.dyn_into::<Element>().ok());
        let of_button = |name: &str| {
            let button =
                button.as_ref().filter(|button| button.get_attribute("name").as_deref() == Some(name));
            button.and_then(|button| button.get_attribute("value"))
        };
        let verdict = of_button("outcome").or_else(|| form.get_attribute("data-verdict")).unwrap_or_default();
        let reason = of_button("reason").or_else(|| Some(reason_field(&form)?.value())).unwrap_or_default();
        said(SaidInForm { form, subject, verdict, reason });
    }));
}

/// Says at the form's reason that one is needed. The field's description tells why.
pub fn ask_for_reason(form: &Element) {
    if let Some(field) = reason_field(form) {
        let _ = field.set_attribute("aria-invalid", "true");
        let _ = field.focus();
    }
}

fn reason_field(form: &Element) -> Option<HtmlInputElement> {
    form.query_selector("input[name=reason]").ok()??.dyn_into().ok()
}
