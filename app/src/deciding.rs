//! What a reviewer has still to decide about the open call, and where each word leads.

use leptos::prelude::*;
use supabase_client::call::{CallPage, ReviewVerdict};

use crate::browser::focus::focus_first;
use crate::browser::word_forms::{SaidInForm, ask_for_reason};
use crate::components::next_call_button::BUTTON_ID;
use crate::flag_cursor::FlagCursor;
use crate::open_call::{OpenCall, standing_review, undecided_rules};
use crate::outbox::Outbox;
use crate::said::verdict;
use crate::wording;

#[derive(Clone, Copy)]
pub struct Deciding {
    call: OpenCall,
    outbox: Outbox,
    cursor: FlagCursor,
    /// Flags and undecided rules without a word that counts, in the order of the page.
    pub open: Memo<Vec<String>>,
    /// What was spoken of on this page, the latest at the end.
    done: StoredValue<Vec<String>>,
}

impl Deciding {
    #[must_use]
    pub fn new(call: OpenCall, outbox: Outbox, cursor: FlagCursor) -> Self {
        let open = Memo::new(move |_| {
            let flags =
                cursor.flags.with(|flags| flags.iter().map(|flag| flag.id.clone()).collect::<Vec<_>>());
            call.page.with(|page| {
                let rules =
                    undecided_rules(page).into_iter().map(|rule| wording::undecided_rule(&rule.rule_key));
                flags.into_iter().chain(rules).filter(|subject| is_open(page, outbox, subject)).collect()
            })
        });
        Self { call, outbox, cursor, open, done: StoredValue::new(Vec::new()) }
    }

    /// Takes what a form says, unless a reason is missing, and leads on.
    pub fn take(self, sent: &SaidInForm) {
        let SaidInForm { form, subject, verdict, reason } = sent;
        let verdict = match verdict.as_str() {
            "confirmed" => ReviewVerdict::Confirmed,
            "dismissed" => ReviewVerdict::Dismissed,
            "violation" => ReviewVerdict::Violation,
            "pass" => ReviewVerdict::Pass,
            "not_applicable" => ReviewVerdict::NotApplicable,
            "withdrawn" => return self.take_back(subject),
            _ => return,
        };
        let needs_reason = matches!(verdict, ReviewVerdict::Dismissed | ReviewVerdict::NotApplicable);
        if needs_reason && reason.trim().is_empty() {
            ask_for_reason(form);
            return;
        }
        self.outbox.say(self.call, subject, verdict, reason);
        self.note(subject.clone());
        self.go_on(subject);
    }

    /// Remembers that something was said, so that it can be taken back by its key.
    pub fn note(self, subject: String) {
        self.done.update_value(|done| {
            done.retain(|earlier| *earlier != subject);
            done.push(subject);
        });
    }

    /// Takes back what was said last on this page. `false` when nothing was.
    pub fn take_back_last(self) -> bool {
        let last = self.done.with_value(|done| done.last().cloned());
        if let Some(subject) = &last {
            self.take_back(subject);
        }
        last.is_some()
    }

    fn take_back(self, subject: &str) {
        self.done.update_value(|done| done.retain(|earlier| earlier != subject));
        self.outbox.say(self.call, subject, ReviewVerdict::Withdrawn, "");
        let added = self.call.page.with_untracked(|page| {
            !subject.ends_with(wording::UNDECIDED) && page.call.flags.iter().all(|flag| flag.id != subject)
        });
        // A flag that a person added goes with its word.
        if added { self.go_on(subject) } else { self.go_to(subject) }
    }

    /// Leads to the next open flag behind a subject, from the last one to the first; then to the first open rule, and in
    /// the end to the next call.
    fn go_on(self, subject: &str) {
        let flags = self.cursor.flags.get_untracked();
        let here = flags.iter().position(|flag| flag.id == subject).unwrap_or(0);
        let open = self.open.get_untracked();
        let mut behind = flags[here..].iter().chain(&flags[..here]);
        let next = behind.find(|flag| flag.id != subject && open.contains(&flag.id)).map(|flag| &flag.id);
        let next = next.or_else(|| open.iter().find(|next| *next != subject));
        match next {
            Some(next) => self.go_to(next),
            None => focus_first(&format!("#{BUTTON_ID}")),
        }
    }

    /// Chooses a flag, or a rule, and puts the focus on it.
    fn go_to(self, subject: &str) {
        let flag =
            self.cursor.flags.with_untracked(|flags| flags.iter().find(|flag| flag.id == subject).cloned());
        if let Some(flag) = flag {
            self.cursor.go_to(&flag);
            focus_first(&format!("[data-card=\"{subject}\"] .flag-card-play"));
        } else {
            focus_first(&format!("[data-card=\"{subject}\"]"));
        }
    }

    /// Where a page begins that nobody was led to a place of: the first flag that is open, or simply the first.
    pub fn begin(self) {
        let open = self.open.get_untracked();
        let flags = self.cursor.flags.get_untracked();
        if let Some(flag) = flags.iter().find(|flag| open.contains(&flag.id)).or(flags.first()) {
            self.cursor.choose(flag);
        }
    }
}

/// Whether nobody has said about a subject what counts; what is on its way counts as said.
fn is_open(page: &CallPage, outbox: Outbox, subject: &str) -> bool {
    verdict(outbox.on(page.call.call_id, subject).as_ref(), standing_review(page, subject)).is_none()
}
