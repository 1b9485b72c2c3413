use leptos::prelude::*;

use crate::server_error::ServerError;

/// Ends the session at Auth and forgets its cookie. Being signed out already is a success.
#[server(endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), ServerError> {
    use crate::session::RequestSession;
    use http::header;

    let asker = crate::asker::Asker::of_this_request();
    let response = expect_context::<leptos_axum::ResponseOptions>();
    // Whatever Auth answers, this browser's session ends here; the token runs out by itself.
    if let RequestSession::SignedIn { access_token } = &asker.session
        && let Err(error) = asker.state.supabase.auth().sign_out(access_token).await
    {
        tracing::warn!(%error, "a session could not be ended at Auth");
    }
    response.append_header(header::SET_COOKIE, asker.state.cookies.forget());
    leptos_axum::redirect("/sign-in");
    Ok(())
}
