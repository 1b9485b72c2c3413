//! What a person has said about flags and rules and the server has not kept yet. It survives a reload: a verdict that
//! was given while the connection was away is sent as soon as it is back, from whatever page is open then.

use gloo::events::EventListener;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_use_interval_fn::use_interval_fn;
use serde::{Deserialize, Serialize};
use supabase_client::call::{CallId, Review, ReviewVerdict, Word};
use web_sys::js_sys::{Date, Math};

use crate::browser::keep;
use crate::browser::remember::{remember, remembered};
use crate::open_call::OpenCall;
use crate::server_error::Refusal;
use crate::server_functions::send_word::send_word;

/// How often words that could not be sent are tried again.
const TRY_AGAIN_EVERY_MS: u64 = 4000;

/// A word on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsent {
    pub word: Word,
    /// It may have arrived although no answer has: it can no more be dropped as if it had never been said.
    tried: bool,
    /// Why the server would not keep it; the person says it again, or lets it go.
    pub refused: Option<String>,
}

impl Unsent {
    fn is_about(&self, call_id: CallId, subject: &str) -> bool {
        self.word.call_id == call_id && self.word.subject == subject
    }
}

/// One for all pages; copies share it.
#[derive(Clone, Copy)]
pub struct Outbox {
    /// In the order in which they were said, whatever call they are about.
    words: RwSignal<Vec<Unsent>>,
    /// Whether sending has failed for want of a connection.
    pub waiting: RwSignal<bool>,
    /// The call that the page shows, which takes over what was kept.
    here: RwSignal<Option<OpenCall>>,
    sending: StoredValue<bool>,
    /// Several people may use one browser.
    storage_key: StoredValue<String>,
}

impl Outbox {
    #[must_use]
    pub fn new() -> Self {
        Self {
            words: RwSignal::new(Vec::new()),
            waiting: RwSignal::new(false),
            here: RwSignal::new(None),
            sending: StoredValue::new(false),
            storage_key: StoredValue::new(String::new()),
        }
    }

    /// Takes up what earlier pages have left, and sends until the current owner ends.
    pub fn watch(self, user_id: &str) {
        self.storage_key.set_value(format!("callscript-unsent-{user_id}"));
        self.change(|_| {});
        self.send();
        keep(EventListener::new(&window(), "online", move |_| self.send()));
        use_interval_fn(move || self.send(), TRY_AGAIN_EVERY_MS);
    }

    /// From now until the current owner ends, the page shows this call.
    pub fn open(self, call: OpenCall) {
        self.here.set(Some(call));
        on_cleanup(move || {
            // The next call may be open already.
            if self.here.try_get_untracked().flatten().is_some_and(|here| here.page == call.page) {
                self.here.set(None);
            }
        });
    }

    /// The newest word on a subject that the server has not kept.
    #[must_use]
    pub fn on(self, call_id: CallId, subject: &str) -> Option<Unsent> {
        self.words.with(|words| words.iter().rfind(|unsent| unsent.is_about(call_id, subject)).cloned())
    }

    /// Those about calls that the page does not show.
    #[must_use]
    pub fn elsewhere(self) -> Vec<Unsent> {
        let here = self.here.get().and_then(OpenCall::id);
        self.words
            .with(|words| words.iter().filter(|unsent| Some(unsent.word.call_id) != here).cloned().collect())
    }

    /// Keeps a word here, and sends it. It stands for what was said about the same before.
    pub fn say(self, call: OpenCall, subject: &str, verdict: ReviewVerdict, reason: &str) {
        let Some(call_id) = call.id() else { return };
        let word = Word {
            word_key: new_key(),
            call_id,
            subject: subject.to_owned(),
            verdict,
            reason: Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty()),
            seen: call.newest_review(subject),
        };
        let was_sent = call.has_word_on(subject);
        self.change(|words| {
            words.retain(|unsent| {
                !unsent.is_about(call_id, subject) || unsent.tried && unsent.refused.is_none()
            });
            let left = words.iter().any(|unsent| unsent.is_about(call_id, subject));
            // What never left this browser was never said.
            if was_sent || left || verdict != ReviewVerdict::Withdrawn {
                words.push(Unsent { word, tried: false, refused: None });
            }
        });
        self.send();
    }

    /// Says once more what the server has refused, now that the person has seen why.
    pub fn say_again(self, unsent: &Unsent) {
        if let Some(call) = self.here.get_untracked() {
            let Word { subject, verdict, reason, .. } = &unsent.word;
            self.say(call, subject, *verdict, reason.as_deref().unwrap_or_default());
        }
    }

    /// Lets go of everything that was refused about the same.
    pub fn let_go(self, word: &Word) {
        self.change(|words| words.retain(|unsent| !unsent.is_about(word.call_id, &word.subject)));
    }

    /// Changes the list where it is kept, which other tabs do as well.
    fn change(self, change: impl FnOnce(&mut Vec<Unsent>)) {
        let Some(key) = self.storage_key.try_get_value() else { return };
        let kept = remembered(&key).and_then(|kept| serde_json::from_slice(kept.as_bytes()).ok());
        let mut words: Vec<Unsent> = kept.unwrap_or_else(|| self.words.get_untracked());
        change(&mut words);
        if let Ok(kept) = serde_json::to_string(&words) {
            remember(&key, &kept);
        }
        if self.words.with_untracked(|before| *before != words) {
            self.words.set(words);
        }
    }

    /// Sends one word after another. The first that finds no connection ends it; one that fails alone holds back only
    /// what comes after it about the same.
    fn send(self) {
        let nothing =
            self.words.try_with_untracked(|words| words.iter().all(|unsent| unsent.refused.is_some()));
        if nothing != Some(false) || self.sending.get_value() {
            return;
        }
        self.sending.set_value(true);
        spawn_local(async move {
            let mut held_back: Vec<Word> = Vec::new();
            while let Some(word) = self.next(&held_back) {
                self.edit(&word, |unsent| unsent.tried = true);
                let Word { word_key, call_id, subject, verdict, reason, seen } = word.clone();
                let answer =
                    send_word(word_key, call_id, subject, verdict, reason.unwrap_or_default(), seen).await;
                match answer {
                    Ok(given) => self.kept(&word, given),
                    Err(error) => match error.refusal {
                        Refusal::Offline | Refusal::Unavailable => {
                            self.waiting.try_set(true);
                            break;
                        }
                        Refusal::SignedOut => {
                            let _ = window().location().reload();
                            break;
                        }
                        // Ours or a proxy's fault: it is tried again.
                        Refusal::Unexpected => {
                            self.waiting.try_set(true);
                            held_back.push(word);
                        }
                        _ => {
                            self.edit(&word, |unsent| unsent.refused = Some(error.sentence));
                            // What made it fail may stand on the page soon.
                            if let Some(call) = self.here.try_get_untracked().flatten() {
                                call.ask_again();
                            }
                        }
                    },
                }
            }
            self.sending.try_set_value(false);
        });
    }

    fn next(self, held_back: &[Word]) -> Option<Word> {
        let is_held =
            |unsent: &Unsent| held_back.iter().any(|held| unsent.is_about(held.call_id, &held.subject));
        self.words.try_with_untracked(|words| {
            let next = words.iter().find(|unsent| unsent.refused.is_none() && !is_held(unsent));
            next.map(|unsent| unsent.word.clone())
        })?
    }

    fn edit(self, word: &Word, edit: impl FnOnce(&mut Unsent)) {
        self.change(|words| {
            if let Some(unsent) = words.iter_mut().find(|unsent| unsent.word.word_key == word.word_key) {
                edit(unsent);
            }
        });
    }

    fn kept(self, word: &Word, given: Review) {
        self.waiting.try_set(false);
        if let Some(call) =
            self.here.try_get_untracked().flatten().filter(|call| call.id() == Some(word.call_id))
        {
            call.said(given);
        }
        self.change(|words| words.retain(|unsent| unsent.word.word_key != word.word_key));
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self::new()
    }
}

/// Nobody has to guess it: it only has to differ from this person's other keys.
fn new_key() -> String {
    format!("{:.0}-{:.0}", Date::now(), Math::random() * 1e15)
}
