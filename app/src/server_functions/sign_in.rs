use leptos::prelude::*;

use crate::server_error::ServerError;

/// Signs in, keeps the session in a cookie, and leads to `next`.
#[server(endpoint = "sign_in")]
pub async fn sign_in(
    email: String,
    password: String,
    #[server(default)] next: String,
) -> Result<(), ServerError> {
    use http::header;
    use secrecy::SecretString;

    let asker = crate::asker::Asker::of_this_request();
    let cookies = asker.state.cookies;
    let response = expect_context::<leptos_axum::ResponseOptions>();
    let email = email.trim();
    match asker.state.supabase.auth().sign_in(email, &SecretString::from(password)).await {
        Ok(session) => {
            response.append_header(header::SET_COOKIE, cookies.keep(&session));
            leptos_axum::redirect(crate::local_path::local_path(&next));
            Ok(())
        }
        Err(error) => {
            response.append_header(header::SET_COOKIE, cookies.keep_email(email));
            Err(asker.answer_to(&error))
        }
    }
}
