//! Search over all transcripts.

use serde_json::json;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::search::{SearchChoices, SearchCursor, SearchFilter, SearchPage};

impl Api {
    /// Calls whose transcripts answer a web search, newest first. Never repeated: a search that took too long would
    /// take as long again.
    pub async fn search_transcripts(
        &self,
        query: &str,
        filter: &SearchFilter,
        after: Option<&SearchCursor>,
        page_size: u32,
    ) -> Result<SearchPage, Error> {
        let arguments = json!({ "query": query, "filter": filter, "after": after, "page_size": page_size });
        self.call("search_transcripts", arguments, Repeat::Never).await
    }

    pub async fn search_choices(&self) -> Result<SearchChoices, Error> {
        self.call("search_choices", json!({}), Repeat::ForPerson).await
    }
}
