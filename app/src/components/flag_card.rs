use leptos::prelude::*;
use supabase_client::call::{CallPage, ReviewVerdict};
use supabase_client::flag::{Flag, Proof};

use crate::components::flag_proof::FlagProof;
use crate::components::icon::Icon;
use crate::components::review_part::review_part;
use crate::components::severity_badge::SeverityBadge;
use crate::components::word_form::{Forms, Subject};
use crate::flag_cursor::FlagCursor;
use crate::format::clock;
use crate::open_call::standing_review;
use crate::outbox::Outbox;
use crate::said::Said;
use crate::wording;

/// One flag: what, how grave, who, when, in which words; plays at a press, and takes a verdict.
#[component]
pub fn FlagCard(
    flag: Flag,
    page: RwSignal<CallPage>,
    /// The rules and the model that the shown verdict was given under.
    under: Memo<String>,
) -> impl IntoView {
    let cursor = expect_context::<FlagCursor>();
    let outbox = expect_context::<Outbox>();
    let named = format!("{} at {}", flag.rule_title, clock(flag.start_ms));
    let card_class = format!("flag-card tone-{}", wording::severity_tone(flag.severity));
    let flag_id = StoredValue::new(flag.id.clone());
    let is_current = move || flag_id.with_value(|id| cursor.is_current(id));
    let said = Said::about(flag.id.clone(), page, outbox);
    let (call_id, added_by) = page.with_untracked(|page| {
        let added = page.call.flags.iter().all(|other| other.id != flag.id);
        let word = standing_review(page, &flag.id).filter(|_| added);
        (page.call.call_id, word.map(|word| word.reviewer_email.clone()))
    });
    let added = added_by.is_some();
    let subject = Subject { call_id, id: flag.id.clone(), named: named.clone() };
    let place = format!("{} · {}", wording::speaker(flag.speaker), clock(flag.start_ms));
    let word_for_word = flag.proof == Proof::Exact && !flag.quote.is_empty() && !added;
    let quote = if flag.quote.is_empty() {
        view! { <p class="flag-card-missing">"These words had to be said, and were not. The whole stretch was heard."</p> }
            .into_any()
    } else {
        view! { <blockquote>{flag.quote.clone()}</blockquote> }.into_any()
    };
    let origin = match added_by {
        Some(email) => view! { <p class="flag-card-origin">{format!("Added by {email}")}</p> }.into_any(),
        None => view! { <p class="flag-card-origin">{under}</p> }.into_any(),
    };
    let proof = view! { <FlagProof flag=flag.clone()/> };
    let (severity, start_ms) = (flag.severity, flag.start_ms);
    let (title, play_name) = (flag.rule_title.clone(), format!("Play flag: {named}"));
    let verdict = move || {
        said.with(Said::verdict).map(|verdict| match verdict {
            ReviewVerdict::Dismissed => "dismissed",
            ReviewVerdict::Added => "added",
            _ => "confirmed",
        })
    };
    let review =
        move || said.with(|said| review_part(&subject, said, outbox, (!added).then_some(Forms::OfFlag)));
    view! {
        <li class=card_class data-card=flag_id.get_value() data-start-ms=start_ms
            data-current=move || is_current().then_some("") data-verdict=verdict>
            <div class="flag-card-main">
                <p class="flag-card-top"><SeverityBadge severity/>
                    <span>{place}{word_for_word.then(|| format!(" · {}", wording::proof(Proof::Exact).to_ascii_lowercase()))}</span>
                </p>
                <h3>
                    <button type="button" class="flag-card-play" aria-label=play_name aria-pressed=move || is_current().to_string()
                        on:click=move |_| cursor.play(&flag)>
                        <span>{title}</span><Icon icon=icondata_lu::LuPlay/>
                    </button>
                </h3>
                {quote}
                {proof}
                {origin}
            </div>
            <div class="flag-card-review">{review}</div>
        </li>
    }
}
