//! The filters of the queue as they stand in its address: `/?state=flagged&publisher=Acme`.

use leptos_router::location::Url;
use leptos_router::params::ParamsMap;

use crate::local_days::ZONE;

/// Every filter, in the order of the address, with what it is called.
pub const NAMES: [(&str, &str); 10] = [
    ("state", "State"),
    ("severity", "Severity"),
    ("rule", "Rule"),
    ("vertical", "Vertical"),
    ("campaign", "Campaign"),
    ("publisher", "Publisher"),
    ("buyer", "Buyer"),
    ("reviewer", "Reviewer"),
    ("from", "From"),
    ("to", "Until"),
];

/// Filters that are set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueueFilters(Vec<(&'static str, String)>);

impl QueueFilters {
    #[must_use]
    pub fn of_params(params: &ParamsMap) -> Self {
        Self::gather(|name| params.get_str(name).map(str::to_owned))
    }

    /// Reads a query string, with or without its question mark.
    #[must_use]
    pub fn of_query(query: &str) -> Self {
        let pairs: Vec<(String, String)> = query
            .trim_start_matches('?')
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), Url::unescape(&value.replace('+', " "))))
            .collect();
        Self::gather(|name| pairs.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone()))
    }

    fn gather(find: impl Fn(&str) -> Option<String>) -> Self {
        let names = NAMES.iter().map(|(name, _)| *name).chain([ZONE]);
        let set = names.filter_map(|name| Some((name, find(name)?.trim().to_owned())));
        Self(set.filter(|(_, value)| !value.is_empty()).collect()).tidied()
    }

    /// A zone without a day means nothing.
    fn tidied(mut self) -> Self {
        if self.get("from").is_none() && self.get("to").is_none() {
            self.0.retain(|(name, _)| *name != ZONE);
        }
        self
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    /// The same with one filter set otherwise; an empty value takes it away.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        Self::gather(
            |given| {
                if given == name { Some(value.to_owned()) } else { self.get(given).map(str::to_owned) }
            },
        )
    }

    /// The filters beside the tab: name, what it is called, value.
    #[must_use]
    pub fn beside_state(&self) -> Vec<(&'static str, &'static str, String)> {
        let named = |(name, value): &(&'static str, String)| {
            let label =
                NAMES.iter().find(|(given, _)| given == name).filter(|(given, _)| *given != "state")?;
            Some((*name, label.1, value.clone()))
        };
        self.0.iter().filter_map(named).collect()
    }

    /// The query string, without a question mark.
    #[must_use]
    pub fn query(&self) -> String {
        let pairs = self.0.iter().map(|(name, value)| format!("{name}={}", escaped(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// The queue page under these filters.
    #[must_use]
    pub fn address(&self) -> String {
        if self.0.is_empty() { "/".to_owned() } else { format!("/?{}", self.query()) }
    }

    /// What the database filters by: days become moments in the zone of the address.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn for_database(&self) -> supabase_client::queue::QueueFilter {
        let of = |name: &str| self.get(name).map(str::to_owned);
        let zone = self.get(ZONE).unwrap_or_default();
        // What is no day is passed on: the database refuses it with a sentence.
        let moment = |name: &str, days: u64| {
            let day = self.get(name)?;
            let Ok(date) = day.parse::<chrono::NaiveDate>() else { return Some(day.to_owned()) };
            let day = date.checked_add_days(chrono::Days::new(days))?;
            Some(crate::local_days::begin_of(day, zone)?.to_rfc3339())
        };
        supabase_client::queue::QueueFilter {
            state: of("state"),
            severity: of("severity"),
            rule: of("rule"),
            vertical: of("vertical"),
            campaign: of("campaign"),
            publisher: of("publisher"),
            buyer: of("buyer"),
            reviewer: of("reviewer"),
            from: moment("from", 0),
            to: moment("to", 1),
        }
    }
}

/// A value as addresses hold it; what every address may hold stays as people read it.
fn escaped(value: &str) -> String {
    let mut text = String::new();
    for part in value.split_inclusive(['_', '-', '.', '@', ':']) {
        let plain = part.trim_end_matches(['_', '-', '.', '@', ':']);
        text.push_str(&Url::escape(plain));
        text.push_str(&part[plain.len()..]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_written() {
        let filters = QueueFilters::of_query("?publisher=A%26B+C&state=failed&colour=red&rule=");
        assert_eq!(filters.query(), "state=failed&publisher=A%26B%20C");
        assert_eq!(QueueFilters::of_query(&filters.query()), filters);
        assert_eq!(filters.with("publisher", "").address(), "/?state=failed");
        assert_eq!(filters.with("publisher", "").with("state", "").address(), "/");
        assert_eq!(
            QueueFilters::of_query("state=to_review&from=2026-11-26").address(),
            "/?state=to_review&from=2026-11-26"
        );
        assert_eq!(filters.beside_state(), [("publisher", "Publisher", "A&B C".to_owned())]);
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn days_are_those_of_the_zone() {
        let filters = QueueFilters::of_query("from=2026-11-26&to=2026-11-26&zone=-300");
        let filter = filters.for_database();
        assert_eq!(filter.from.as_deref(), Some("2026-11-26T05:00:00+00:00"));
        assert_eq!(filter.to.as_deref(), Some("2026-11-27T05:00:00+00:00"));
        assert_eq!(QueueFilters::of_query("from=soon").for_database().from.as_deref(), Some("soon"));
        assert_eq!(QueueFilters::of_query("state=failed&zone=60").query(), "state=failed");
    }
}
