use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use supabase_client::call::{CallPage, Comment};

use crate::components::icon::Icon;
use crate::components::moment::Moment;
use crate::format::clock;
use crate::playback::Playback;
use crate::sent_form::SentForm;
use crate::server_functions::remove_comment::RemoveComment;

/// One comment; its moment plays, and who wrote it may take it back.
#[component]
pub fn CommentEntry(comment: Comment, page: RwSignal<CallPage>) -> impl IntoView {
    let playback = expect_context::<Playback>();
    let remove = SentForm::new(&[RemoveComment::PATH]);
    Effect::new(move |_| {
        if let Some(Ok(removed)) = remove.answer::<i64>() {
            page.update(|page| page.comments.retain(|comment| comment.comment_id != removed));
        }
    });
    let moment = comment.at_ms.map(|at_ms| {
        let place = clock(at_ms);
        view! {
            <button type="button" class="comment-moment" aria-label=format!("Play from {place}") on:click=move |_| playback.play_from(at_ms)>
                {place.clone()}
            </button>
        }
    });
    let take_back = comment.own.then(|| view! {
        <form method="post" action=RemoveComment::PATH on:submit=move |event| remove.send(event)>
            <input type="hidden" name="comment_id" value=comment.comment_id.to_string()/>
            <button type="submit" class="button round small" aria-label="Take the comment back" title="Take the comment back">
                <Icon icon=icondata_lu::LuTrash2/>
            </button>
        </form>
    });
    view! {
        <li class="comment">
            <p class="comment-top">{moment}<span>{comment.author_email}</span><Moment moment=comment.created_at/></p>
            <p class="comment-body">{comment.body}</p>
            {take_back}
        </li>
    }
}
