//! `make bench NAME=judge`: what phrase rules cost, how well waiting calls share the endpoint, and how
//! large and how many the requests are.

mod hour;
#[path = "../../tests/judge/support.rs"]
#[expect(dead_code, reason = "the tests of the judge use the rest")]
mod judging;
mod requests;
mod rules;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the benchmarks of other lanes use the rest")]
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use callscript_server::lanes::judge::model::{Model, ModelSettings};
use callscript_server::lanes::judge::{self, Judge, verdict};
use figures::Figure;
use judging::{World, call};
use rustix::time::{ClockId, clock_gettime};
use supabase_client::call::CallStatus;
use supabase_client::transcript::Speaker::{Agent, Caller};
use support::{context, median, until};

const RUNS: usize = 15;
const PHRASE_RULES: usize = 100;
const CALLS: usize = 96;
const CALLS_AT_A_TIME: usize = 8;
const LATENCY: Duration = Duration::from_millis(800);

#[tokio::main]
async fn main() {
    phrase_rules();
    let world = World::new(Vec::new()).await;
    requests::measure(&world).await;
    concurrency(&world).await;
}

/// The processor's time for an hour of talk, from the transcript to the judgement.
fn phrase_rules() {
    let material = rules::material(rules::phrase_rules(PHRASE_RULES));
    let mut flags = 0;
    let mut once = || {
        let before = processor_ms();
        flags = verdict::judge_by_phrases(&material).flags.len();
        processor_ms() - before
    };
    let first = once();
    let ms = median((0..RUNS).map(|_| once()).collect());
    let phrases: usize =
        material.ruleset.rules.iter().map(|rule| rule.phrases.len() + rule.after_phrases.len()).sum();
    println!(
        "{PHRASE_RULES} phrase rules with {phrases} phrases over an hour of {} words: {ms:.2} ms, the first time \
         {first:.2} ms, {flags} flags",
        hour::WORDS
    );
    Figure::at_most("phrase_rules_ms_per_hour_call", ms, 20.0).print();
}

/// What this thread has used so far, whatever else the machine does.
fn processor_ms() -> f64 {
    let used = Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("time is positive");
    used.as_secs_f64() * 1_000.0
}

/// Calls that wait for the lane, which asks an endpoint that thinks for a while about one rule of each.
async fn concurrency(world: &World) {
    world.stack.enable_rule("aca", "income_misstated").await;
    let said = [
        (Agent, "This call is being recorded for quality. How much do you make in a year?"),
        (Caller, "I make forty thousand dollars a year."),
    ];
    let transcript = call(Vec::new(), &said).transcript;
    for number in 0..CALLS {
        world.waiting_call(&format!("call-{number}"), "ACA Health Insurance", &transcript).await;
    }
    world.endpoint.forget_requests();
    world.endpoint.behave(|endpoint| endpoint.latency_ms = LATENCY.as_millis() as u64);
    let context = context(&world.stack);
    let settings = ModelSettings { requests: 16, ..world.settings() };
    let model = Model::new(context.api.clone(), settings, Arc::clone(&context.clock)).expect("a model");
    let judge = Judge { api: context.api.clone(), model: Some(Arc::new(model)) };

    let began = Instant::now();
    let lane = tokio::spawn(judge::run(context.clone(), judge, CALLS_AT_A_TIME));
    world.endpoint.requested(CALLS).await;
    until(&context.api, CallStatus::Safe, CALLS as i64).await;
    let seconds = began.elapsed().as_secs_f64();
    context.stop.cancel();
    lane.await.expect("the lane ends");
    assert_eq!(world.endpoint.request_count(), CALLS);

    let per_second = CALLS as f64 / seconds;
    println!(
        "{CALLS} calls of one request of {} ms, {CALLS_AT_A_TIME} at a time: {seconds:.2} s, {per_second:.2} calls a \
         second, at most {} requests at once",
        LATENCY.as_millis(),
        world.endpoint.most_in_flight()
    );
    let ideal = CALLS_AT_A_TIME as f64 / LATENCY.as_secs_f64();
    Figure::at_least("judge_concurrency_efficiency", per_second / ideal, 0.8).print();
}
