use leptos::prelude::*;

use crate::sent_form::SentForm;
use crate::server_functions::act_on_calls::Told;

/// What the last act by hand came to.
pub fn told(sent: SentForm) -> Option<AnyView> {
    let (tone, sentence) = match sent.answer::<Told>()? {
        Ok(Told { done: true, sentence }) => ("safe", sentence),
        Ok(Told { done: false, sentence }) => ("none", sentence),
        Err(error) => ("failed", error.sentence),
    };
    Some(view! { <p class=format!("notice tone-{tone}")>{sentence}</p> }.into_any())
}
