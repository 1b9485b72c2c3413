use web_sys::js_sys::Number;

/// The number that a text begins with. Rust's own reading of floats brings a table of ten kilobytes.
pub fn decimal(text: &str) -> Option<f64> {
    Some(Number::parse_float(text)).filter(|number| !number.is_nan())
}
