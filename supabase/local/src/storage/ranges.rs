//! `Range: bytes=…` with a single range.

/// What a `Range` header asks for of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// No usable range: the whole file.
    Whole,
    /// First and last byte, both included.
    Part(u64, u64),
    /// A range that the file does not have.
    Unsatisfiable,
}

/// Reads the header for a file of `size` bytes. The end is clamped to the file's.
pub fn wanted(header: Option<&str>, size: u64) -> Wanted {
    let Some(range) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else {
        return Wanted::Whole;
    };
    let Some((first, last)) = range.split_once('-') else { return Wanted::Unsatisfiable };
    let (first, last) = (first.trim(), last.trim());
    let bounds = if first.is_empty() {
        last.parse()
            .ok()
            .filter(|&length: &u64| length > 0)
            .map(|length| (size.saturating_sub(length), u64::MAX))
    } else {
        let end = if last.is_empty() { Some(u64::MAX) } else { last.parse().ok() };
        first.parse().ok().zip(end)
    };
    match bounds {
        Some((first, last)) if first <= last && first < size => Wanted::Part(first, last.min(size - 1)),
        _ => Wanted::Unsatisfiable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_of_a_range() {
        assert_eq!(wanted(None, 10), Wanted::Whole);
        assert_eq!(wanted(Some("items=0-1"), 10), Wanted::Whole);
        assert_eq!(wanted(Some("bytes=2-4"), 10), Wanted::Part(2, 4));
        assert_eq!(wanted(Some("bytes=2-400"), 10), Wanted::Part(2, 9));
        assert_eq!(wanted(Some("bytes=7-"), 10), Wanted::Part(7, 9));
        assert_eq!(wanted(Some("bytes=-3"), 10), Wanted::Part(7, 9));
        assert_eq!(wanted(Some("bytes=-30"), 10), Wanted::Part(0, 9));
    }

    #[test]
    fn ranges_that_a_file_does_not_have() {
        for range in ["bytes=10-", "bytes=5-2", "bytes=-0", "bytes=a-b", "bytes=0-1,3-4", "bytes=5"] {
            assert_eq!(wanted(Some(range), 10), Wanted::Unsatisfiable, "{range}");
        }
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Unsatisfiable);
    }
}
