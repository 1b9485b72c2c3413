use leptos::form::ActionForm;
use leptos::html::Li;
use leptos::prelude::*;
use supabase_client::call::{CallPage, ReviewVerdict};
use supabase_client::flag::{Flag, Proof};

use crate::browser::reveal_in;
use crate::components::flag_proof::FlagProof;
use crate::components::given_review::GivenReview;
use crate::components::icon::Icon;
use crate::components::review_history::ReviewHistory;
use crate::components::severity_badge::SeverityBadge;
use crate::components::take_back::TakeBack;
use crate::flag_cursor::FlagCursor;
use crate::format::clock;
use crate::open_call::{OpenCall, standing_review};
use crate::server_functions::review_flag::ReviewFlag;
use crate::wording;

/// Reasons for a dismissal that one press gives.
const REASONS: [&str; 3] = ["Not what was said", "Out of context", "Allowed here"];

/// One flag: what, how grave, who, when, in which words; plays at a press, and takes a verdict.
#[component]
pub fn FlagCard(flag: Flag, page: RwSignal<CallPage>) -> impl IntoView {
    let cursor = expect_context::<FlagCursor>();
    let named = format!("{} at {}", flag.rule_title, clock(flag.start_ms));
    let card_class = format!("flag-card tone-{}", wording::severity_tone(flag.severity));
    let flag_id = StoredValue::new(flag.id.clone());
    let is_current = move || flag_id.with_value(|id| cursor.is_current(id));
    // Newest first: the first review of the flag is the one that counts.
    let review =
        Memo::new(move |_| page.with(|page| flag_id.with_value(|id| standing_review(page, id).cloned())));
    let added = page
        .with_untracked(|page| flag_id.with_value(|id| page.call.flags.iter().all(|flag| flag.id != *id)));
    let place = format!("{} · {}", wording::speaker(flag.speaker), clock(flag.start_ms));
    let word_for_word = flag.proof == Proof::Exact && !flag.quote.is_empty();
    let quote = if flag.quote.is_empty() {
        view! { <p class="flag-card-missing">"These words had to be said, and were not. The whole stretch was heard."</p> }
            .into_any()
    } else {
        view! { <blockquote>{flag.quote.clone()}</blockquote> }.into_any()
    };
    let proof = view! { <FlagProof flag=flag.clone()/> };
    let (severity, start_ms) = (flag.severity, flag.start_ms);
    let (title, play_name) = (flag.rule_title.clone(), format!("Play flag: {named}"));
    let verdict_class = move || {
        review.with(|review| {
            review.as_ref().map(|review| match review.verdict {
                ReviewVerdict::Dismissed => "dismissed",
                ReviewVerdict::Added => "added",
                _ => "confirmed",
            })
        })
    };
    let card = NodeRef::<Li>::new();
    Effect::new(move |_| {
        if let Some(card) = card.get().filter(|_| is_current()) {
            reveal_in(&card, ".call-side");
            reveal_in(&card, ".flag-cards");
        }
    });
    view! {
        <li class=card_class node_ref=card data-start-ms=start_ms data-current=move || is_current().then_some("") data-verdict=verdict_class>
            <div class="flag-card-main">
                <p class="flag-card-top"><SeverityBadge severity/>
                    <span>{place}{word_for_word.then(|| format!(" · {}", wording::proof(Proof::Exact).to_lowercase()))}</span>
                </p>
                <h3>
                    <button type="button" class="flag-card-play" aria-label=play_name aria-pressed=move || is_current().to_string()
                        on:click=move |_| cursor.play(&flag)>
                        <span>{title}</span><Icon icon=icondata_lu::LuPlay/>
                    </button>
                </h3>
                {quote}
                {proof}
            </div>
            <div class="flag-card-review">
                {move || {
                    let named = named.clone();
                    match review.get() {
                        None => view! { <Verdict named flag_id/> }.into_any(),
                        Some(given) => view! { <GivenReview given/>
                            <div class="review-again">
                                <TakeBack subject=flag_id named=named.clone()/>
                                {(!added).then(|| view! {
                                    <details class="review-change">
                                        <summary>"Change"</summary>
                                        <Verdict named flag_id/>
                                    </details>
                                })}
                            </div>
                        }.into_any(),
                    }
                }}
                <ReviewHistory subject=flag_id page/>
            </div>
        </li>
    }
}

/// Confirm, or dismiss with a reason. Plain forms: they work without JavaScript.
#[component]
fn Verdict(named: String, flag_id: StoredValue<String>) -> impl IntoView {
    let open_call = expect_context::<OpenCall>();
    let review = ServerAction::<ReviewFlag>::new();
    let call_id = open_call.page.with_untracked(|page| page.call.call_id.to_string());
    let pending = review.pending();
    let value = review.value();
    Effect::new(move |_| {
        if let Some(Ok(given)) = value.get() {
            open_call.said(given);
        }
    });
    let call_id = StoredValue::new(call_id);
    let (confirm_name, dismiss_name) = (format!("Confirm flag: {named}"), format!("Dismiss flag: {named}"));
    let hidden = move |verdict: &'static str| {
        view! {
            <input type="hidden" name="call_id" value=call_id.get_value()/>
            <input type="hidden" name="flag_id" value=flag_id.get_value()/>
            <input type="hidden" name="verdict" value=verdict/>
        }
    };
    view! {
        <div class="verdict-choice">
            <ActionForm action=review attr:class="verdict-confirm">
                {hidden("confirmed")}
                <button type="submit" class="button small" disabled=move || pending.get() aria-label=confirm_name>
                    <Icon icon=icondata_lu::LuCheck/>"Confirm"
                </button>
            </ActionForm>
            <details class="verdict-dismiss">
                <summary class="button small" aria-label=dismiss_name><Icon icon=icondata_lu::LuX/>"Dismiss"</summary>
                <div class="verdict-reasons">
                    <ActionForm action=review>
                        {hidden("dismissed")}
                        {REASONS.map(|reason| view! {
                            <button type="submit" name="reason" value=reason class="button small" disabled=move || pending.get()>{reason}</button>
                        }).collect_view()}
                    </ActionForm>
                    <ActionForm action=review attr:class="verdict-own-reason">
                        {hidden("dismissed")}
                        <input type="text" name="reason" required maxlength="500" placeholder="Another reason" aria-label="Reason"/>
                        <button type="submit" class="button small" disabled=move || pending.get()>"Dismiss"</button>
                    </ActionForm>
                </div>
            </details>
        </div>
        <div role="alert">
            {move || value.get().and_then(Result::err).map(|error| view! {
                <p class="notice tone-failed">{error.sentence}</p>
            })}
        </div>
    }
}
