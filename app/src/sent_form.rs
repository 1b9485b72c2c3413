//! Forms that are sent without leaving the page.
//!
//! Each is a plain form of a server function and works without JavaScript. Leptos's own forms read what is sent into
//! the function's type and write it out again, and bring the code for both to the browser.

use leptos::ev::SubmitEvent;
use leptos::form::form_data_from_event;
use leptos::prelude::*;
use leptos::server_fn::error::ServerFnUrlError;
use leptos::server_fn::redirect::{REDIRECT_HEADER, call_redirect_hook};
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlFormElement, RequestInit, Response, UrlSearchParams};

use crate::server_error::{Refusal, ServerError};

/// What became of the forms of one or more server functions.
#[derive(Debug, Clone, Copy)]
pub struct SentForm {
    pending: RwSignal<bool>,
    /// The newest answer, as it came.
    answer: RwSignal<Option<Result<String, ServerError>>>,
    answers: RwSignal<u32>,
}

impl SentForm {
    /// `paths`: those of the server functions.
    pub fn new(paths: &[&str]) -> Self {
        let answer = refused_without_script(paths).map(Err);
        Self { pending: RwSignal::new(false), answer: RwSignal::new(answer), answers: RwSignal::new(0) }
    }

    /// To be called when a form is submitted.
    pub fn send(self, event: SubmitEvent) {
        event.prevent_default();
        let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        let (Some(form), Ok(fields)) = (form, form_data_from_event(&event)) else { return };
        self.pending.set(true);
        spawn_local(async move {
            let answer = post(&form.get_attribute("action").unwrap_or_default(), &fields).await;
            // The page may be gone when the answer comes.
            self.pending.try_set(false);
            self.answer.try_set(Some(answer));
            self.answers.try_update(|answers| *answers += 1);
        });
    }

    pub fn pending(self) -> bool {
        self.pending.get()
    }

    /// How many answers have come.
    pub fn answers(self) -> u32 {
        self.answers.get()
    }

    /// The newest answer.
    pub fn answer<T: DeserializeOwned>(self) -> Option<Result<T, ServerError>> {
        let read =
            |text: String| serde_json::from_slice(text.as_bytes()).map_err(|_| Refusal::Unexpected.into());
        self.answer.get().map(|answer| answer.and_then(read))
    }

    /// Why the newest answer is none.
    pub fn refusal(self) -> Option<String> {
        self.answer.with(|answer| Some(answer.as_ref()?.as_ref().err()?.sentence.clone()))
    }
}

/// What one of the server functions refused to a page without JavaScript: it stands in the address of the page that
/// came then.
pub fn refused_without_script(paths: &[&str]) -> Option<ServerError> {
    let refused = use_context::<ServerActionError>().filter(|error| paths.contains(&error.path()))?;
    Some(ServerFnUrlError::decode_err(refused.err()))
}

/// Sends fields as a form does, follows where the answer leads, and returns its text.
async fn post(address: &str, fields: &JsValue) -> Result<String, ServerError> {
    let (response, text) = exchange(address, fields).await.map_err(|_| Refusal::Offline)?;
    if !response.ok() {
        return Err(serde_json::from_slice(text.as_bytes()).unwrap_or_else(|_| Refusal::Unexpected.into()));
    }
    let header = |name| response.headers().get(name).ok().flatten();
    if let (Some(_), Some(address)) = (header(REDIRECT_HEADER), header("Location")) {
        call_redirect_hook(&address);
    }
    Ok(text)
}

async fn exchange(address: &str, fields: &JsValue) -> Result<(Response, String), JsValue> {
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(UrlSearchParams::new_with_str_sequence_sequence(fields)?.as_ref());
    // A page would be answered otherwise.
    let headers = web_sys::Headers::new()?;
    headers.set("Accept", "application/json")?;
    request.set_headers(headers.as_ref());
    let answer = JsFuture::from(window().fetch_with_str_and_init(address, &request)).await?;
    let response: Response = answer.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok((response, text))
}
