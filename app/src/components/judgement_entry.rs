use leptos::prelude::*;
use supabase_client::flag::Flag;
use supabase_client::judgement::GivenJudgement;

use crate::components::moment::Moment;
use crate::components::rule_outcomes::RuleOutcomes;
use crate::format::{clock, thousands};
use crate::wording;

/// The model's id where none was asked.
const NO_MODEL: &str = "phrases";

/// One verdict: what, when, under which rules, by which model and at what price; opens to its flags and rules.
#[component]
pub fn JudgementEntry(judgement: GivenJudgement) -> impl IntoView {
    let tone = wording::status_tone(wording::status_of_verdict(judgement.verdict));
    let model_asked = judgement.judge_model != NO_MODEL;
    let facts = [
        ("Rules", Some(judgement.qa_version)),
        ("Model", Some(judgement.judge_model).filter(|_| model_asked)),
        ("Answered", judgement.returned_model),
        ("Endpoint", judgement.endpoint),
    ];
    let facts = facts.into_iter().filter_map(|(name, value)| {
        value.map(|value| view! { <div><dt>{name}</dt><dd><code>{value}</code></dd></div> })
    });
    let tokens = format!("{} in, {} out", thousands(judgement.tokens_in), thousands(judgement.tokens_out));
    let flags = judgement.flags.into_iter().map(|flag| view! { <FlagEntry flag/> }).collect_view();
    view! {
        <details class="judgement">
            <summary>
                <span class=format!("status tone-{tone}")>{wording::given_verdict(judgement.verdict)}</span>
                <span class="judgement-when"><Moment moment=judgement.judged_at/></span>
                {judgement.shown.then(|| view! { <span class="judgement-shown">"Shown"</span> })}
            </summary>
            <dl class="facts">
                {facts.collect_view()}
                {(!model_asked).then(|| view! { <div><dt>"Model"</dt><dd>"none asked, phrases only"</dd></div> })}
                <div><dt>"Tokens"</dt><dd class="numbers">{tokens}</dd></div>
                <div><dt>"Cost"</dt><dd class="numbers">{format!("${}", judgement.cost_usd)}</dd></div>
            </dl>
            <ul class="judgement-flags" role="list">{flags}</ul>
            <RuleOutcomes rules=judgement.rule_results asked_again=false/>
            {refused(judgement.refused_findings).map(|refused| view! { <p class="judgement-refused">{refused}</p> })}
        </details>
    }
}

#[component]
fn FlagEntry(flag: Flag) -> impl IntoView {
    let quote = if flag.quote.is_empty() {
        view! { <span>"Not said."</span> }.into_any()
    } else {
        view! { <q>{flag.quote}</q> }.into_any()
    };
    view! {
        <li>
            <span class="numbers">{clock(flag.start_ms)}</span>
            <div><strong>{flag.rule_title}</strong>{quote}</div>
        </li>
    }
}

/// The database counts them for admins only.
fn refused(findings: i64) -> Option<String> {
    match findings {
        ..=0 => None,
        1 => Some("1 finding of the model was refused: the transcript does not bear it out.".to_owned()),
        more => {
            Some(format!("{more} findings of the model were refused: the transcript does not bear them out."))
        }
    }
}
