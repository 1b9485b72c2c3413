//! What can go wrong between this process and Supabase. Transport, refusals of the gateway and
//! refusals of the database all end here; what a caller got wrong by itself does not.

use std::time::Duration;

use serde::Deserialize;

/// A failed call to PostgREST, Auth or Storage.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer: no connection, a broken one, or an answer that ended early.
    #[error("Supabase is unreachable")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("Supabase did not answer in time")]
    Timeout,
    /// The session is missing, unknown or over.
    #[error("not signed in")]
    NotSignedIn,
    /// The person is known and may not do this.
    #[error("forbidden")]
    Forbidden,
    /// Sign-in with an unknown address or a wrong password; Auth does not say which.
    #[error("wrong e-mail address or password")]
    WrongPassword,
    /// The lease token is stale: the call belongs to somebody else now.
    #[error("lease lost")]
    LeaseLost,
    #[error("not found")]
    NotFound,
    /// The database or Storage refused what it was given. The sentence can be shown.
    #[error("refused: {sentence}")]
    Refused { constraint: Option<String>, sentence: String },
    /// The settings cannot be right. The sentence can be shown to whoever starts the program.
    #[error("{0}")]
    Settings(&'static str),
    /// The data that should have been uploaded could not be read.
    #[error("the source of an upload failed")]
    Source(#[source] std::io::Error),
    /// Everything else: for the log, never for a page.
    #[error("unexpected answer {status} {code}: {message}", code = code.as_deref().unwrap_or("without code"))]
    Unexpected { status: u16, code: Option<String>, message: String },
}

/// The longest piece of a foreign message that is kept for the log.
const MESSAGE_CHARS: usize = 300;

impl Error {
    /// Whether the same call may succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Timeout => true,
            Self::Unexpected { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }

    /// What a person is told. Holds no internals.
    pub fn sentence(&self) -> String {
        match self {
            Self::Unreachable(_) => "The database cannot be reached at the moment. Please try again.",
            Self::Timeout => "The database took too long to answer. Please try again.",
            Self::NotSignedIn => "Your session is over. Please sign in again.",
            Self::Forbidden => "You are not allowed to do this.",
            Self::WrongPassword => "The e-mail address or the password is wrong.",
            Self::LeaseLost => "This call was taken over by another worker.",
            Self::NotFound => "This does not exist, or no longer.",
            Self::Refused { sentence, .. } => sentence,
            Self::Settings(sentence) => sentence,
            Self::Source(_) => "The recording could not be read.",
            Self::Unexpected { status: 429, .. } => {
                "Too many requests at once. Please wait a minute and try again."
            }
            Self::Unexpected { .. } => "Something went wrong on our side. Please try again.",
        }
        .to_owned()
    }

    pub(super) fn unreachable(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Unreachable(Box::new(error))
    }

    /// An answer that is not what the service promises: for example a gateway's own error page.
    pub(super) fn unexpected(status: u16, message: &str) -> Self {
        Self::Unexpected { status, code: None, message: shorten(message) }
    }

    /// PostgREST's refusal: HTTP status and body `{code, message, details, hint}`.
    ///
    /// The code decides before the status, because servers disagree on the status of 42501.
    pub(super) fn from_rest(status: u16, body: &str) -> Self {
        let Ok(RestBody { code: Some(code), message }) = serde_json::from_str::<RestBody>(body) else {
            return Self::from_status(status, body);
        };
        match code.as_str() {
            "42501" | "PT403" => Self::Forbidden,
            "PT409" if message == "lease lost" => Self::LeaseLost,
            "PGRST301" | "PGRST302" | "PGRST303" | "PT401" => Self::NotSignedIn,
            "PT404" | "P0002" => Self::NotFound,
            // Raised by our own functions, in words meant for people.
            "P0001" | "PT400" | "PT409" | "PT422" => Self::Refused { constraint: None, sentence: message },
            code if code.starts_with("23") => refused_by_constraint(&message),
            "22023" if status != 401 => Self::Refused { constraint: None, sentence: message },
            code if code.starts_with("22") => {
                Self::Refused { constraint: None, sentence: "A value has the wrong form.".to_owned() }
            }
            _ if status == 401 => Self::NotSignedIn,
            _ => Self::Unexpected { status, code: Some(code), message: shorten(&message) },
        }
    }

    /// Storage's refusal. Storage sends 400 for almost everything and puts the real status into
    /// the body, as text.
    pub(super) fn from_storage(status: u16, body: &str) -> Self {
        let Ok(StorageBody { status_code, code, message }) = serde_json::from_str::<StorageBody>(body) else {
            return Self::from_status(status, body);
        };
        let status = status_code.and_then(|text| text.parse().ok()).unwrap_or(status);
        match status {
            // A missing, broken or expired token is reported as 403 as well, with the verifier's words.
            403 if message.to_ascii_lowercase().contains("jw") => Self::NotSignedIn,
            401 => Self::NotSignedIn,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            413 => refused("The file is larger than Storage accepts."),
            415 => refused("Storage does not accept files of this type."),
            _ => Self::Unexpected { status, code, message: shorten(&message) },
        }
    }

    fn from_status(status: u16, body: &str) -> Self {
        match status {
            401 => Self::NotSignedIn,
            403 => Self::Forbidden,
            _ => Self::unexpected(status, body),
        }
    }
}

impl From<tokio::time::error::Elapsed> for Error {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Self::Timeout
    }
}

/// Waits for a call no longer than `limit`.
pub(super) async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(limit, call).await?
}

#[derive(Deserialize)]
struct RestBody {
    code: Option<String>,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StorageBody {
    status_code: Option<String>,
    code: Option<String>,
    #[serde(default)]
    message: String,
}

/// What people are told when a named constraint refuses.
const CONSTRAINT_SENTENCES: &[(&str, &str)] = &[
    ("status_valid", "There is no such state of a call."),
    ("valid_processing_state", "A call without a kept recording cannot be in this state."),
    ("retry_limit", "This call has failed three times; it needs a retry by hand."),
    ("lease_complete", "A call is held by exactly one worker or by nobody."),
    ("verdict_complete", "A verdict needs its flags, the rules it was given under and the model."),
    ("verdict_follows_rules", "A verdict follows from how its rules ended."),
    ("failed_names_lane", "A failed call names the lane that gave up."),
    (
        "recording_needed_for_work",
        "The recording of this call was deleted when its time was over: it cannot be tried again.",
    ),
    (
        "transcript_needed_for_work",
        "The transcript of this call was deleted when its time was over: it cannot be judged again.",
    ),
    ("retention_age_valid", "This age is too short or too long."),
    ("review_copy_complete", "A review copy has a path, a size, a SHA-256 and a content type."),
    ("review_copy_not_empty", "A review copy has more than 0 bytes."),
    ("review_sha256_valid", "The SHA-256 of a review copy is 64 hexadecimal digits in lower case."),
    ("review_content_type_valid", "A review copy is of a type below audio/."),
    ("review_copy_beside_original", "A review copy lies beside the recording that it was made of."),
    ("dismissal_has_reason", "A dismissal needs a reason."),
    ("not_applicable_has_reason", "Say why the rule does not apply to this call."),
    ("review_fits_subject", "A flag is confirmed or dismissed; an undecided rule is settled."),
    ("review_reason_short", "The reason is too long: 2000 characters at most."),
];

/// Postgres names the constraint in its own message; a trigger of ours that borrows the code writes
/// a sentence instead.
fn refused_by_constraint(message: &str) -> Error {
    let constraint = constraint_in(message).map(str::to_owned);
    Error::Refused { constraint, sentence: sentence_of_constraint(message) }
}

fn constraint_in(message: &str) -> Option<&str> {
    message.split_once(" constraint \"").and_then(|(_, rest)| rest.split_once('"')).map(|(name, _)| name)
}

/// What people are told in place of a message about a constraint; a sentence of ours stays as it is.
pub(super) fn sentence_of_constraint(message: &str) -> String {
    let sentence = match constraint_in(message) {
        Some(name) => CONSTRAINT_SENTENCES
            .iter()
            .find(|(constraint, _)| *constraint == name)
            .map_or("The database refused these values.", |(_, sentence)| sentence),
        None if message.contains("violates") => "A value is missing or contradicts another.",
        None => message,
    };
    sentence.to_owned()
}

fn refused(sentence: &str) -> Error {
    Error::Refused { constraint: None, sentence: sentence.to_owned() }
}

fn shorten(message: &str) -> String {
    message.chars().take(MESSAGE_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_constraint_with_a_sentence_exists() {
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
        let files = std::fs::read_dir(migrations).unwrap().map(|entry| entry.unwrap().path());
        let sql: String = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
        for (constraint, _) in CONSTRAINT_SENTENCES {
            assert!(sql.contains(&format!("constraint {constraint} check")), "{constraint}");
        }
    }
}
