//! A chat completion as it goes over the wire.

use axum::Json;
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use serde_json::{Value, json};

use crate::behaviour::{Behaviour, Usage};
use crate::question::all_text;

/// One answer with its only choice.
#[derive(Debug)]
pub struct Completion {
    pub content: Option<String>,
    pub refusal: Option<&'static str>,
    pub finish_reason: &'static str,
    pub model: String,
    pub usage: Option<Usage>,
}

impl Completion {
    /// A whole answer of this content.
    pub fn of(content: String, body: &Value, behaviour: &Behaviour) -> Self {
        let asked = body["model"].as_str().unwrap_or_default();
        let model = behaviour.returned_model.clone().unwrap_or_else(|| format!("{asked}-2026-01-01"));
        let counted =
            || Usage { prompt_tokens: tokens(&all_text(body)), completion_tokens: tokens(&content) };
        let usage = Some(behaviour.usage.unwrap_or_else(counted));
        Self { content: Some(content), refusal: None, finish_reason: "stop", model, usage }
    }
}

/// About as many as a tokenizer makes.
fn tokens(text: &str) -> u64 {
    text.split_whitespace().count() as u64 * 4 / 3
}

impl IntoResponse for Completion {
    fn into_response(self) -> Response {
        let mut answer = json!({
            "id": format!("chatcmpl-{:032x}", rand::random::<u128>()),
            "object": "chat.completion",
            "created": Utc::now().timestamp(),
            "model": self.model,
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": self.content, "refusal": self.refusal},
                "finish_reason": self.finish_reason,
            }],
        });
        if let Some(Usage { prompt_tokens, completion_tokens }) = self.usage {
            answer["usage"] = json!({
                "prompt_tokens": prompt_tokens,
                "completion_tokens": completion_tokens,
                "total_tokens": prompt_tokens + completion_tokens,
            });
        }
        Json(answer).into_response()
    }
}
