//! The language model that judged rules are asked of.

use std::sync::Arc;

use serde_json::json;

use super::Tried;
use crate::lanes::clock::Clock;
use crate::lanes::judge::model::endpoint::{Endpoint, EndpointError, EndpointSettings};

const ANSWER_TOKENS: u32 = 200;

/// One short question. Whatever the model answers, its address, its key and its name are right.
pub async fn endpoint(settings: EndpointSettings, clock: Arc<dyn Clock>) -> Tried {
    let endpoint = Endpoint::new(settings, clock)?;
    let question = [
        "You answer in JSON.".to_owned(),
        "Is this connection working? Answer {\"works\": true}.".to_owned(),
    ];
    let schema = json!({
        "type": "object",
        "properties": { "works": { "type": "boolean" } },
        "required": ["works"],
        "additionalProperties": false,
    });
    let (name, address) = (endpoint.model().to_owned(), endpoint.name());
    match endpoint.ask(&question, &schema, ANSWER_TOKENS).await {
        Ok(reply) => Ok(format!("{} answers at {address}", reply.model.unwrap_or(name))),
        Err(EndpointError::Status { status: 401 | 403, .. }) => {
            Err(format!("{address} refuses the key. Compare CALLSCRIPT_JUDGE_KEY."))
        }
        Err(EndpointError::Status { status: 404, .. }) => Err(format!(
            "{address} knows no model {name}, or is no OpenAI-compatible endpoint. Compare CALLSCRIPT_JUDGE_MODEL; the \
             address ends above /chat/completions."
        )),
        Err(EndpointError::Status { status: 402 | 429, .. }) => {
            Err(format!("{address} takes no more requests at present. Is the account's quota used up?"))
        }
        // What an endpoint complains of may repeat the question, but holds no transcript here.
        Err(EndpointError::Status { status: 400 | 422, complaint, .. }) => {
            let complaint: String =
                complaint.chars().filter(|letter| !letter.is_control()).take(200).collect();
            Err(format!("{address} does not understand the request: {complaint}"))
        }
        Err(other) => Err(format!("{other} ({address}). Does this machine reach it?")),
    }
}
