use web_sys::js_sys::Number;

/// A count as the viewer's language writes it.
pub fn local_number(count: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below a double's 53 bits")]
    let number = Number::from(count as f64);
    String::from(number.to_locale_string("default"))
}
