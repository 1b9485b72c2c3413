//! Stretches of text in the page, as much of them as is needed here.

use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use web_sys::{DomRect, Node};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Range)]
    pub type TextRange;
    #[wasm_bindgen(constructor, js_class = "Range")]
    pub fn new() -> TextRange;
    #[wasm_bindgen(method, catch, js_class = "Range", js_name = setStart)]
    pub fn set_start(this: &TextRange, node: &Node, offset: u32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_class = "Range", js_name = setEnd)]
    pub fn set_end(this: &TextRange, node: &Node, offset: u32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, js_class = "Range", js_name = getBoundingClientRect)]
    pub fn bounding_rect(this: &TextRange) -> DomRect;
    #[wasm_bindgen(method, js_class = "Range", js_name = intersectsNode)]
    pub fn intersects(this: &TextRange, node: &Node) -> bool;
    #[wasm_bindgen(method, getter, js_class = "Range", js_name = startContainer)]
    pub fn start_container(this: &TextRange) -> Node;
    #[wasm_bindgen(method, getter, js_class = "Range", js_name = startOffset)]
    pub fn start_offset(this: &TextRange) -> u32;
    #[wasm_bindgen(method, getter, js_class = "Range", js_name = endContainer)]
    pub fn end_container(this: &TextRange) -> Node;
    #[wasm_bindgen(method, getter, js_class = "Range", js_name = endOffset)]
    pub fn end_offset(this: &TextRange) -> u32;

    type Selected;
    #[wasm_bindgen(method, catch, js_name = getRangeAt)]
    fn range_at(this: &Selected, number: u32) -> Result<TextRange, JsValue>;
}

/// What a person has selected in the page.
pub fn selected() -> Option<TextRange> {
    let selection = window().get_selection().ok().flatten().filter(|selection| !selection.is_collapsed())?;
    selection.unchecked_into::<Selected>().range_at(0).ok()
}
