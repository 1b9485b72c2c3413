use leptos::prelude::*;
use supabase_client::user::Me;

use crate::server_error::ServerError;

/// Who is signed in.
#[server(endpoint = "load_me")]
pub async fn load_me() -> Result<Me, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    api.me().await.map_err(|error| asker.answer_to(&error))
}
