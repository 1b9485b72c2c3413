//! `POST /v1/chat/completions`: one answer to a conversation.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::time::sleep;

use crate::behaviour::Behaviour;
use crate::completion::Completion;
use crate::faults::Fault;
use crate::question::Question;
use crate::random::Drawn;
use crate::reader;
use crate::refusal::Refusal;
use crate::response_format;
use crate::spoiled;
use crate::world::World;

/// What a model says that is asked something else.
const NO_QUESTION: &str = "Hello! How can I help you today?";

pub async fn complete(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<Response, Refusal> {
    world.check_key(&headers)?;
    let Json(body) = body?;
    check(&body)?;
    let drawn = world.faults.take(&body);
    let fault = if let Drawn::Fault(fault) = &drawn { Some(fault.clone()) } else { None };
    // Before the request counts: who has seen it counted can let it go.
    let let_go = world.let_go.notified();
    let _in_flight = world.journal.enter(body.clone(), fault.clone(), matches!(drawn, Drawn::Honest));
    let behaviour = world.behaviour().clone();
    sleep(Duration::from_millis(behaviour.latency_ms)).await;
    match &fault {
        Some(Fault::Slow { ms }) => sleep(Duration::from_millis(*ms)).await,
        Some(Fault::Held) => let_go.await,
        Some(Fault::Never) => pending().await,
        Some(Fault::RateLimited { retry_after_s }) => return Err(Refusal::rate_limited(*retry_after_s)),
        Some(Fault::Status { status }) => return Err(Refusal::status(*status)),
        Some(Fault::EchoedKey { status }) => return Err(Refusal::echoing(&world.api_key, *status)),
        Some(Fault::HtmlPage { status }) => return Ok(spoiled::page(*status)),
        Some(Fault::NoJsonSchema) => {
            let message = "Invalid parameter: 'response_format' of type 'json_schema' is not supported with \
                this model.";
            return Err(Refusal::of_parameter("response_format", message));
        }
        Some(Fault::NoParameter { name }) => {
            let message = format!("Unsupported parameter: '{name}' is not supported with this model.");
            return Err(Refusal::of_parameter(name, message).with_code("unsupported_parameter"));
        }
        _ => {}
    }
    let content = match drawn {
        Drawn::Content(content) => content,
        _ => content(&body, &behaviour, fault.as_ref()),
    };
    let mut completion = Completion::of(content, &body, &behaviour);
    if let Some(fault) = &fault {
        spoiled::spoil_completion(&mut completion, fault);
    }
    Ok(completion.into_response())
}

fn check(body: &Value) -> Result<(), Refusal> {
    if body["model"].as_str().is_none_or(str::is_empty) {
        return Err(Refusal::bad_request("you must provide a model parameter"));
    }
    if body["messages"].as_array().is_none_or(Vec::is_empty) {
        return Err(Refusal::of_parameter("messages", "Missing required parameter: 'messages'."));
    }
    response_format::check(body)
}

fn content(body: &Value, behaviour: &Behaviour, fault: Option<&Fault>) -> String {
    let Some(question) = Question::of(body) else { return NO_QUESTION.to_owned() };
    let mut answer = reader::read(&question, &behaviour.readings);
    if let Some(fault) = fault {
        spoiled::spoil_answer(&mut answer, &question, fault);
    }
    answer.text()
}
