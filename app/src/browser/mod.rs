//! What only happens in a browser. On the server these functions are compiled and never called:
//! effects and event handlers do not run there.

pub mod decimal;
pub mod focus;
pub mod frames;
pub mod highlights;
pub mod keyboard;
pub mod leaving;
pub mod local_time;
pub mod locale;
pub mod menus;
pub mod navigate;
pub mod poll;
pub mod reading_place;
pub mod remember;
pub mod text_range;
pub mod word_forms;

use leptos::prelude::StoredValue;
use web_sys::Element;

/// Keeps a listener or timer until the current owner (a component, one run of an effect) ends, and
/// drops it then.
pub fn keep<T: 'static>(value: T) {
    StoredValue::new_local(value);
}

/// Whether the person asked for less movement.
pub fn prefers_reduced_motion() -> bool {
    fits("(prefers-reduced-motion: reduce)")
}

/// Whether the parts of a page stand below each other and not side by side: the limit of `style/call.css`.
pub fn is_narrow() -> bool {
    fits("(width < 64rem)")
}

fn fits(query: &str) -> bool {
    let query = leptos::prelude::window().match_media(query);
    query.ok().flatten().is_some_and(|query| query.matches())
}

/// Scrolls the element's scrolling ancestor, and nothing else, just as far as it takes to see the element.
/// `ancestor` is a selector.
pub fn reveal_in(element: &Element, ancestor: &str) {
    let Ok(Some(ancestor)) = element.closest(ancestor) else { return };
    let (inner, outer) = (element.get_bounding_client_rect(), ancestor.get_bounding_client_rect());
    let shift = |start: f64, end: f64| if start < 0.0 { start } else { end.max(0.0).min(start) };
    let down = shift(inner.top() - outer.top(), inner.bottom() - outer.bottom());
    let right = shift(inner.left() - outer.left(), inner.right() - outer.right());
    ancestor.scroll_by_with_x_and_y(right, down);
}
