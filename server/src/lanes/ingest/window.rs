//! How a window of call starts is paged through, and when to stop.

/// Ringba's largest page.
pub const PAGE_SIZE: usize = 1_000;

/// No account starts half a million calls in a quarter of an hour: an answer that never ends is cut.
const MOST_PAGES: usize = 500;

/// Where a window stands. The offset always grows by the page size, never by the number of records
/// that came: a short answer in the middle must not shift what follows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Paging {
    pages: usize,
    /// Records that came so far.
    pub fetched: usize,
    /// Ringba's count for the window, as last told.
    pub total: usize,
    pub partial: bool,
}

/// Why paging ended. Only [`Stop::AllFetched`] means that nothing is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    ShortPage,
    PartialResult,
    AllFetched,
    /// A page could not be had.
    Error,
}

impl Stop {
    /// The name in `core.ingest_windows`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ShortPage => "short_page",
            Self::PartialResult => "partial_result",
            Self::AllFetched => "all_fetched",
            Self::Error => "error",
        }
    }
}

impl Paging {
    /// The offset of the next page.
    pub const fn offset(&self) -> usize {
        self.pages * PAGE_SIZE
    }

    /// Takes note of one page, and says whether it was the last.
    pub fn note(&mut self, records: usize, total: usize, partial: bool) -> Option<Stop> {
        self.pages += 1;
        self.fetched += records;
        self.total = total;
        self.partial |= partial;
        if partial {
            Some(Stop::PartialResult)
        } else if self.fetched >= total {
            Some(Stop::AllFetched)
        } else if records < PAGE_SIZE {
            Some(Stop::ShortPage)
        } else if self.pages >= MOST_PAGES {
            Some(Stop::Error)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_rule_stops() {
        for (records, total, partial, stop) in [
            (0, 0, false, Some(Stop::AllFetched)),
            (1_000, 1_000, false, Some(Stop::AllFetched)),
            (1_000, 1_001, false, None),
            (95, 1_000, false, Some(Stop::ShortPage)),
            (1_000, 2_500, true, Some(Stop::PartialResult)),
            (10, 10, true, Some(Stop::PartialResult)),
            (1_000, 0, false, Some(Stop::AllFetched)),
        ] {
            assert_eq!(Paging::default().note(records, total, partial), stop, "{records} of {total}");
        }
    }

    #[test]
    fn a_page_after_the_first_can_be_short_too() {
        let mut paging = Paging::default();
        assert_eq!(paging.note(1_000, 2_500, false), None);
        assert_eq!(paging.offset(), 1_000);
        assert_eq!(paging.note(400, 2_500, false), Some(Stop::ShortPage));
        assert_eq!((paging.fetched, paging.total), (1_400, 2_500));
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
                if let Some(stop) = paging.note(records, total, false) {
                    break stop;
                }
            };
            prop_assert_eq!(stop, Stop::AllFetched);
            prop_assert_eq!(paging.fetched, total);
            prop_assert_eq!(asked.len(), total.div_ceil(PAGE_SIZE).max(1));
            prop_assert!(asked.iter().enumerate().all(|(page, offset)| *offset == page * PAGE_SIZE));
        }

        /// Whatever comes, paging ends, and `all_fetched` is only said of as many records as announced.
        #[test]
        fn paging_always_ends_and_never_overstates(
            pages in prop::collection::vec((0..=PAGE_SIZE, 0_usize..10_000_000, prop::bool::weighted(0.01)), 1..20),
        ) {
            let mut paging = Paging::default();
            let mut pages = pages.into_iter().cycle();
            let stop = loop {
                let (records, total, partial) = pages.next().unwrap();
                if let Some(stop) = paging.note(records, total, partial) {
                    break stop;
                }
            };
            prop_assert!(paging.offset() <= MOST_PAGES * PAGE_SIZE);
            if stop == Stop::AllFetched {
                prop_assert!(paging.fetched >= paging.total && !paging.partial);
            }
        }
    }
}
