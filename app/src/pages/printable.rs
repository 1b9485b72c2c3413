//! One call on paper: drawn by the server alone, without a script.

use leptos::prelude::*;
use supabase_client::call::{CallPage, Comment, Review};
use supabase_client::flag::Flag;
use supabase_client::judgement::RuleResult;
use supabase_client::transcript::{Segment, Transcript};

use crate::format::{clock, length, utc};
use crate::open_call::{all_flags, standing_review, undecided_rules};
use crate::wording;

/// The whole document: what the call is, what was found and decided, what people wrote, and what was said.
#[must_use]
pub fn printable(page: &CallPage) -> String {
    let call = &page.call;
    let title = format!("{} · Call {}", wording::call_name(call), call.call_id);
    let flags = all_flags(page);
    let rules = undecided_rules(page);
    let body = view! {
        <main class="print">
            <p class="print-note">"Print this page with your browser. "<a href=format!("/calls/{}", call.call_id)>"Back to the call"</a></p>
            <h1>{title.clone()}</h1>
            {facts(page)}
            <h2>"Flags"</h2>
            {flags.is_empty().then(|| view! { <p>"None."</p> })}
            <ol class="print-flags">{flags.iter().map(|flag| self::flag(flag, page)).collect_view()}</ol>
            {(!rules.is_empty()).then(|| view! {
                <h2>"Undecided rules"</h2>
                <ul class="print-flags">{rules.iter().map(|rule| self::rule(rule, page)).collect_view()}</ul>
            })}
            {(!page.comments.is_empty()).then(|| view! {
                <h2>"Comments"</h2>
                <ul class="print-comments">{page.comments.iter().map(comment).collect_view()}</ul>
            })}
            <h2>"Transcript"</h2>
            {match &page.transcript {
                Some(transcript) => lines(transcript),
                None => {
                    let sentence = page.transcript_deleted_at.map_or_else(
                        || "There is none.".to_owned(),
                        |moment| format!("It was deleted on {}, when its time was over, with the words of its flags.", utc(moment)),
                    );
                    view! { <p>{sentence}</p> }.into_any()
                }
            }}
        </main>
    };
    let head = view! {
        <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <title>{title.clone()}" · CallScript"</title>
            <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
            <link rel="stylesheet" href="/pkg/callscript.css"/>
        </head>
    };
    format!("<!DOCTYPE html><html lang=\"en\">{}<body>{}</body></html>", head.to_html(), body.to_html())
}

fn facts(page: &CallPage) -> AnyView {
    let call = &page.call;
    let judged = page.judgements.iter().find(|given| given.shown).map(|given| {
        format!(
            "{} on {}, under {}, by {}",
            wording::given_verdict(given.verdict),
            utc(given.judged_at),
            given.qa_version,
            given.judge_model
        )
    });
    let facts = [
        ("State", Some(wording::call_status(call).to_owned())),
        ("Judged", judged),
        ("Began", Some(utc(call.start_time_utc))),
        ("Length", call.call_length_seconds.map(length)),
        ("Vertical", call.vertical.as_deref().map(wording::vertical_name)),
        ("Publisher", call.publisher_name.clone()),
        ("Target", call.target_name.clone()),
        ("Buyer", call.buyer_name.clone()),
        ("Caller", call.caller_number_masked.clone()),
        ("Dialled", call.dialled_number_masked.clone()),
        ("Ringba call", Some(call.ringba_call_id.clone())),
        ("Account", Some(call.account.clone())),
        (
            "Recording",
            page.audio_deleted_at.map(|moment| format!("deleted on {}, when its time was over", utc(moment))),
        ),
        ("Transcribed by", page.transcript.as_ref().map(|transcript| transcript.model.clone())),
    ];
    let facts = facts
        .into_iter()
        .filter_map(|(name, value)| Some(view! { <div><dt>{name}</dt><dd>{value?}</dd></div> }));
    view! { <dl class="facts print-facts">{facts.collect_view()}</dl> }.into_any()
}

fn flag(flag: &Flag, page: &CallPage) -> AnyView {
    let place = format!(
        "{} · {} · {}",
        wording::severity(flag.severity),
        clock(flag.start_ms),
        wording::speaker(flag.speaker)
    );
    let quote = if flag.quote.is_empty() {
        view! { <p>"These words had to be said, and were not."</p> }.into_any()
    } else {
        view! { <blockquote>{format!("“{}”", flag.quote)}</blockquote> }.into_any()
    };
    view! {
        <li>
            <h3>{flag.rule_title.clone()}</h3>
            <p>{place}</p>
            {quote}
            {flag.doubtful.then(|| view! { <p>"Unsure recognition."</p> })}
            <p>{decision(standing_review(page, &flag.id))}</p>
        </li>
    }
    .into_any()
}

fn rule(rule: &RuleResult, page: &CallPage) -> AnyView {
    let subject = wording::undecided_rule(&rule.rule_key);
    view! {
        <li>
            <h3>{rule.rule_title.clone()}</h3>
            {rule.reason.clone().map(|reason| view! { <p>{reason}</p> })}
            <p>{decision(standing_review(page, &subject))}</p>
        </li>
    }
    .into_any()
}

fn decision(review: Option<&Review>) -> String {
    let Some(review) = review else { return "Not decided yet.".to_owned() };
    let reason = review.reason.as_ref().map(|reason| format!(": {reason}"));
    format!(
        "{} by {} on {}{}",
        wording::verdict(review.verdict),
        review.reviewer_email,
        utc(review.created_at),
        reason.unwrap_or_default()
    )
}

fn comment(comment: &Comment) -> AnyView {
    let place = comment.at_ms.map_or_else(|| "On the whole call".to_owned(), clock);
    view! {
        <li>
            <p>{format!("{place} · {} on {}", comment.author_email, utc(comment.created_at))}</p>
            <p class="comment-body">{comment.body.clone()}</p>
        </li>
    }
    .into_any()
}

fn lines(transcript: &Transcript) -> AnyView {
    let line = |line: &Segment| {
        view! {
            <li><span class="numbers">{clock(line.start_ms)}</span><strong>{wording::speaker(line.speaker)}</strong><p>{line.text()}</p></li>
        }
        .into_any()
    };
    view! { <ol class="print-lines">{transcript.segments.iter().map(line).collect_view()}</ol> }.into_any()
}
