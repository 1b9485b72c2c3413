//! Every request fits, and no line is left out.

use callscript_server::lanes::judge::model::RequestLimits;
use callscript_server::lanes::judge::model::tokens::{TokenCounter, Vocabulary};
use model_simulator::{Reading, Recorded};
use supabase_client::judgement::{RuleOutcome, Verdict};
use supabase_client::ruleset::{Rule, RuleForm};
use supabase_client::transcript::Speaker::{self, Agent, Caller};

use crate::support::{World, call, judged, judged_rule, outcome, quotes, result};

/// What a request has with its answer, as the model counts.
pub fn tokens(request: &Recorded) -> usize {
    let counter = TokenCounter::new(Vocabulary::O200kBase, "").unwrap();
    let messages = request.body["messages"].as_array().unwrap();
    let texts = messages.iter().map(|message| counter.count(message["content"].as_str().unwrap()) + 4);
    let schema = &request.body["response_format"]["json_schema"]["schema"];
    let schema = if schema.is_null() { 0 } else { counter.count(&schema.to_string()) };
    let answer = usize::try_from(request.body["max_tokens"].as_u64().unwrap()).unwrap();
    texts.sum::<usize>() + schema + answer + 3
}

/// An hour of talk; the agent promises something in line 700.
fn long_call(rules: Vec<Rule>) -> supabase_client::ruleset::JudgeMaterial {
    let text = |at: usize| match at {
        700 => "I guarantee you will be approved.".to_owned(),
        _ => format!("This is sentence number {at} of a long call about the plan and its deductible."),
    };
    let lines: Vec<(Speaker, String)> =
        (0..1_200).map(|at| (if at % 2 == 0 { Agent } else { Caller }, text(at))).collect();
    let lines: Vec<(Speaker, &str)> = lines.iter().map(|(speaker, text)| (*speaker, text.as_str())).collect();
    call(rules, &lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_call_goes_out_in_overlapping_windows_that_fit() {
    let world = World::new(vec![Reading::new("promise", "i guarantee")]).await;
    for request_tokens in [2_000, 4_000] {
        world.endpoint.forget_requests();
        let mut settings = world.settings();
        settings.limits = RequestLimits { request_tokens, answer_tokens: 400 };
        let rules = || (0..12).map(|at| judged_rule(&format!("rule_{at}"))).chain([judged_rule("promise")]);
        let judgement = judged(&world.judge_with(settings), &long_call(rules().collect())).await;
        assert_eq!(
            (judgement.verdict, quotes(&judgement)),
            (Verdict::Flagged, vec!["I guarantee you will be approved."])
        );

        let requests = world.endpoint.requests();
        let most = requests.iter().map(tokens).max().unwrap();
        assert!(most <= request_tokens, "{most} of {request_tokens} tokens");
        for rule in rules() {
            let asked: Vec<_> = requests
                .iter()
                .map(Recorded::question)
                .filter(|question| question.rules.iter().any(|asked| asked.key == rule.key))
                .collect();
            let mut windows: Vec<(u64, u64)> = asked
                .iter()
                .map(|question| (question.lines[0].number, question.lines.last().unwrap().number))
                .collect();
            windows.sort_unstable();
            assert_eq!((windows[0].0, windows.last().unwrap().1), (0, 1_199), "{windows:?}");
            assert!(windows.len() > 5);
            for two in windows.windows(2) {
                assert!(two[1].0 <= two[0].1 && two[1].0 > two[0].0, "{two:?} do not overlap");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_first_seconds_are_sent_to_a_rule_that_looks_no_further() {
    let world = World::new(Vec::new()).await;
    let disclosure =
        Rule { form: RuleForm::MustHappen, within_first_seconds: Some(60), ..judged_rule("disclosure") };
    let judgement = judged(&world.judge(), &long_call(vec![disclosure])).await;
    assert_eq!(judgement.flags[0].id, "disclosure:missing");
    let requests = world.endpoint.requests();
    assert_eq!((requests.len(), requests[0].question().lines.len()), (1, 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_fit_is_undecided_and_takes_nothing_along() {
    let world = World::new(vec![Reading::new("promise", "i guarantee")]).await;
    let endless = Rule { instruction: "Long words. ".repeat(4_000), ..judged_rule("endless") };
    let monologue = "I guarantee a lot of things ".repeat(2_000);
    let material = call(vec![endless, judged_rule("promise")], &[(Agent, &monologue)]);
    let judgement = judged(&world.judge(), &material).await;
    assert_eq!(outcome(&judgement, "promise"), RuleOutcome::Violation);
    let endless = result(&judgement, "endless");
    assert_eq!((endless.outcome, endless.unasked), (RuleOutcome::Undecided, None));
    assert!(endless.reason.as_deref().unwrap().contains("do not fit"));
    assert!(world.endpoint.requests().iter().all(|request| tokens(request) <= 4_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_judged_rule_asks_nothing() {
    let world = World::new(Vec::new()).await;
    let judgement = judged(&world.judge(), &call(Vec::new(), &[(Agent, "Hello.")])).await;
    assert_eq!((judgement.verdict, judgement.judge_model.as_str()), (Verdict::Safe, "phrases"));
    assert_eq!(world.endpoint.request_count(), 0);
}
