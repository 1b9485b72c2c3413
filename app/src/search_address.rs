//! A search in its address: `/search?q=…&state=…&severity=…&rule=…&vertical=…&campaign=…&publisher=…&buyer=…&from=…
//! &to=…&zone=…&after=…`. Only the server reads it; the browser hands it on.

use chrono::{DateTime, NaiveDate};
use supabase_client::call::{CallId, CallStatus};
use supabase_client::flag::Severity;
use supabase_client::search::{SearchCursor, SearchFilter};
use url::form_urlencoded;

use crate::call_place::seconds;
use crate::local_days::{ZONE, begin_of};

/// What an address asks for.
#[derive(Debug, Default, PartialEq)]
pub struct SearchAddress {
    pub words: String,
    pub filter: SearchFilter,
    pub after: Option<SearchCursor>,
    /// The parts of the address but for the place in the list.
    parts: Vec<(String, String)>,
}

impl SearchAddress {
    /// Reads the part of the address behind the question mark. What it does not know or cannot read is left out.
    #[must_use]
    pub fn read(query: &str) -> Self {
        let mut read = Self::default();
        let mut zone = String::new();
        let (mut from, mut to) = (None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            if name != "after" {
                read.parts.push((name.clone().into_owned(), value.to_owned()));
            }
            let text = Some(value.to_owned());
            match &*name {
                "q" => value.clone_into(&mut read.words),
                "state" => read.filter.statuses = statuses(value),
                "severity" => read.filter.severity = severity(value),
                "rule" => read.filter.rule = text,
                "vertical" => read.filter.vertical = text,
                "campaign" => read.filter.campaign = text,
                "publisher" => read.filter.publisher = text,
                "buyer" => read.filter.buyer = text,
                "from" => from = value.parse::<NaiveDate>().ok(),
                "to" => to = value.parse::<NaiveDate>().ok(),
                ZONE => value.clone_into(&mut zone),
                "after" => read.after = cursor(value),
                _ => {}
            }
        }
        read.filter.from_time = from.and_then(|day| begin_of(day, &zone));
        // The last day is meant whole.
        read.filter.to_time = to.and_then(|day| begin_of(day.succ_opt()?, &zone));
        read
    }

    /// The same search from the newest call on.
    #[must_use]
    pub fn from_the_newest(&self) -> String {
        let parts = self.parts.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        format!("/search?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(parts).finish())
    }

    /// The same search, further back.
    #[must_use]
    pub fn behind(&self, after: &SearchCursor) -> String {
        let SearchCursor { start_time_utc, call_id, chunk_no } = after;
        let mut pair = form_urlencoded::Serializer::new(String::new());
        pair.append_pair("after", &format!("{start_time_utc}~{call_id}~{chunk_no}"));
        format!("{}&{}", self.from_the_newest(), pair.finish())
    }
}

/// The link that opens a call at the very moment, with the words marked in its transcript.
#[must_use]
pub fn call_link(call_id: CallId, start_ms: Option<u32>, words: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(start_ms) = start_ms {
        query.append_pair("t", &seconds(start_ms));
    }
    if !words.is_empty() {
        query.append_pair("q", words);
    }
    format!("/calls/{call_id}?{}", query.finish())
}

/// States in which a call can have a transcript.
fn statuses(name: &str) -> Option<Vec<CallStatus>> {
    Some(match name {
        "flagged" => vec![CallStatus::Flagged],
        "undecided" => vec![CallStatus::Undecided],
        "safe" => vec![CallStatus::Safe],
        "in_progress" => vec![CallStatus::Transcribed, CallStatus::Judging],
        "failed" => vec![CallStatus::Failed],
        _ => return None,
    })
}

fn severity(name: &str) -> Option<Severity> {
    Some(match name {
        "critical" => Severity::Critical,
        "major" => Severity::Major,
        "minor" => Severity::Minor,
        _ => return None,
    })
}

fn cursor(text: &str) -> Option<SearchCursor> {
    let mut parts = text.split('~');
    let (start, call_id, chunk_no) = (parts.next()?, parts.next()?, parts.next()?);
    // Handed on to the database as it is, which must be able to read it.
    DateTime::parse_from_rfc3339(start).ok()?;
    Some(SearchCursor {
        start_time_utc: start.to_owned(),
        call_id: call_id.parse().ok()?,
        chunk_no: chunk_no.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_read() {
        let read = SearchAddress::read(
            "q=%22gift+card%22+-free&state=flagged&severity=major&rule=gift&vertical=aca&campaign=ACA+%26+more\
             &publisher=P&buyer=B&from=2026-11-01&to=2026-11-02&zone=-300&after=2026-11-01T10:00:00.5%2B00:00~7~-1",
        );
        assert_eq!(read.words, "\"gift card\" -free");
        assert_eq!(read.filter.statuses, Some(vec![CallStatus::Flagged]));
        assert_eq!(read.filter.severity, Some(Severity::Major));
        assert_eq!(read.filter.campaign.as_deref(), Some("ACA & more"));
        assert_eq!(read.filter.from_time.unwrap().to_rfc3339(), "2026-11-01T05:00:00+00:00");
        assert_eq!(
            read.filter.to_time.unwrap().to_rfc3339(),
            "2026-11-03T05:00:00+00:00",
            "the last day is whole"
        );
        let after = read.after.clone().unwrap();
        assert_eq!((after.call_id, after.chunk_no), (CallId(7), -1));
        assert_eq!(SearchAddress::read(read.behind(&after).strip_prefix("/search?").unwrap()), read);
        assert!(!read.from_the_newest().contains("after"));
    }

    #[test]
    fn nonsense_is_left_out() {
        let read = SearchAddress::read("q=&state=x&severity=x&from=yesterday&zone=99999&after=x~y~z&other=1");
        assert_eq!(read.filter, SearchFilter::default());
        assert_eq!(read.after, None);
        assert_eq!(SearchAddress::read("after=now~1~2").after, None);
    }

    #[test]
    fn links_lead_to_the_millisecond() {
        assert_eq!(call_link(CallId(3), Some(10_758_200), "gift card"), "/calls/3?t=10758.2&q=gift+card");
        assert_eq!(call_link(CallId(3), Some(5_000), ""), "/calls/3?t=5");
        assert_eq!(call_link(CallId(3), None, "a"), "/calls/3?q=a");
    }
}
