use leptos::prelude::*;
use supabase_client::call::{CallPage, Review, ReviewVerdict};

use crate::open_call::standing_review;
use crate::outbox::{Outbox, Unsent};

/// What was said about a flag or an undecided rule.
#[derive(Clone, PartialEq)]
pub struct Said {
    /// By anybody, newest first.
    pub kept: Vec<Review>,
    /// By this person, and not yet on the server.
    pub unsent: Option<Unsent>,
    stands: bool,
}

impl Said {
    pub fn about(subject: String, page: RwSignal<CallPage>, outbox: Outbox) -> Memo<Self> {
        Memo::new(move |_| {
            let (call_id, kept, stands) = page.with(|page| {
                let about = page.reviews.iter().filter(|review| review.flag_id == subject);
                (page.call.call_id, about.cloned().collect(), standing_review(page, &subject).is_some())
            });
            Self { kept, unsent: outbox.on(call_id, &subject), stands }
        })
    }

    /// The word that counts, where one does.
    pub fn standing(&self) -> Option<&Review> {
        self.kept.first().filter(|_| self.stands)
    }

    #[must_use]
    pub fn verdict(&self) -> Option<ReviewVerdict> {
        verdict(self.unsent.as_ref(), self.standing())
    }
}

/// How a flag or a rule is decided, once what is on its way has arrived.
pub fn verdict(unsent: Option<&Unsent>, standing: Option<&Review>) -> Option<ReviewVerdict> {
    match unsent.filter(|unsent| unsent.refused.is_none()) {
        Some(unsent) => Some(unsent.word.verdict).filter(|verdict| *verdict != ReviewVerdict::Withdrawn),
        None => standing.map(|review| review.verdict),
    }
}
