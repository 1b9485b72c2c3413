use chrono::{DateTime, Utc};
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::js_sys::Date;

use crate::browser::local_time::local_time;
use crate::format::{datetime, short_utc, utc};

/// A moment in the viewer's zone, with UTC under the pointer. The server does not know the zone and
/// writes UTC; the browser replaces it.
#[component]
pub fn Moment(moment: DateTime<Utc>) -> impl IntoView {
    let text = RwSignal::new(short_utc(moment));
    Effect::new(move |_| {
        #[expect(clippy::cast_precision_loss, reason = "a date in milliseconds fits a double's 53 bits")]
        let date = Date::new(&JsValue::from_f64(moment.timestamp_millis() as f64));
        text.set(local_time(&date));
    });
    view! {
        <time datetime=datetime(moment) title=utc(moment)>{text}</time>
    }
}
