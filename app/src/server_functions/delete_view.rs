use leptos::prelude::*;

use crate::server_error::ServerError;

/// Deletes one of the asker's own views.
#[server(endpoint = "delete_view")]
pub async fn delete_view(view_id: i64) -> Result<(), ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    asker.api()?.delete_view(view_id).await.map_err(|error| asker.answer_to(&error))?;
    Ok(())
}
