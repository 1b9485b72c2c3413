use web_sys::js_sys::{Date, Object, Reflect};

/// The moment in the viewer's zone and language: `Today 14:03`, or with the date when it was another day.
pub fn local_time(date: &Date) -> String {
    let today = Date::new_0();
    let is_today = date.get_full_year() == today.get_full_year()
        && date.get_month() == today.get_month()
        && date.get_date() == today.get_date();
    let mut parts = vec![("hour", "2-digit"), ("minute", "2-digit")];
    if !is_today {
        parts.extend([("month", "short"), ("day", "numeric")]);
    }
    let options = Object::new();
    for (part, form) in parts {
        let _ = Reflect::set(&options, &part.into(), &form.into());
    }
    let text = String::from(date.to_locale_string("default", &options));
    if is_today { format!("Today {text}") } else { text }
}
