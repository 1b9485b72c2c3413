use leptos::prelude::*;
use leptos_router::components::A;

use crate::outbox::Outbox;

/// Says which verdicts on other calls than the open one have not been kept, and leads to those that were refused.
#[component]
pub fn UnsentElsewhere() -> impl IntoView {
    let outbox = expect_context::<Outbox>();
    let told = Memo::new(move |_| {
        let words = outbox.elsewhere();
        let mut refused: Vec<String> = words
            .iter()
            .filter(|unsent| unsent.refused.is_some())
            .map(|unsent| unsent.word.call_id.to_string())
            .collect();
        refused.dedup();
        let waiting = words.iter().filter(|unsent| unsent.refused.is_none()).count();
        (if outbox.waiting.get() { waiting } else { 0 }, refused)
    });
    view! {
        <div class="unsent" role="status">
            {move || {
                let (waiting, refused) = told.get();
                let waiting = match waiting {
                    0 => None,
                    1 => Some("1 verdict is not sent yet. It is kept here until the connection is back.".to_owned()),
                    more => Some(format!("{more} verdicts are not sent yet. They are kept here until the connection is back.")),
                };
                view! {
                    {waiting.map(|sentence| view! { <p class="notice tone-major">{sentence}</p> })}
                    {refused.into_iter().map(|call| view! {
                        <p class="notice tone-failed">"A verdict was not kept: "<A href=format!("/calls/{call}")>{format!("call {call}")}</A></p>
                    }).collect_view()}
                }
            }}
        </div>
    }
}
