//! How a window of call starts is paged through, and when to stop.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use supabase_client::ingest::{StopReason, WindowReport};

/// Ringba's largest page.
pub const PAGE_SIZE: usize = 1_000;

/// No account starts half a million calls in a quarter of an hour: an answer that never ends is cut.
const MOST_PAGES: usize = 500;

/// Where a window stands. The offset always grows by the page size, never by the number of records
/// that came: a short answer in the middle must not shift what follows.
#[derive(Debug, Default)]
pub struct Paging {
    pages: usize,
    /// Records that came so far, the same call twice counted twice.
    received: u64,
    /// Different calls that came so far, by the hashes of their ids: records that move between pages while
    /// they are read come twice, and others never.
    seen: HashSet<u64>,
    /// Records without an id; nothing tells them apart.
    nameless: u64,
    /// Ringba's count for the window, the highest that it told.
    total: u64,
    partial: bool,
}

impl Paging {
    /// The offset of the next page.
    pub const fn offset(&self) -> usize {
        self.pages * PAGE_SIZE
    }

    /// Takes note of one page by the ids of its records, and says whether it was the last.
    pub fn note<'a>(
        &mut self,
        ids: impl IntoIterator<Item = Option<&'a str>>,
        total: u64,
        partial: bool,
    ) -> Option<StopReason> {
        let mut records = 0;
        for id in ids {
            records += 1;
            match id {
                Some(id) => {
                    let mut hasher = DefaultHasher::new();
                    id.hash(&mut hasher);
                    self.seen.insert(hasher.finish());
                }
                None => self.nameless += 1,
            }
        }
        self.pages += 1;
        self.received += records;
        self.total = self.total.max(total);
        self.partial |= partial;
        if partial {
            Some(StopReason::PartialResult)
        } else if self.received >= total {
            Some(StopReason::AllFetched)
        } else if records < PAGE_SIZE as u64 {
            Some(StopReason::ShortPage)
        } else if self.pages >= MOST_PAGES {
            Some(StopReason::PageLimit)
        } else {
            None
        }
    }

    /// What is told of a window that ended like this.
    pub fn report(&self, stop_reason: StopReason, retry_after: Option<Duration>) -> WindowReport {
        WindowReport {
            fetched: self.seen.len() as u64 + self.nameless,
            total: self.total,
            partial: self.partial,
            stop_reason,
            retry_after_seconds: retry_after.map(|wait| wait.as_secs()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use supabase_client::ingest::StopReason::{AllFetched, PartialResult, ShortPage};

    use super::*;

    /// The ids of `records` different calls, from a number on.
    fn ids(from: usize, records: usize) -> Vec<String> {
        (from..from + records).map(|id| id.to_string()).collect()
    }

    fn note(paging: &mut Paging, ids: &[String], total: u64, partial: bool) -> Option<StopReason> {
        paging.note(ids.iter().map(|id| Some(id.as_str())), total, partial)
    }

    #[test]
    fn each_rule_stops() {
        for (records, total, partial, stop) in [
            (0, 0, false, Some(AllFetched)),
            (1_000, 1_000, false, Some(AllFetched)),
            (1_000, 1_001, false, None),
            (95, 1_000, false, Some(ShortPage)),
            (1_000, 2_500, true, Some(PartialResult)),
            (10, 10, true, Some(PartialResult)),
            (1_000, 0, false, Some(AllFetched)),
        ] {
            let mut paging = Paging::default();
            assert_eq!(note(&mut paging, &ids(0, records), total, partial), stop, "{records} of {total}");
        }
    }

    #[test]
    fn a_page_after_the_first_can_be_short_too() {
        let mut paging = Paging::default();
        assert_eq!(note(&mut paging, &ids(0, 1_000), 2_500, false), None);
        assert_eq!(paging.offset(), 1_000);
        assert_eq!(note(&mut paging, &ids(1_000, 400), 2_500, false), Some(ShortPage));
        let report = paging.report(ShortPage, None);
        assert_eq!((report.fetched, report.total), (1_400, 2_500));
    }

    #[test]
    fn the_same_call_twice_is_one_call() {
        let mut paging = Paging::default();
        let twice = [ids(0, 500), ids(0, 500)].concat();
        assert_eq!(note(&mut paging, &twice, 1_000, false), Some(AllFetched), "that many records came");
        assert_eq!(paging.report(AllFetched, None).fetched, 500, "and half as many calls");
    }

    #[test]
    fn the_highest_count_is_what_a_window_is_held_against() {
        let mut paging = Paging::default();
        assert_eq!(note(&mut paging, &ids(0, 1_000), 2_500, false), None);
        assert_eq!(note(&mut paging, &ids(1_000, 1_000), 1_900, false), Some(AllFetched));
        assert_eq!(paging.report(AllFetched, None).total, 2_500);
    }

    proptest! {
        /// Honest answers are read to the end, with no page more than needed.
        #[test]
        fn an_honest_window_is_fetched_whole(total in 0_usize..20_000) {
            let mut paging = Paging::default();
            let mut asked = Vec::new();
            let stop = loop {
                asked.push(paging.offset());
                let records = total.saturating_sub(paging.offset()).min(PAGE_SIZE);
                let page = ids(paging.offset(), records);
                if let Some(stop) = note(&mut paging, &page, total as u64, false) {
                    break stop;
                }
            };
            prop_assert_eq!(stop, AllFetched);
            prop_assert_eq!(paging.report(stop, None).fetched, total as u64);
            prop_assert_eq!(asked.len(), total.div_ceil(PAGE_SIZE).max(1));
            prop_assert!(asked.iter().enumerate().all(|(page, offset)| *offset == page * PAGE_SIZE));
        }

        /// Whatever comes, paging ends, and no more is claimed than different calls came.
        #[test]
        fn paging_always_ends_and_never_overstates(
            pages in prop::collection::vec(
                (0..=PAGE_SIZE, 0_usize..3_000, 0_u64..10_000_000, prop::bool::weighted(0.01)), 1..20),
        ) {
            let mut paging = Paging::default();
            let mut different = std::collections::BTreeSet::new();
            let mut pages = pages.into_iter().cycle();
            let stop = loop {
                let (records, from, total, partial) = pages.next().unwrap();
                let page = ids(from, records);
                different.extend(page.iter().cloned());
                if let Some(stop) = note(&mut paging, &page, total, partial) {
                    break stop;
                }
            };
            prop_assert!(paging.offset() <= MOST_PAGES * PAGE_SIZE);
            prop_assert_eq!(paging.report(stop, None).fetched, different.len() as u64);
        }
    }
}
