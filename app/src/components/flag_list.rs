use leptos::prelude::*;
use supabase_client::call::{CallPage, CallStatus};

use crate::browser::focus::elements;
use crate::browser::reveal_in;
use crate::components::flag_card::FlagCard;
use crate::components::icon::Icon;
use crate::components::next_call_button::NextCallButton;
use crate::components::word_form::flag_forms;
use crate::deciding::Deciding;
use crate::flag_cursor::FlagCursor;
use crate::queue_filters::QueueFilters;
use crate::wording;

/// After so many frames the cards are drawn, and their heights are known.
const CORRECTIONS: u32 = 12;

/// The flags of the call, one card each, in the order of the recording, and the way on when they are decided.
#[component]
pub fn FlagList(
    page: RwSignal<CallPage>,
    /// Of the queue that the reviewer works off.
    #[prop(into)]
    filters: Signal<QueueFilters>,
) -> impl IntoView {
    let cursor = expect_context::<FlagCursor>();
    let open = expect_context::<Deciding>().open;
    let count = Memo::new(move |_| cursor.flags.with(Vec::len));
    let any = Memo::new(move |_| count.get() > 0);
    let decided = Memo::new(move |_| {
        let still_open = |id: &String| open.with(|open| open.contains(id));
        cursor.flags.with(|flags| flags.iter().filter(|flag| !still_open(&flag.id)).count())
    });
    let under = Memo::new(move |_| {
        page.with(|page| {
            let parts = [page.qa_version.as_deref(), page.judge_model.as_deref()];
            format!("Under {}", parts.into_iter().flatten().collect::<Vec<_>>().join(" · "))
        })
    });
    // While a call is judged again, the earlier verdict stays.
    let status = Memo::new(move |_| {
        page.with(|page| {
            let shown =
                page.judgements.iter().find(|given| given.shown && wording::in_work(page.call.status));
            shown.map_or(page.call.status, |shown| wording::status_of_verdict(shown.verdict))
        })
    });
    Effect::new(move |_| {
        if let Some(id) = cursor.current.get() {
            reveal(format!("[data-card=\"{id}\"]"), CORRECTIONS);
        }
    });
    let leaving = page.with_untracked(|page| page.call.call_id);
    let nothing_open = Signal::derive(move || open.with(Vec::is_empty));
    view! {
        <section class="flags" aria-label="Flags">
            <div class="section-heading">
                <h2>"Flags"</h2>
                <Show when=move || any.get()>
                    <p>{move || format!("{} of {} decided", decided.get(), count.get())}</p>
                </Show>
                <NextCallButton filters leaving offered=nothing_open/>
            </div>
            <Show when=move || any.get() fallback=move || no_flags(status.get())>
                <ul class="flag-cards" role="list">
                    <For each=move || cursor.flags.get() key=|flag| flag.id.clone() let:flag>
                        <FlagCard flag page under/>
                    </For>
                </ul>
            </Show>
            {flag_forms(leaving)}
        </section>
    }
}

/// Scrolls a card into sight. A call that is opened from another page is not drawn at once, and cards that were never
/// painted have an estimated height: it is looked at again in the next frames.
fn reveal(card: String, corrections: u32) {
    if let Some(card) = elements(&card).first() {
        reveal_in(card, ".call-side");
        reveal_in(card, ".flag-cards");
    }
    if corrections > 0 {
        request_animation_frame(move || reveal(card, corrections - 1));
    }
}

fn no_flags(status: CallStatus) -> impl IntoView {
    let (icon, sentence) = match status {
        CallStatus::Safe => (icondata_lu::LuShieldCheck, "No violation was found."),
        CallStatus::Undecided => {
            (icondata_lu::LuCircleHelp, "Nothing was proven. What is undecided stands below.")
        }
        CallStatus::Failed | CallStatus::NoRecording => (icondata_lu::LuMinus, "This call was not judged."),
        _ => (icondata_lu::LuHourglass, "Flags appear here as soon as the call is judged."),
    };
    view! { <p class="flags-none"><Icon icon/>{sentence}</p> }
}
