//! Where a page of the queue begins, as its address writes it: `4.-1795651200000000.17`.

use supabase_client::call::CallId;
use supabase_client::queue::QueueCursor;

#[must_use]
pub fn write(cursor: QueueCursor) -> String {
    format!("{}.{}.{}", cursor.urgency, cursor.queue_place, cursor.call_id)
}

#[must_use]
pub fn read(text: &str) -> Option<QueueCursor> {
    let mut parts = text.split('.');
    let cursor = QueueCursor {
        urgency: parts.next()?.parse().ok()?,
        queue_place: parts.next()?.parse().ok()?,
        call_id: CallId(parts.next()?.parse().ok()?),
    };
    parts.next().is_none().then_some(cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let cursor = QueueCursor { urgency: 4, queue_place: -1_795_651_200_000_000, call_id: CallId(17) };
        assert_eq!(read(&write(cursor)), Some(cursor));
        for text in ["", "4", "4.1", "4.1.x", "4.1.2.3"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
