//! The CSS Custom Highlight API: words are marked without an element around each. `web-sys` has it only as
//! unstable. Where a browser lacks it nothing is marked, and the rest works.

use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use web_sys::js_sys::{Object, Reflect};
use web_sys::{Document, Node};

use super::text_range::TextRange;

#[wasm_bindgen]
extern "C" {
    type HighlightRegistry;
    #[wasm_bindgen(method)]
    fn set(this: &HighlightRegistry, name: &str, highlight: &Highlight);
    #[wasm_bindgen(method)]
    fn delete(this: &HighlightRegistry, name: &str) -> bool;

    type Highlight;
    #[wasm_bindgen(constructor)]
    fn new() -> Highlight;
    #[wasm_bindgen(method)]
    fn add(this: &Highlight, range: &StaticRange);
    #[wasm_bindgen(method, setter)]
    fn set_priority(this: &Highlight, priority: i32);

    /// A range that the browser does not keep up to date: thousands of living ones would slow down every change.
    type StaticRange;
    #[wasm_bindgen(constructor)]
    fn new(place: &Place) -> StaticRange;

    #[wasm_bindgen(extends = Object)]
    type Place;
    #[wasm_bindgen(method, setter, js_name = startContainer)]
    fn set_start_container(this: &Place, node: &Node);
    #[wasm_bindgen(method, setter, js_name = startOffset)]
    fn set_start_offset(this: &Place, offset: u32);
    #[wasm_bindgen(method, setter, js_name = endContainer)]
    fn set_end_container(this: &Place, node: &Node);
    #[wasm_bindgen(method, setter, js_name = endOffset)]
    fn set_end_offset(this: &Place, offset: u32);

    /// A document that tells which letter is under the pointer: the standard way, and the one before it.
    #[wasm_bindgen(extends = Document)]
    type PointedDocument;
    type CaretPosition;
    #[wasm_bindgen(method, getter, js_name = offsetNode)]
    fn offset_node(this: &CaretPosition) -> Option<Node>;
    #[wasm_bindgen(method, getter)]
    fn offset(this: &CaretPosition) -> u32;

    #[wasm_bindgen(method, catch, js_name = caretPositionFromPoint)]
    fn caret_position(this: &PointedDocument, x: i32, y: i32) -> Result<Option<CaretPosition>, JsValue>;
    #[wasm_bindgen(method, catch, js_name = caretRangeFromPoint)]
    fn caret_range(this: &PointedDocument, x: i32, y: i32) -> Result<Option<TextRange>, JsValue>;
}

fn registry() -> Option<HighlightRegistry> {
    let css = Reflect::get(&window(), &"CSS".into()).ok()?;
    let registry = Reflect::get(&css, &"highlights".into()).ok()?;
    registry.is_object().then(|| registry.unchecked_into())
}

/// Whether marks can be drawn.
pub fn are_supported() -> bool {
    registry().is_some()
}

/// Letters `from..to` of a text.
pub type Span = (Node, u32, u32);

/// Draws `::highlight(name)` over these places, and no longer over those before. Of two marks on one word the higher
/// priority lies on top.
pub fn paint(name: &str, priority: i32, spans: impl Iterator<Item = Span>) {
    let Some(registry) = registry() else { return };
    let highlight = Highlight::new();
    highlight.set_priority(priority);
    let place: Place = Object::new().unchecked_into();
    let mut any = false;
    for (text, from, to) in spans {
        place.set_start_container(&text);
        place.set_start_offset(from);
        place.set_end_container(&text);
        place.set_end_offset(to);
        highlight.add(&StaticRange::new(&place));
        any = true;
    }
    if any {
        registry.set(name, &highlight);
    } else {
        registry.delete(name);
    }
}

/// Takes the marks of a name away.
pub fn clear(name: &str) {
    if let Some(registry) = registry() {
        registry.delete(name);
    }
}

/// The text and the letter in it at a point of the window.
pub fn caret_at(x: i32, y: i32) -> Option<(Node, u32)> {
    let document: PointedDocument = leptos::prelude::document().unchecked_into();
    if let Ok(caret) = document.caret_position(x, y) {
        let caret = caret?;
        return Some((caret.offset_node()?, caret.offset()));
    }
    let range = document.caret_range(x, y).ok()??;
    Some((range.start_container(), range.start_offset()))
}
