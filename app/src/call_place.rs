//! A place in a call as its address names it: `/calls/7?flag=guarantee%3A4%2D9&t=12.345`.

use leptos_router::location::Url;

/// The part of the address behind the path; nothing where no place is named.
#[must_use]
pub fn query(flag_id: Option<&str>, start_ms: Option<u32>) -> String {
    let flag = flag_id.map(|id| format!("flag={}", Url::escape(id)));
    let start = start_ms.map(|start_ms| format!("t={}", seconds(start_ms)));
    let named: Vec<String> = [flag, start].into_iter().flatten().collect();
    if named.is_empty() { String::new() } else { format!("?{}", named.join("&")) }
}

/// `10758.2`: seconds to the millisecond without zeros at the end.
#[must_use]
pub fn seconds(milliseconds: u32) -> String {
    (f64::from(milliseconds) / 1000.0).to_string()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_stands_in_the_address() {
        assert_eq!(query(Some("guarantee:4-9"), Some(12_345)), "?flag=guarantee%3A4%2D9&t=12.345");
        assert_eq!(query(None, Some(5_000)), "?t=5");
        assert_eq!(query(Some("gift"), None), "?flag=gift");
        assert_eq!(query(None, None), "");
        assert_eq!(seconds(4_294_967_295), "4294967.295");
    }
}
