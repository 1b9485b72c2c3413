use leptos::prelude::*;
use supabase_client::call::{CallPage, CallStatus};

use crate::components::flag_card::FlagCard;
use crate::components::icon::Icon;
use crate::flag_cursor::FlagCursor;
use crate::open_call::standing_review;
use crate::wording;

/// The flags of the call, one card each, in the order of the recording.
#[component]
pub fn FlagList(page: RwSignal<CallPage>) -> impl IntoView {
    let cursor = expect_context::<FlagCursor>();
    let count = Memo::new(move |_| cursor.flags.with(Vec::len));
    let any = Memo::new(move |_| count.get() > 0);
    let decided = Memo::new(move |_| {
        page.with(|page| {
            cursor
                .flags
                .with(|flags| flags.iter().filter(|flag| standing_review(page, &flag.id).is_some()).count())
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
    view! {
        <section class="flags" aria-label="Flags">
            <div class="section-heading">
                <h2>"Flags"</h2>
                <Show when=move || any.get()>
                    <p>{move || format!("{} of {} decided", decided.get(), count.get())}</p>
                </Show>
            </div>
            <Show when=move || any.get() fallback=move || no_flags(status.get())>
                <ul class="flag-cards" role="list">
                    <For each=move || cursor.flags.get() key=|flag| flag.id.clone() let:flag>
                        <FlagCard flag page/>
                    </For>
                </ul>
            </Show>
        </section>
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
