//! One OpenAI-compatible endpoint over HTTP: retries, what it understands, and what its answers cost.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_openai::types::chat::{CreateChatCompletionRequest, ResponseFormat, ResponseFormatJsonSchema};
use backon::{ExponentialBuilder, Retryable};
use reqwest::{Client, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::answer::Problem;
use super::prompt;
use crate::lanes::clock::{Clock, OnClock};
use crate::lanes::http_answer;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// An answer within its tokens has a few kilobytes; what is larger is no answer.
const LARGEST_ANSWER_BYTES: usize = 256 * 1024;
const TRIES_AGAIN: usize = 2;
/// So often the same request is sent at most.
pub const MOST_TRIES: u64 = TRIES_AGAIN as u64 + 1;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// A call in hand is not kept waiting longer than this; its rules are asked again later.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(20);
const LONGEST_NAME: usize = 100;
/// The same question gives the same answer where the endpoint knows how.
const SEED: i64 = 1;

/// Which endpoint is asked, and how.
#[derive(Debug, Clone)]
pub struct EndpointSettings {
    /// Above `/chat/completions`, for example `https://api.openai.com/v1`.
    pub url: Url,
    pub key: Option<SecretString>,
    pub model: String,
    /// One try of one request, answer included.
    pub timeout: Duration,
}

/// What came back: the model's words, or what is wrong with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub content: Result<String, Problem>,
    /// What the endpoint says which model answered.
    pub model: Option<String>,
    /// Absent where the endpoint does not count.
    pub tokens_in: Option<u64>,
    pub tokens_out: Option<u64>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    #[error("the endpoint answered {status}")]
    Status { status: u16, retry_after: Option<Duration>, complaint: String },
    #[error("the endpoint could not be reached or broke off")]
    Broken,
    #[error("the endpoint did not answer in time")]
    Timeout,
}

impl EndpointError {
    fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() { Self::Timeout } else { Self::Broken }
    }

    /// How long the endpoint wants to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Broken | Self::Timeout => None,
        }
    }

    /// Whether the same request may succeed soon.
    fn is_transient(&self) -> bool {
        match self {
            Self::Status { status, .. } => *status == 408 || *status == 429 || *status >= 500,
            Self::Broken | Self::Timeout => true,
        }
    }
}

/// What the endpoint was seen to understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dialect {
    format: Format,
    /// `temperature` and `seed`.
    steady: bool,
    /// `max_completion_tokens` in place of `max_tokens`.
    new_limit: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Schema,
    Object,
    Free,
}

impl Dialect {
    /// What to leave out after a complaint about a request; `None` where it is about something else, for
    /// example the content.
    fn without(self, complaint: &str) -> Option<Self> {
        let complaint = complaint.to_lowercase();
        let about = |names: &[&str]| names.iter().any(|name| complaint.contains(name));
        let is_unknown = about(&[
            "support",
            "unknown",
            "unrecognized",
            "unexpected",
            "not permitted",
            "not allowed",
            "invalid",
        ]);
        if !is_unknown {
            return None;
        }
        if about(&["max_tokens"]) && !self.new_limit {
            return Some(Self { new_limit: true, ..self });
        }
        if about(&["temperature", "seed"]) && self.steady {
            return Some(Self { steady: false, ..self });
        }
        if !about(&["response_format", "json_schema", "json_object", "schema", "structured output"]) {
            return None;
        }
        match self.format {
            Format::Schema => Some(Self { format: Format::Object, ..self }),
            Format::Object => Some(Self { format: Format::Free, ..self }),
            Format::Free => None,
        }
    }
}

/// A client for one endpoint.
pub struct Endpoint {
    settings: EndpointSettings,
    client: Client,
    completions: Url,
    clock: Arc<dyn Clock>,
    dialect: Mutex<Dialect>,
}

/// The part of an answer that is read: endpoints differ in all the rest, so it is not held against the
/// client library's full type.
#[derive(Deserialize)]
struct Completion {
    model: Option<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

impl Endpoint {
    /// The error is a sentence about the settings.
    pub fn new(settings: EndpointSettings, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(settings.timeout)
            // A key follows no redirect.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| format!("No HTTP client can be made: {error}"))?;
        let mut completions = settings.url.clone();
        completions
            .path_segments_mut()
            .map_err(|()| "CALLSCRIPT_JUDGE_URL is no address of an endpoint.".to_owned())?
            .pop_if_empty()
            .extend(["chat", "completions"]);
        let dialect = Dialect { format: Format::Schema, steady: true, new_limit: false };
        Ok(Self { settings, client, completions, clock, dialect: Mutex::new(dialect) })
    }

    pub fn model(&self) -> &str {
        &self.settings.model
    }

    /// For judgements and alerts; holds no password.
    pub fn name(&self) -> String {
        let mut url = self.settings.url.clone();
        let _ = url.set_password(None);
        let _ = url.set_username("");
        url.set_query(None);
        url.to_string()
    }

    /// Asks once, and again with jitter, as the endpoint wishes, while there is hope. What the endpoint
    /// does not understand is left out from then on.
    pub async fn ask(
        &self,
        texts: &[String; 2],
        schema: &Value,
        answer_tokens: u32,
    ) -> Result<Reply, EndpointError> {
        let known = *self.dialect();
        let mut dialect = known;
        loop {
            let request = self.request(dialect, texts, schema, answer_tokens);
            let failure = match self.ask_until_answered(&request).await {
                Ok(reply) => {
                    // Only what helped is remembered.
                    if dialect != known {
                        tracing::info!(?dialect, "the endpoint does not understand a part of the requests");
                        *self.dialect() = dialect;
                    }
                    return Ok(reply);
                }
                Err(failure) => failure,
            };
            let EndpointError::Status { status: 400 | 422, complaint, .. } = &failure else {
                return Err(failure);
            };
            let Some(less) = dialect.without(complaint) else { return Err(failure) };
            dialect = less;
        }
    }

    fn dialect(&self) -> MutexGuard<'_, Dialect> {
        self.dialect.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request(
        &self,
        dialect: Dialect,
        texts: &[String; 2],
        schema: &Value,
        answer_tokens: u32,
    ) -> CreateChatCompletionRequest {
        let response_format = match dialect.format {
            Format::Schema => Some(ResponseFormat::JsonSchema {
                json_schema: ResponseFormatJsonSchema {
                    description: None,
                    name: "findings".to_owned(),
                    schema: schema.clone(),
                    strict: Some(true),
                },
            }),
            Format::Object => Some(ResponseFormat::JsonObject),
            Format::Free => None,
        };
        #[expect(deprecated, reason = "many endpoints know these names only")]
        CreateChatCompletionRequest {
            model: self.settings.model.clone(),
            messages: prompt::messages(texts.clone()),
            response_format,
            temperature: dialect.steady.then_some(0.0),
            seed: dialect.steady.then_some(SEED),
            max_tokens: (!dialect.new_limit).then_some(answer_tokens),
            max_completion_tokens: dialect.new_limit.then_some(answer_tokens),
            ..CreateChatCompletionRequest::default()
        }
    }

    async fn ask_until_answered(
        &self,
        request: &CreateChatCompletionRequest,
    ) -> Result<Reply, EndpointError> {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(TRIES_AGAIN)
            .with_jitter();
        (|| self.once(request))
            .retry(pauses)
            .sleep(OnClock(Arc::clone(&self.clock)))
            .when(EndpointError::is_transient)
            .adjust(|error, pause| match error {
                EndpointError::Status { retry_after: Some(wish), .. } if *wish > LONGEST_RETRY_AFTER => None,
                EndpointError::Status { retry_after: Some(wish), .. } => pause.map(|pause| pause + *wish),
                _ => pause,
            })
            .notify(|error, pause| tracing::warn!(%error, ?pause, "the endpoint will be asked again"))
            .await
    }

    async fn once(&self, request: &CreateChatCompletionRequest) -> Result<Reply, EndpointError> {
        let mut sending = self.client.post(self.completions.clone()).json(request);
        if let Some(key) = &self.settings.key {
            sending = sending.bearer_auth(key.expose_secret());
        }
        let mut answer = sending.send().await.map_err(|error| EndpointError::of(&error))?;
        let status = answer.status();
        let retry_after = http_answer::retry_after(&answer, self.clock.now());
        let body = http_answer::body(&mut answer, LARGEST_ANSWER_BYTES).await;
        let body = body.map_err(|error| EndpointError::of(&error))?;
        if status != StatusCode::OK {
            let complaint = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
            return Err(EndpointError::Status { status: status.as_u16(), retry_after, complaint });
        }
        let Some(body) = body else { return Ok(Reply::unusable(Problem::TooLong)) };
        Ok(match serde_json::from_slice(&body) {
            Ok(completion) => Reply::of(completion),
            Err(_) => Reply::unusable(Problem::NoCompletion),
        })
    }
}

/// A name as it can be stored and read, whatever the endpoint calls itself.
fn readable(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect()
}

impl Reply {
    fn unusable(problem: Problem) -> Self {
        Self { content: Err(problem), model: None, tokens_in: None, tokens_out: None }
    }

    fn of(completion: Completion) -> Self {
        let content = match completion.choices.into_iter().next() {
            None => Err(Problem::Empty),
            Some(choice) => match (choice.finish_reason.as_deref(), choice.message) {
                (_, Message { refusal: Some(refusal), .. }) if !refusal.is_empty() => Err(Problem::Refusal),
                (Some("length"), _) => Err(Problem::CutOff),
                (Some("content_filter"), _) => Err(Problem::Filtered),
                (_, Message { content: Some(content), .. }) if !content.trim().is_empty() => Ok(content),
                _ => Err(Problem::Empty),
            },
        };
        let usage = completion.usage;
        Self {
            content,
            model: completion.model.map(|model| readable(&model)),
            tokens_in: usage.as_ref().and_then(|usage| usage.prompt_tokens),
            tokens_out: usage.as_ref().and_then(|usage| usage.completion_tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_left_out_step_by_step() {
        let all = Dialect { format: Format::Schema, steady: true, new_limit: false };
        let new_limit = all.without("Unsupported parameter: 'max_tokens'").unwrap();
        assert_eq!(new_limit, Dialect { new_limit: true, ..all });
        let unsteady = new_limit.without("'temperature' does not support 0").unwrap();
        assert_eq!(unsteady, Dialect { steady: false, ..new_limit });
        let object = unsteady.without("response_format json_schema is unknown").unwrap();
        assert_eq!(object.format, Format::Object);
        let free = object.without("response_format is not supported").unwrap();
        assert_eq!((free.format, free.without("unsupported temperature")), (Format::Free, None));
    }

    #[test]
    fn a_complaint_about_the_content_teaches_nothing() {
        let all = Dialect { format: Format::Schema, steady: true, new_limit: false };
        for complaint in [
            "The response was filtered due to the prompt triggering content management policy.",
            "This model's maximum context length is 4096 tokens. Please reduce max_tokens.",
            "{}",
        ] {
            assert_eq!(all.without(complaint), None, "{complaint}");
        }
    }
}
