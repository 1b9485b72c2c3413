use leptos::prelude::*;
use supabase_client::user::Me;

use crate::server_error::ServerError;

/// Who is signed in.
#[server(endpoint = "load_me")]
pub async fn load_me() -> Result<Me, ServerError> {
    let api = crate::asker::asker()?;
    api.me().await.map_err(|error| crate::server_error::answer_of(&error))
}
