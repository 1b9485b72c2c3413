use leptos::prelude::*;

use crate::components::given_review::GivenReview;
use crate::components::review_history::review_history;
use crate::components::unsent_word::unsent_word;
use crate::components::word_form::{Forms, Subject, take_back_button};
use crate::outbox::Outbox;
use crate::said::Said;

/// The lower part of a card: what was said about its flag or rule, and the forms to say something. `forms` is absent for
/// a flag that was added by hand: its word can only be taken back.
pub fn review_part(subject: &Subject, said: &Said, outbox: Outbox, forms: Option<Forms>) -> AnyView {
    let first = move || forms.map(|forms| forms.first(subject));
    let last = match (&said.unsent, said.standing()) {
        (Some(unsent), _) => {
            let ways_on = match (&unsent.refused, said.verdict()) {
                (Some(_), _) => None,
                (None, Some(_)) => Some(take_back_button(subject)),
                (None, None) => first(),
            };
            view! { {unsent_word(unsent.clone(), outbox)}{ways_on} }.into_any()
        }
        (None, None) => first().into_any(),
        (None, Some(given)) => {
            let change = forms.map(|forms| forms.again(subject)).map(|again| {
                view! { <details class="review-change"><summary>"Change"</summary>{again}</details> }
            });
            view! {
                <GivenReview given=given.clone()/>
                <div class="review-again">{take_back_button(subject)}{change}</div>
            }
            .into_any()
        }
    };
    view! { {last}{review_history(&said.kept)} }.into_any()
}
