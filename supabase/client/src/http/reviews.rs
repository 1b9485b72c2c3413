//! What people say about a call, and who has it open.

use serde_json::json;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::call::{CallId, CallPage, Comment, Review, Word};

impl Api {
    /// Notes that the asker has the call open, and tells how it stands now, without its transcript. `None` when there
    /// is no such call.
    pub async fn touch_call(&self, call_id: CallId) -> Result<Option<CallPage>, Error> {
        self.call("touch_call", json!({ "call_id": call_id }), Repeat::ForPerson).await
    }

    /// Notes that the asker has closed the call.
    pub async fn leave_call(&self, call_id: CallId) -> Result<(), Error> {
        self.call("leave_call", json!({ "call_id": call_id }), Repeat::ForPerson).await
    }

    /// Takes back what was last said about a flag or an undecided rule. Never repeated, as
    /// [`Api::review_flag`]; the second would be refused and hide that the first succeeded.
    pub async fn withdraw_review(&self, call_id: CallId, flag_id: &str) -> Result<Review, Error> {
        self.call("withdraw_review", json!({ "call_id": call_id, "flag_id": flag_id }), Repeat::Never).await
    }

    /// Keeps a word on a flag or an undecided rule once, however often it is sent with the same key. Refused where
    /// somebody else has spoken after the review that the person had `seen`.
    pub async fn send_word(&self, word: &Word) -> Result<Review, Error> {
        self.call("send_word", json!(word), Repeat::ForPerson).await
    }

    /// Adds a violation that the judge missed: a rule of the shown judgement, and the words that break it, counted from
    /// 0 over the whole transcript, both included. Never repeated, as [`Api::review_flag`].
    pub async fn add_flag(
        &self,
        call_id: CallId,
        rule_key: &str,
        words: (u32, u32),
        reason: Option<&str>,
    ) -> Result<Review, Error> {
        let (first_word, last_word) = words;
        let arguments = json!({
            "call_id": call_id, "rule_key": rule_key, "first_word": first_word, "last_word": last_word, "reason": reason,
        });
        self.call("add_flag", arguments, Repeat::Never).await
    }

    /// Keeps a comment at a moment of the recording in milliseconds, or about the whole call. Never repeated: there
    /// would be two.
    pub async fn add_comment(
        &self,
        call_id: CallId,
        body: &str,
        at_ms: Option<u32>,
    ) -> Result<Comment, Error> {
        let arguments = json!({ "call_id": call_id, "body": body, "at_ms": at_ms });
        self.call("add_comment", arguments, Repeat::Never).await
    }

    /// Takes back a comment of one's own.
    pub async fn remove_comment(&self, comment_id: i64) -> Result<(), Error> {
        self.call("remove_comment", json!({ "comment_id": comment_id }), Repeat::Never).await
    }
}
