use leptos::prelude::{request_animation_frame, window};
use wasm_bindgen::JsCast as _;
use web_sys::DomRect;
use web_sys::js_sys::{Function, Object, Reflect};

use super::prefers_reduced_motion;

/// What lies between these shares of the window's height is read where it is; the rest is scrolled to.
const COMFORTABLE: std::ops::RangeInclusive<f64> = 0.24..=0.72;
/// Lines that were never painted have an estimated height; so many frames later those in sight are known.
const CORRECTIONS: u32 = 8;

/// Scrolls the window so that a place is in its middle, unless it can be read well where it is. A long way is jumped.
pub fn bring(place: impl Fn() -> Option<DomRect> + 'static, smoothly: bool) {
    bring_again(place, smoothly, CORRECTIONS);
}

fn bring_again(place: impl Fn() -> Option<DomRect> + 'static, smoothly: bool, corrections: u32) {
    let Some(rect) = place() else { return };
    let height = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or(1.0);
    let comfortable = |y: f64| COMFORTABLE.contains(&(y / height));
    let near = rect.top().abs() <= 3.0 * height;
    let smoothly = smoothly && near && !prefers_reduced_motion();
    if !comfortable(rect.top()) || !comfortable(rect.bottom()) {
        scroll_by((rect.top() + rect.bottom() - height) / 2.0, smoothly);
    }
    if !smoothly && corrections > 0 {
        request_animation_frame(move || bring_again(place, false, corrections - 1));
    }
}

fn scroll_by(down: f64, smoothly: bool) {
    let options = Object::new();
    let _ = Reflect::set(&options, &"top".into(), &down.into());
    let _ = Reflect::set(&options, &"behavior".into(), &if smoothly { "smooth" } else { "instant" }.into());
    let window = window();
    if let Ok(scroll) = Reflect::get(&window, &"scrollBy".into()) {
        let _ = scroll.unchecked_ref::<Function>().call1(&window, &options);
    }
}
