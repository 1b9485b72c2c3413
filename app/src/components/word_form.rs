//! The forms in which a person says something about a flag or a rule. They are plain forms and work without
//! JavaScript; with it, `browser::word_forms` takes them over.

use html_escape::encode_double_quoted_attribute;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use supabase_client::call::CallId;

use crate::components::icon::{Icon, icon_html};
use crate::server_functions::review_flag::ReviewFlag;
use crate::server_functions::settle_rule::SettleRule;
use crate::server_functions::withdraw_review::WithdrawReview;
use crate::wording;

/// Reasons for a dismissal that one press gives.
const REASONS: [&str; 3] = ["Not what was said", "Out of context", "Allowed here"];

/// Ids of the forms that are sent by the buttons of many flags.
const CONFIRM: &str = "confirm-flag";
const DISMISS: &str = "dismiss-flag";
const TAKE_BACK: &str = "take-back";

/// How something is said about a subject.
#[derive(Clone, Copy)]
pub enum Forms {
    OfFlag,
    OfRule,
}

impl Forms {
    /// For the first time.
    pub fn first(self, subject: &Subject) -> AnyView {
        match self {
            Self::OfFlag => flag_choice(subject),
            Self::OfRule => settle_form(subject),
        }
    }

    /// Behind a fold, for a subject that is decided.
    pub fn again(self, subject: &Subject) -> AnyView {
        match self {
            Self::OfFlag => flag_change(subject),
            Self::OfRule => settle_form(subject),
        }
    }
}

/// What a form is about.
#[derive(Clone)]
pub struct Subject {
    pub call_id: CallId,
    /// A flag's id, or a rule key with `:undecided`.
    pub id: String,
    /// As the buttons' names tell it.
    pub named: String,
}

/// The forms that the buttons of all flags send. One of its own for each button of each flag would be five hundred in a
/// long call, and a browser looks through every form of a page that it opens, for something to fill in: it takes a second.
pub fn flag_forms(call_id: CallId) -> AnyView {
    let form = |id: &str, action: &str, verdict: &str, fields: &str| {
        format!(
            "<form method=\"post\" id=\"{id}\" action=\"{action}\" data-verdict=\"{verdict}\">{}{fields}</form>",
            hidden("call_id", &call_id.to_string())
        )
    };
    let dismissals = (1..).zip(REASONS).map(|(key, reason)| {
        let fields = hidden("verdict", "dismissed") + &hidden("reason", reason);
        form(&format!("{DISMISS}-{key}"), ReviewFlag::PATH, "dismissed", &fields)
    });
    let html = form(CONFIRM, ReviewFlag::PATH, "confirmed", &hidden("verdict", "confirmed"))
        + &dismissals.collect::<String>()
        + &form(TAKE_BACK, WithdrawReview::PATH, "withdrawn", "");
    view! { <div hidden inner_html=html></div> }.into_any()
}

/// Confirm, or dismiss with a reason.
fn flag_choice(subject: &Subject) -> AnyView {
    let html = confirm_button(subject) + &dismissal(subject, &without_script(&reasons(subject)));
    view! { <div class="verdict-choice" inner_html=html></div> }.into_any()
}

fn flag_change(subject: &Subject) -> AnyView {
    let html = without_script(&format!(
        "<div class=\"verdict-choice\">{}{}</div>",
        confirm_button(subject),
        dismissal(subject, &reasons(subject)),
    ));
    view! { <div inner_html=html></div> }.into_any()
}

/// What a browser looks through as well are the fields and buttons of forms, and those behind a fold it draws to do so, one
/// after another. With JavaScript there are none before `word_forms` puts them there.
fn without_script(html: &str) -> String {
    format!("<noscript>{html}</noscript>")
}

fn confirm_button(subject: &Subject) -> String {
    format!(
        "<button type=\"submit\" form=\"{CONFIRM}\" name=\"flag_id\" value=\"{id}\" class=\"verdict-confirm button small\" aria-label=\"Confirm flag: {named}\">{icon}Confirm</button>",
        id = encode_double_quoted_attribute(&subject.id),
        named = encode_double_quoted_attribute(&subject.named),
        icon = icon_html(icondata_lu::LuCheck),
    )
}

fn dismissal(subject: &Subject, reasons: &str) -> String {
    format!(
        "<details class=\"verdict-dismiss\">\
         <summary class=\"button small\" aria-label=\"Dismiss flag: {named}\">{icon}Dismiss</summary>\
         <div class=\"verdict-reasons\" role=\"group\" aria-label=\"Why it is dismissed\">{reasons}</div></details>",
        named = encode_double_quoted_attribute(&subject.named),
        icon = icon_html(icondata_lu::LuX),
    )
}

/// A button for each reason that one press gives, and a field for any other.
fn reasons(subject: &Subject) -> String {
    let id = encode_double_quoted_attribute(&subject.id);
    let buttons = (1..).zip(REASONS).map(|(key, reason)| {
        format!("<button type=\"submit\" form=\"{DISMISS}-{key}\" name=\"flag_id\" value=\"{id}\" class=\"button small\">{reason}<kbd aria-hidden=\"true\">{key}</kbd></button>")
    });
    format!(
        "<div class=\"verdict-given-reason\">{buttons}</div>\
         <form method=\"post\" action=\"{action}\" class=\"verdict-own-reason\" data-subject=\"{id}\" data-verdict=\"dismissed\">\
         {call_id}{flag_id}{verdict}\
         <input type=\"text\" name=\"reason\" required pattern=\".*\\S.*\" maxlength=\"500\" placeholder=\"Another reason\" aria-label=\"Reason\" title=\"Why, in a few words\">\
         <button type=\"submit\" class=\"button small\">Dismiss</button></form>",
        buttons = buttons.collect::<String>(),
        action = ReviewFlag::PATH,
        call_id = hidden("call_id", &subject.call_id.to_string()),
        flag_id = hidden("flag_id", &subject.id),
        verdict = hidden("verdict", "dismissed"),
    )
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", encode_double_quoted_attribute(value))
}

/// Broken, kept, or not meant for this call.
fn settle_form(subject: &Subject) -> AnyView {
    let Subject { call_id, id, named } = subject.clone();
    let rule_key = id.trim_end_matches(wording::UNDECIDED).to_owned();
    let hint = format!("why-{rule_key}");
    let button = |name: &'static str, words: &'static str| {
        view! {
            <button type="submit" name="outcome" value=name class="button small" aria-label=format!("{words}: {named}")>{words}</button>
        }
    };
    view! {
        <form method="post" action=SettleRule::PATH class="settle" data-subject=id>
            <input type="hidden" name="call_id" value=call_id.to_string()/>
            <input type="hidden" name="rule_key" value=rule_key/>
            // The Enter key presses the first button: none of the three must be it.
            <button type="submit" disabled hidden></button>
            // Not `required`: two of the three buttons need no reason.
            <input type="text" name="reason" maxlength="500" placeholder="Reason" aria-label="Reason" aria-describedby=hint.clone()/>
            <p id=hint class="settle-hint">"Needed where the rule does not apply."</p>
            {button("violation", "Broken")}
            {button("pass", "Kept")}
            {button("not_applicable", "Does not apply")}
        </form>
    }
    .into_any()
}

/// Takes back what was said.
pub fn take_back_button(subject: &Subject) -> AnyView {
    view! {
        <button type="submit" form=TAKE_BACK name="flag_id" value=subject.id.clone() class="take-back button small"
            aria-label=format!("Take back: {}", subject.named)>
            <Icon icon=icondata_lu::LuUndo2/>"Take back"
        </button>
    }
    .into_any()
}
