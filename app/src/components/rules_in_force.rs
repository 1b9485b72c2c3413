use leptos::prelude::*;
use supabase_client::admin::{RulesetVersion, VerticalRules};
use supabase_client::ruleset::{Rule, RuleForm, RuleKind};

use crate::components::icon::Icon;
use crate::components::moment::Moment;
use crate::components::severity_badge::SeverityBadge;
use crate::wording;

/// The rules of one vertical as calls are judged under them now, and how they came to be.
pub fn rules_in_force(vertical: VerticalRules) -> AnyView {
    let VerticalRules { vertical, title, description, ruleset_id, mut rules, switched_off, versions } =
        vertical;
    let is_common = vertical == "common";
    let about = if is_common {
        Some("They hold for every call, and alone for calls whose campaign is not mapped.".to_owned())
    } else {
        description
    };
    let count = if rules.len() == 1 { "1 rule".to_owned() } else { format!("{} rules", rules.len()) };
    let heading = format!("rules-of-{vertical}");
    let labelled_by = heading.clone();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.severity));
    let rules = rules.into_iter().map(rule).collect_view();
    let present = ruleset_id.clone();
    let versions = versions.into_iter().map(|it| version(it, &present)).collect_view();
    view! {
        <section class="vertical-rules" aria-labelledby=labelled_by>
            <div class="section-heading">
                <h3 id=heading>{title}</h3>
                <p>{count}</p>
            </div>
            {about.map(|about| view! { <p class="vertical-about">{about}</p> })}
            <ul class="rule-list" role="list">{rules}</ul>
            {(!switched_off.is_empty()).then(|| view! {
                <p class="vertical-about">"Switched off: "{switched_off.join(", ")}</p>
            })}
            <details class="versions">
                <summary>"Versions"</summary>
                <ol role="list">{versions}</ol>
            </details>
        </section>
    }
    .into_any()
}

fn rule(rule: Rule) -> AnyView {
    let form = match rule.form {
        RuleForm::MustNotHappen => "Must not be said",
        RuleForm::MustHappen => "Must be said",
    };
    let kind = match rule.kind {
        RuleKind::Phrases => "by phrases",
        RuleKind::Judged => "by a language model",
    };
    let speaker = rule.speaker.map(|speaker| format!("{} only", wording::speaker(speaker)));
    let within = rule.within_first_seconds.map(|seconds| format!("first {seconds} s"));
    view! {
        <li>
            <details class="rule">
                <summary>
                    <SeverityBadge severity=rule.severity/>
                    <span class="rule-title">{rule.title}</span>
                    <span class="facts-row dotted">
                        <span>{form}</span>
                        <span>{kind}</span>
                        {speaker.map(|speaker| view! { <span>{speaker}</span> })}
                        {within.map(|within| view! { <span>{within}</span> })}
                    </span>
                    <Icon icon=icondata_lu::LuChevronDown/>
                </summary>
                <div class="rule-body">
                    <p>{rule.instruction}</p>
                    <dl>
                        {texts("Phrases", rule.phrases, true)}
                        {texts("Only after", rule.after_phrases, true)}
                        {texts("Breaks it", rule.examples_violating, false)}
                        {texts("Does not", rule.examples_passing, false)}
                        {texts("Key", vec![rule.key], true)}
                    </dl>
                </div>
            </details>
        </li>
    }
    .into_any()
}

/// A named list of patterns or sentences; nothing where there are none.
fn texts(name: &'static str, texts: Vec<String>, is_code: bool) -> Option<AnyView> {
    if texts.is_empty() {
        return None;
    }
    let items = texts.into_iter().map(|text| {
        if is_code {
            view! { <li><code>{text}</code></li> }.into_any()
        } else {
            view! { <li><q>{text}</q></li> }.into_any()
        }
    });
    Some(view! { <div><dt>{name}</dt><dd><ul role="list">{items.collect_view()}</ul></dd></div> }.into_any())
}

fn version(version: RulesetVersion, present: &str) -> AnyView {
    let is_present = version.ruleset_id == present;
    let change = |what: &'static str, titles: Vec<String>| {
        (!titles.is_empty()).then(|| view! { <span>{what}" "{titles.join(", ")}</span> })
    };
    let same = version.added.is_empty() && version.changed.is_empty() && version.removed.is_empty();
    view! {
        <li class="version">
            <span class="version-when"><Moment moment=version.made_at/></span>
            <code>{version.ruleset_id}</code>
            {is_present.then(|| view! { <span class="badge tone-safe">"In force"</span> })}
            <p class="facts-row dotted">
                {change("Added", version.added)}
                {change("Changed", version.changed)}
                {change("Removed", version.removed)}
                {same.then(|| view! { <span>"No rules yet"</span> })}
            </p>
        </li>
    }
    .into_any()
}
