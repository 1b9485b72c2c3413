use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use supabase_client::call::{CallPage, Comment};

use crate::components::comment_entry::CommentEntry;
use crate::components::icon::Icon;
use crate::format::clock;
use crate::open_call::OpenCall;
use crate::playback::Playback;
use crate::sent_form::SentForm;
use crate::server_functions::add_comment::AddComment;

/// The id of the field, for the key that leads to it.
pub const FIELD_ID: &str = "comment";

/// What people wrote beside the call, at a moment or about the whole, and the field for more. A plain form: it works
/// without JavaScript.
#[component]
pub fn CommentList(page: RwSignal<CallPage>) -> impl IntoView {
    let playback = expect_context::<Playback>();
    let open_call = expect_context::<OpenCall>();
    let add = SentForm::new(&[AddComment::PATH]);
    let field = NodeRef::<Textarea>::new();
    let comments = Memo::new(move |_| page.with(|page| page.comments.clone()));
    Effect::new(move |_| {
        if let Some(Ok(given)) = add.answer() {
            page.update(|page| insert(&mut page.comments, given));
            if let Some(field) = field.get_untracked() {
                field.set_value("");
            }
            open_call.ask_again();
        }
    });
    let call_id = page.with_untracked(|page| page.call.call_id.to_string());
    // In whole seconds: the button would change with every frame otherwise.
    let second = Memo::new(move |_| playback.position_ms.get() / 1000);
    view! {
        <section class="comments" aria-label="Comments">
            <div class="section-heading">
                <h2>"Comments"</h2>
                <p>{move || Some(comments.with(Vec::len)).filter(|count| *count > 0)}</p>
            </div>
            <ul class="comment-entries" role="list">
                <For each=move || comments.get() key=|comment| comment.comment_id let:comment>
                    <CommentEntry comment page/>
                </For>
            </ul>
            <form method="post" action=AddComment::PATH class="comment-form" on:submit=move |event| add.send(event)>
                <input type="hidden" name="call_id" value=call_id/>
                <textarea id=FIELD_ID name="body" node_ref=field rows="2" required maxlength="4000" aria-label="New comment"
                    placeholder="Comment"></textarea>
                <div class="comment-buttons">
                    <button type="submit" class="button small" name="at_ms" value=move || (second.get() * 1000).to_string() disabled=move || add.pending()>
                        <Icon icon=icondata_lu::LuMessageSquarePlus/>{move || format!("Comment at {}", clock(second.get() * 1000))}
                    </button>
                    <button type="submit" class="button small quiet" name="at_ms" value="" disabled=move || add.pending()>"On the whole call"</button>
                </div>
            </form>
            <div role="alert">
                {move || add.refusal().map(|sentence| view! { <p class="notice tone-failed">{sentence}</p> })}
            </div>
        </section>
    }
}

/// In the order of the database: those about the whole call first, then by their moment.
fn insert(comments: &mut Vec<Comment>, given: Comment) {
    let place = comments.partition_point(|comment| comment.at_ms <= given.at_ms);
    comments.insert(place, given);
}
