//! Rules for the hour of talk.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use supabase_client::ruleset::{JudgeMaterial, Rule, RuleForm, Ruleset};

use crate::hour::{self, filled};
use crate::judging::{judged_rule, phrase_rule};

const PHRASES: [&str; 30] = [
    "i guarantee (you will|that you will|you|it)? (be approved|qualify|save money|save)?",
    "(plan|insurance|coverage|policy) is (completely|totally|absolutely|entirely)? free",
    "(you will|you'll|you) pay nothing",
    "(send you|give you|get|receive|mail you) (a|your) *5 gift (card|cards)",
    "you (must|have to|need to) (decide|enroll|sign up|act) (today|tonight|tomorrow|right now|now)",
    "(this|the) offer (ends|expires) (today|tonight|tomorrow|right now)",
    "you will lose your {thing} (today|tonight|tomorrow)?",
    "(i am|i'm|we are|we're) (calling from|with|from) (the government|social security|medicare|medicaid)",
    "(need|what is|what's|give me|confirm|verify) your (full|complete)? (social security|bank account|routing) number",
    "(do not|don't|never) tell (your doctor|your family|your husband|your wife|anyone|anybody)",
    "just? (say|answer) yes to *3 (question|questions|everything)",
    "you (may|could|can) (save|qualify)",
    "save # dollars *2 (a month|a year|every month)",
    "pay # dollars (a|per|each) month",
    "i found # *1 plans",
    "the {thing} is {quality}",
    "your {thing} (is|will be|would be) *2 (guaranteed|approved|free)",
    "{quality} {thing} (and|or) *4 {thing}",
    "(cancel|drop|replace) your *3 {thing} (today|now)?",
    "no (cost|charge|fee) (to you|for you|at all)?",
    "i (promise|swear|assure you) *6 {verb}",
    "(best|cheapest|only) {thing} in {place}",
    "(we|they) will {verb} your {thing}",
    "# thousand dollars",
    "(everybody|everyone|nobody) *2 (qualifies|{verb})",
    "(license|licensed) (agent|broker) *3 {place}",
    "would you like to {verb}",
    "(do|does) not {verb} *5 {drug}",
    "in {month} *3 {thing}",
    "you (told|said) *8 {thing} *3 (wrong|different|changed)",
];

const ORDERS: [&str; 4] = [
    "stop calling me?",
    "(take|remove) me (off|from) (your|the|that) list",
    "(do not|don't|never) call (me|here|this number|my {thing}) again?",
    "(i am|i'm) not interested",
];

const INSTRUCTIONS: [&str; 10] = [
    "The agent must not suggest or enter a {thing} other than the one the caller told, not even as an example.",
    "The agent must not say or imply that a {thing} is {quality} before eligibility is established; saying that \
     it may be so, depending on {thing} and household, is allowed.",
    "The agent must not call the {thing} of another company worse than it is to make the caller {verb}.",
    "The agent must not {verb} a change of {thing} before the caller has agreed to it in words of their own.",
    "The agent must not answer for the caller where the {thing} asks for the caller's own words.",
    "The agent must not keep selling once the caller says that the {thing} they have is {quality} enough.",
    "The agent must not leave the caller believing that {drug} or their {thing} is covered when nobody looked.",
    "The agent must not use illness, age or the death of a relative to make the caller {verb} a {thing}.",
    "The agent must not take advantage of a caller who shows that they do not understand what a {thing} is.",
    "The agent must not promise that somebody else will call to {verb} the {thing} free of charge.",
];

/// Phrase rules, two to four phrases each; every fifth asks for an order of the other side before, every
/// tenth for something that has to be said in the first minute.
pub fn phrase_rules(number: usize) -> Vec<Rule> {
    let mut random = StdRng::seed_from_u64(1);
    let mut phrases = PHRASES.iter().cycle();
    let rule = |at: usize| {
        let mut rule = phrase_rule(&format!("rule_{at}"), "");
        rule.phrases =
            phrases.by_ref().take(2 + at % 3).map(|phrase| phrase_of(phrase, &mut random)).collect();
        if at % 5 == 1 {
            rule.after_phrases = ORDERS[at % 2..].iter().map(|order| phrase_of(order, &mut random)).collect();
        }
        if at % 10 == 3 {
            rule.form = RuleForm::MustHappen;
            rule.within_first_seconds = Some(60);
        }
        rule
    };
    (0..number).map(rule).collect()
}

fn phrase_of(text: &str, random: &mut StdRng) -> String {
    filled(text, random).to_lowercase()
}

/// Ten judged rules of a vertical, as long as real ones.
pub fn judged_rules(vertical: &str) -> Vec<Rule> {
    let mut random = StdRng::seed_from_u64(2);
    let rule = |(at, instruction): (usize, &&str)| {
        let mut example = |text: &str| filled(text, &mut random);
        Rule {
            instruction: example(&format!("On {vertical} calls: {instruction}")),
            examples_violating: vec![
                example("Let's just say your {thing} is {quality}, nobody will {verb} it."),
                example("I can tell you right now that the {thing} will {verb} {drug}."),
            ],
            examples_passing: vec![example("You may qualify, it depends on your {thing}.")],
            ..judged_rule(&format!("{vertical}_rule_{at}"))
        }
    };
    INSTRUCTIONS.iter().enumerate().map(rule).collect()
}

/// The hour of talk under these rules.
pub fn material(rules: Vec<Rule>) -> JudgeMaterial {
    let ruleset = Ruleset { ruleset_id: "benchmark".to_owned(), vertical: "aca".to_owned(), rules };
    JudgeMaterial { transcript: hour::transcript(), ruleset, unfinished: None, shown: None }
}
