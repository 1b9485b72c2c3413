//! The queue page: filters, pages, saved views, the next call.

use serde_json::json;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::call::CallId;
use crate::queue::{NextCall, QueueChoices, QueueCursor, QueueFilter, QueuePage, SavedView};

impl Api {
    /// A page of the queue, 1 to 1000 calls, from its top or from where another page ended.
    pub async fn queue_page(
        &self,
        filter: &QueueFilter,
        after: Option<QueueCursor>,
        page_size: u32,
    ) -> Result<QueuePage, Error> {
        let arguments = json!({ "filter": filter, "after": after, "page_size": page_size });
        self.call("queue_page", arguments, Repeat::ForPerson).await
    }

    /// What the queue's filters offer.
    pub async fn queue_choices(&self) -> Result<QueueChoices, Error> {
        self.call("queue_choices", json!({}), Repeat::ForPerson).await
    }

    /// The most urgent call that needs somebody and that nobody else has open; the asker has it open from now on,
    /// and no longer the one that is left. Never repeated: the second would take another call.
    pub async fn next_call(
        &self,
        filter: &QueueFilter,
        leaving: Option<CallId>,
    ) -> Result<Option<NextCall>, Error> {
        self.call("next_call", json!({ "filter": filter, "leaving": leaving }), Repeat::Never).await
    }

    /// The asker's own views, by name.
    pub async fn saved_views(&self) -> Result<Vec<SavedView>, Error> {
        self.call("saved_views", json!({}), Repeat::ForPerson).await
    }

    /// Keeps a query string under a name. Never repeated: the second would be refused and hide that the first
    /// succeeded.
    pub async fn save_view(&self, name: &str, query: &str) -> Result<SavedView, Error> {
        self.call("save_view", json!({ "name": name, "query": query }), Repeat::Never).await
    }

    /// Deletes a view of the asker; `false` when there was none.
    pub async fn delete_view(&self, view_id: i64) -> Result<bool, Error> {
        self.call("delete_view", json!({ "view_id": view_id }), Repeat::ForPerson).await
    }
}
