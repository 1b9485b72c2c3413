use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use supabase_client::call::CallId;
use supabase_client::user::{Me, Role};

use crate::browser::decimal::decimal;
use crate::browser::word_forms::{fill_unfolded, on_word};
use crate::components::also_open::AlsoOpen;
use crate::components::by_hand::ByHand;
use crate::components::call_details::CallDetails;
use crate::components::call_heading::CallHeading;
use crate::components::call_keys::CallKeys;
use crate::components::call_links::CallLinks;
use crate::components::call_progress::CallProgress;
use crate::components::comment_list::CommentList;
use crate::components::error_panel::ErrorPanel;
use crate::components::flag_list::FlagList;
use crate::components::judged_again::JudgedAgain;
use crate::components::legal_hold::LegalHoldPart;
use crate::components::moment::Moment;
use crate::components::player::Player;
use crate::components::rejudge_button::RejudgeButton;
use crate::components::selection_bar::SelectionBar;
use crate::components::skeleton::Skeleton;
use crate::components::transcript::TranscriptView;
use crate::components::undecided_rules::UndecidedRules;
use crate::deciding::Deciding;
use crate::flag_cursor::FlagCursor;
use crate::open_call::{OpenCall, all_flags};
use crate::outbox::Outbox;
use crate::page_data::{PageData, page_data};
use crate::playback::{Playback, milliseconds};
use crate::queue_filters::QueueFilters;
use crate::queue_place;
use crate::server_error::ServerError;
use crate::server_functions::load_call::{Call, load_call};
use crate::wording;

/// One call: its recording, flags, transcript and history.
#[component]
pub fn CallPage() -> impl IntoView {
    let params = use_params_map();
    // No call has the id 0: an address without a number ends as "not found".
    let call_id =
        Memo::new(move |_| params.read().get_str("id").and_then(|id| id.parse().ok()).unwrap_or(CallId(0)));
    let call = page_data(move || call_id.get(), load_call);
    let me = expect_context::<PageData<Result<Me, ServerError>>>();
    view! {
        <div class="page page-call">
            <div role="alert" inner_html=answer_to_plain_form()></div>
            <Suspense fallback=|| view! { <Skeleton rows=8 label="Loading the call"/> }>
                {move || Suspend::new(async move {
                    let is_admin = me.await.is_ok_and(|me| me.role == Role::Admin);
                    match call.await {
                        Ok(call) => view! { <FoundCall call is_admin/> }.into_any(),
                        Err(error) => view! { <Title text="Call"/><ErrorPanel error/> }.into_any(),
                    }
                })}
            </Suspense>
        </div>
    }
}

/// The page of a call that was found. Its parts change on their own, so that progress or a review does not
/// disturb the player.
#[component]
fn FoundCall(call: Call, is_admin: bool) -> impl IntoView {
    let open_call = OpenCall::new(call);
    let OpenCall { page, recording, transcript, cut_off } = open_call;
    let summary = Memo::new(move |_| page.with(|page| page.call.clone()));
    let flags = Memo::new(move |_| page.with(all_flags));
    let shown =
        Memo::new(move |_| page.with(|page| page.judgements.iter().find(|given| given.shown).cloned()));
    let verdict = Memo::new(move |_| shown.with(|shown| shown.as_ref().map(|shown| shown.verdict)));
    let transcript = Memo::new(move |_| transcript.get());
    let duration_ms = transcript.with_untracked(|transcript| match transcript {
        Some(transcript) => transcript.duration_ms,
        None => {
            page.with_untracked(|page| {
                page.call.call_length_seconds.and_then(|s| u32::try_from(s).ok()).unwrap_or(0)
            }) * 1000
        }
    });
    let in_work = Memo::new(move |_| page.with(|page| wording::in_work(page.call.status)));
    let transcript_expected = Memo::new(move |_| in_work.get() && transcript.with(Option::is_none));
    let playback = Playback::new(duration_ms);
    let cursor = FlagCursor::new(flags, playback);
    let outbox = expect_context::<Outbox>();
    let deciding = Deciding::new(open_call, outbox, cursor);
    provide_context(playback);
    provide_context(cursor);
    provide_context(open_call);
    provide_context(deciding);

    let filters = RwSignal::new(QueueFilters::default());
    Effect::new(move |_| {
        filters.set(queue_place::filters());
        outbox.open(open_call);
        open_call.keep_in_touch();
        on_word(move |sent| deciding.take(&sent));
        fill_unfolded();
    });
    open_at_address(playback, cursor, move || deciding.begin());

    let transcript_deleted_at = Memo::new(move |_| page.with(|page| page.transcript_deleted_at));
    let call_id = page.with_untracked(|page| page.call.call_id);
    // Whether a recording was ever kept, and what became of it.
    let kept = Memo::new(move |_| {
        page.with(|page| (page.storage_path.is_some(), page.audio_deleted_at, page.has_recording()))
    });
    // The first link is enough: the player asks for the next ones itself.
    let has_recording = Memo::new(move |_| recording.with(Option::is_some));
    let title = page
        .with_untracked(|page| format!("{} · Call {}", wording::call_name(&page.call), page.call.call_id));
    view! {
        <Title text=title/>
        <div class="call-top">
            <CallHeading call=summary verdict filters/>
            <div class="call-actions">
                {is_admin.then(|| view! { <RejudgeButton page/> })}
                <CallLinks page/>
                <CallKeys/>
            </div>
        </div>
        <div role="alert">
            {move || cut_off.get().map(|sentence| view! {
                <p class="notice tone-failed">{sentence}" What others do appears as soon as the connection is back. What you say about flags is kept here until then."</p>
            })}
        </div>
        <AlsoOpen page/>
        {is_admin.then(|| view! { <ByHand page/> })}
        {move || match shown.get().filter(|_| in_work.get()) {
            Some(shown) => view! { <JudgedAgain shown/> }.into_any(),
            None => view! { <CallProgress call=summary.get()/> }.into_any(),
        }}
        {move || {
            let link = recording.get_untracked().filter(|_| has_recording.get());
            match (link, kept.get()) {
                (Some(link), (true, _, true)) => view! {
                    <Player link call_id transcript=transcript.get()/>
                }.into_any(),
                (_, (true, Some(moment), _)) => view! {
                    <p class="notice">"The recording was deleted on "<Moment moment/>", when its time was over."</p>
                }.into_any(),
                (_, (true, None, false)) => view! {
                    <p class="notice">"The recording is being deleted: its time is over."</p>
                }.into_any(),
                (None, (true, None, true)) => view! {
                    <p class="notice tone-failed">"The recording cannot be fetched right now. Reload the page to try again."</p>
                }.into_any(),
                _ => ().into_any(),
            }
        }}
        <div class="call-columns">
            <div class="call-side">
                <FlagList page filters/>
                <UndecidedRules page/>
                <CommentList page/>
                <LegalHoldPart page is_admin/>
                <CallDetails page/>
            </div>
            <TranscriptView transcript flags expected=transcript_expected deleted_at=transcript_deleted_at/>
            <SelectionBar/>
        </div>
    }
}

/// Moves to the flag and the second that the address names, and otherwise to where the work begins.
fn open_at_address(playback: Playback, cursor: FlagCursor, begin: impl Fn() + Send + Sync + 'static) {
    let query = use_query_map();
    Effect::new(move |_| {
        let (flag_id, seconds) = query.with_untracked(|query| (query.get("flag"), query.get("t")));
        let flag = cursor
            .flags
            .with_untracked(|flags| flags.iter().find(|flag| Some(&flag.id) == flag_id.as_ref()).cloned());
        let seconds = seconds.as_deref().and_then(decimal);
        if let Some(flag) = &flag {
            cursor.choose(flag);
        }
        match seconds {
            Some(seconds) => playback.jump(milliseconds(seconds)),
            None if flag.is_none() => begin(),
            None => {}
        }
    });
}

/// Why a word or an act by hand was refused that was sent in a form without JavaScript, as HTML of the server. The browser leaves it as
/// it is.
fn answer_to_plain_form() -> String {
    #[cfg(feature = "ssr")]
    {
        use leptos::server_fn::ServerFn as _;

        use crate::sent_form::refused_without_script;
        use crate::server_functions::{
            act_on_calls::ActOnCalls, review_flag::ReviewFlag, settle_rule::SettleRule,
            withdraw_review::WithdrawReview,
        };

        let words = [ActOnCalls::PATH, ReviewFlag::PATH, SettleRule::PATH, WithdrawReview::PATH];
        refused_without_script(&words).map_or_else(String::new, |error| {
            format!("<p class=\"notice tone-failed\">{}</p>", html_escape::encode_text(&error.sentence))
        })
    }
    #[cfg(not(feature = "ssr"))]
    String::new()
}
