//! Numbers, money and spans of time as the viewer's language writes them.
//!
//! The server does not know the language: it writes a neutral form into `<data value="…" data-form="…">` and UTC into
//! `<time datetime="…">`, and [`localize_in`] writes both anew. The same functions serve what is made in the browser.

use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::js_sys::{Array, Date, Function, Intl, Object, Reflect};
use web_sys::{Element, NodeList};

use super::decimal::decimal;
use super::local_time::local_time;

/// A count, with the digits grouped: `12,345`.
pub fn count(value: f64) -> String {
    number(&value.into(), &[])
}

/// An exact amount of US dollars (Ringba knows no other currency), from a decimal in text: digits beyond what a
/// float could hold stay.
fn money(decimal: &str) -> String {
    let form = [
        ("style", "currency".into()),
        ("currency", "USD".into()),
        ("currencyDisplay", "narrowSymbol".into()),
    ];
    number(&decimal.into(), &form)
}

/// A share of one: `0.934` is `93%`.
fn percent(share: f64) -> String {
    number(&share.into(), &[("style", "percent".into()), ("maximumFractionDigits", 0.into())])
}

/// A length of time in its largest fitting units: `45 sec`, `3 min 12 sec`, `2 hr 5 min`, `3 days 4 hr`.
fn duration(seconds: f64) -> String {
    let unit = |value: f64, unit: &str| {
        let decimals = i32::from(value < 10.0 && unit == "second" && seconds < 10.0);
        let form = [
            ("style", "unit".into()),
            ("unit", unit.into()),
            ("unitDisplay", "short".into()),
            ("maximumFractionDigits", decimals.into()),
        ];
        number(&value.into(), &form)
    };
    let pair = |size: f64, large: &str, part: f64, small: &str| {
        let (whole, rest) = ((seconds / size).floor(), (seconds % size / part).floor());
        let whole = unit(whole, large);
        if rest == 0.0 { whole } else { format!("{whole} {}", unit(rest, small)) }
    };
    match seconds {
        s if s < 60.0 => unit(s, "second"),
        s if s < 3_600.0 => pair(60.0, "minute", 1.0, "second"),
        s if s < 86_400.0 => pair(3_600.0, "hour", 60.0, "minute"),
        _ => pair(86_400.0, "day", 3_600.0, "hour"),
    }
}

/// Writes every `data[data-form]` and `time[datetime]` inside the element as the viewer's language does. What was
/// written once is known by its mark and left alone, so that this may run as often as the page changes.
///
/// Forms: `count`, `money`, `percent` (of one), `seconds`; a `time` becomes a moment in the viewer's zone.
pub fn localize_in(root: &Element) {
    for element in elements(root.query_selector_all("data[data-form]:not([data-told])").ok()) {
        let value = element.get_attribute("value").unwrap_or_default();
        let form = element.get_attribute("data-form").unwrap_or_default();
        let text = match (form.as_str(), decimal(&value)) {
            ("money", Some(_)) => money(&value),
            ("count", Some(value)) => count(value),
            ("percent", Some(value)) => percent(value),
            ("seconds", Some(value)) => duration(value),
            _ => continue,
        };
        tell(&element, &text);
    }
    for element in elements(root.query_selector_all("time[datetime][data-form]:not([data-told])").ok()) {
        let moment = Date::new(&element.get_attribute("datetime").into());
        if moment.get_time().is_nan() {
            continue;
        }
        tell(&element, &local_time(&moment));
    }
}

fn tell(element: &Element, text: &str) {
    element.set_text_content(Some(text));
    let _ = element.set_attribute("data-told", "");
}

fn elements(found: Option<NodeList>) -> impl Iterator<Item = Element> {
    let found = found.into_iter().flat_map(|list| (0..list.length()).map(move |at| list.get(at)));
    found.flatten().filter_map(|node| node.dyn_into().ok())
}

fn options(parts: &[(&str, JsValue)]) -> Object {
    let options = Object::new();
    for (part, form) in parts {
        let _ = Reflect::set(&options, &JsValue::from(*part), form);
    }
    options
}

/// Numbers go in as they are; decimals in text stay exact.
fn number(value: &JsValue, form: &[(&str, JsValue)]) -> String {
    let format: Function = Intl::NumberFormat::new(&Array::new(), &options(form)).format();
    format.call1(&JsValue::UNDEFINED, value).ok().and_then(|text| text.as_string()).unwrap_or_default()
}
