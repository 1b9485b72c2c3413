use leptos::prelude::*;
use leptos_router::components::A;
use supabase_client::search::SearchProblem;

use crate::components::icon::Icon;

/// Searches that show what can be written, each with what it finds.
const EXAMPLES: [(&str, &str, &str); 4] = [
    (
        "gift card",
        "/search?q=gift+card",
        "Both words within five minutes of a call, in any form: cards, gifts.",
    ),
    ("\"social security number\"", "/search?q=%22social+security+number%22", "These words in this order."),
    ("guarantee or promise", "/search?q=guarantee+or+promise", "Either of them."),
    (
        "medicare -recorded",
        "/search?q=medicare+-recorded",
        "The first word, on calls that never say the other.",
    ),
];

/// What can be written into the search field: where nothing was, or where it could not be looked for.
pub fn search_help(problem: SearchProblem) -> AnyView {
    let (title, sentence) = match problem {
        SearchProblem::Empty => {
            ("Search what was said", "Every word of every transcript, and the second at which it was said.")
        }
        SearchProblem::TooLong => {
            ("That is too much at once", "A search holds up to 30 words and phrases. Try fewer.")
        }
        SearchProblem::OnlyExclusions => (
            "Only words to leave out",
            "Add a word that should be said. What begins with a minus is left out of what that finds.",
        ),
        SearchProblem::OnlyCommonWords => (
            "Those words are on every call",
            "Words like “the” and “you” are not looked for. Add one that says more.",
        ),
    };
    view! {
        <section class="blank search-help">
            <span class="blank-icon"><Icon icon=icondata_lu::LuTextSearch/></span>
            <h2>{title}</h2>
            <p>{sentence}</p>
            <dl class="search-examples">
                {EXAMPLES.map(|(words, address, meaning)| view! {
                    <div>
                        <dt><A href=address><code>{words}</code></A></dt>
                        <dd>{meaning}</dd>
                    </div>
                }).collect_view()}
            </dl>
        </section>
    }
    .into_any()
}

/// Where nothing was found.
pub fn nothing_found(cut: bool) -> AnyView {
    let (title, sentence) = if cut {
        (
            "Nothing so far",
            "These words are very common, and the calls that were looked at did not fit. Look further back, or name a rarer word.",
        )
    } else {
        (
            "No call says that",
            "Try fewer words, another form of them, or fewer filters. Words are looked for within five minutes of each other.",
        )
    };
    view! {
        <section class="blank">
            <span class="blank-icon"><Icon icon=icondata_lu::LuSearchX/></span>
            <h2>{title}</h2>
            <p>{sentence}</p>
        </section>
    }
    .into_any()
}
