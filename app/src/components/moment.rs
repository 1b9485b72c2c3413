use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::browser::local_time::local_time;
use crate::format::{short_utc, utc};

/// A moment in the viewer's zone, with UTC under the pointer. The server does not know the zone and
/// writes UTC; the browser replaces it.
#[component]
pub fn Moment(moment: DateTime<Utc>) -> impl IntoView {
    let text = RwSignal::new(short_utc(moment));
    Effect::new(move |_| text.set(local_time(moment)));
    view! {
        <time datetime=moment.to_rfc3339() title=utc(moment)>{text}</time>
    }
}
