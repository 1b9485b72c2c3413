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

/// Calls `said` instead of sending a form with `data-subject`, or by a button that names a flag, until the current owner
/// ends. One listener serves hundreds of cards.
pub fn on_word(said: impl Fn(SaidInForm) + 'static) {
    let options = EventListenerOptions::enable_prevent_default();
    keep(EventListener::new_with_options(&document(), "submit", options, move |event| {
        let Some(form) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let button = Reflect::get(event, &JsValue::from_str("submitter")).ok();
        let button = button.and_then(|button| button.dyn_into::<Element>().ok());
        let of_button = |name: &str| {
            let button =
                button.as_ref().filter(|button| button.get_attribute("name").as_deref() == Some(name));
            button.and_then(|button| button.get_attribute("value"))
        };
        let Some(subject) = of_button("flag_id").or_else(|| form.get_attribute("data-subject")) else {
            return;
        };
        event.prevent_default();
        let verdict = of_button("outcome").or_else(|| form.get_attribute("data-verdict")).unwrap_or_default();
        let reason = reason_field(&form).map(|field| field.value()).unwrap_or_default();
        said(SaidInForm { form, subject, verdict, reason });
    }));
}

/// Puts on the page what a fold keeps as HTML for pages without JavaScript, once it is unfolded, until the current owner
/// ends.
pub fn fill_unfolded() {
    // The event of a fold does not rise to the document.
    let options = EventListenerOptions::run_in_capture_phase();
    keep(EventListener::new_with_options(&document(), "toggle", options, |event| {
        if let Some(fold) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) {
            fill(&fold);
        }
    }));
}

/// Puts on the page what stands within an element as HTML for pages without JavaScript.
pub fn fill(element: &Element) {
    if let Ok(Some(kept)) = element.query_selector("noscript") {
        kept.set_outer_html(&kept.text_content().unwrap_or_default());
    }
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
