//! Where sign-in leads afterwards.

/// The address to go to after sign-in: a path of this app, or the queue for anything else.
///
/// `//host` and `/\host` would lead a browser elsewhere.
#[must_use]
pub fn local_path(next: &str) -> &str {
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.starts_with("/api/")
        && next.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if local { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn paths_of_this_app_are_kept() {
        for path in ["/", "/calls/12?t=23.1&flag=guarantee%3A4-9", "/?state=flagged"] {
            assert_eq!(local_path(path), path);
        }
    }

    #[test]
    fn everything_else_leads_to_the_queue() {
        for path in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:x",
            "/a\nb",
            "/api/sign_out",
        ] {
            assert_eq!(local_path(path), "/", "{path:?} was followed");
        }
    }
}
