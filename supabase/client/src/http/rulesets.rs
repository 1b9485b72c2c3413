//! Rules as they stand, and drafts that come to count.

use serde_json::json;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::ruleset::Ruleset;

impl Api {
    /// The ruleset that calls of a vertical are judged under from now on; `common` for calls that are not
    /// mapped.
    pub async fn present_ruleset(&self, vertical: &str) -> Result<Ruleset, Error> {
        self.call("present_ruleset", json!({ "vertical": vertical }), Repeat::ForLane).await
    }

    /// Makes the rules of a draft count, all at once; answers with how many there were.
    ///
    /// Never repeated: published, the draft is empty, and a second try would be refused.
    pub async fn publish_draft(&self, draft: &str) -> Result<u32, Error> {
        self.call("publish_draft", json!({ "draft": draft }), Repeat::Never).await
    }
}
