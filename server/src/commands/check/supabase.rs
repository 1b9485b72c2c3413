//! Keys and roles.

use supabase_client::http::{Api, Error};
use supabase_client::user::Role;
use url::Url;

use super::{Tried, shown};

/// The key with which the review app speaks until somebody signs in.
pub async fn publishable_key(api: &Api, url: &Url) -> Tried {
    match api.reach().await {
        Err(Error::Forbidden) => Ok(format!("{} answers, and the key alone may do nothing", shown(url))),
        Ok(()) => {
            Err("this is a secret key, with which everything may be done. Set the publishable (or anon) key \
                       here: Settings, API Keys in Supabase's dashboard."
                .to_owned())
        }
        Err(failure) => Err(trouble(&failure, url)),
    }
}

/// The key with which the lanes speak.
pub async fn secret_key(api: &Api, url: &Url) -> Tried {
    match api.lane_report().await {
        Ok(_) => Ok("the lanes may work, and the database has what they ask for".to_owned()),
        Err(Error::Forbidden) => {
            Err("this is not a secret key. Set the secret (or service_role) key here: Settings, \
                                      API Keys in Supabase's dashboard."
                .to_owned())
        }
        Err(failure) => Err(trouble(&failure, url)),
    }
}

/// Somebody can review, and a worker can sign in.
pub async fn roles(api: &Api, url: &Url) -> Tried {
    let people = match api.people().await {
        Ok(people) => people.people,
        Err(Error::Forbidden) => return Err("cannot be told without a secret key.".to_owned()),
        Err(failure) => return Err(trouble(&failure, url)),
    };
    let with = |role: Role| people.iter().filter(|person| person.role == Some(role)).count();
    let (admins, reviewers, workers) = (with(Role::Admin), with(Role::Reviewer), with(Role::Worker));
    let found = format!("admins: {admins}, reviewers: {reviewers}, workers: {workers}");
    let nobody = match (admins + reviewers, workers) {
        (0, _) => "can review",
        (_, 0) => "can sign in as a worker",
        _ => return Ok(found),
    };
    Err(format!(
        "nobody {nobody} ({found}). Create a user in Authentication and give it a role in app_metadata: admin, \
         reviewer or worker."
    ))
}

/// What went wrong, in words that lead further than those on a page.
pub fn trouble(failure: &Error, url: &Url) -> String {
    let address = shown(url);
    match failure {
        Error::Unreachable(_) => format!(
            "{address} cannot be reached. Is the address right (CALLSCRIPT_SUPABASE_URL), does this machine reach \
             it, and is the project not paused?"
        ),
        Error::Timeout => format!("{address} does not answer in time. Is the project well?"),
        Error::NotSignedIn => format!(
            "{address} refuses the key. Copy it anew: Settings, API Keys in Supabase's dashboard; the key and the \
             address must be of the same project."
        ),
        Error::Unexpected { code: Some(code), .. } if code == "PGRST106" => {
            "the schema api is not served. Add it to the exposed schemas: Settings, API in Supabase's dashboard."
                .to_owned()
        }
        Error::Unexpected { status: 200, .. } => format!("{failure}. Is the database as new as this server? supabase db push."),
        Error::Unexpected { code: Some(code), .. } if code == "PGRST202" => {
            "the database lacks a function that this server asks for. Push the migrations: supabase db push.".to_owned()
        }
        Error::Unexpected { status: 404, .. } => {
            format!("{address} answers, but not as Supabase does. Is the address the project's, without a path?")
        }
        other => format!("{other}."),
    }
}
