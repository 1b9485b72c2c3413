//! The size of the requests about an hour of talk, read in the endpoint's own record of them.

use callscript_server::lanes::judge::model::tokens::{TokenCounter, Vocabulary};
use callscript_server::lanes::judge::model::{ModelSettings, RequestLimits};
use figures::Figure;
use model_simulator::Recorded;
use serde_json::Value;
use supabase_client::ruleset::Rule;

use crate::judging::{World, judged};
use crate::rules::{judged_rules, material};

const VERTICALS: [&str; 3] = ["aca", "medicare", "final_expense"];
/// As the server sets them when nobody says otherwise.
const LIMITS: RequestLimits = RequestLimits { request_tokens: 4_000, answer_tokens: 800 };
/// More than the call has: it goes out in one piece.
const NO_LIMITS: RequestLimits = RequestLimits { request_tokens: 1_000_000, answer_tokens: 800 };

pub async fn measure(world: &World) {
    let rules: Vec<Rule> = VERTICALS.into_iter().flat_map(judged_rules).collect();
    let counter = TokenCounter::new(Vocabulary::O200kBase, "").expect("a vocabulary");

    let requests = asked(world, rules.clone(), LIMITS).await;
    let size = |request: &Recorded| Parts::of(&request.body).tokens(counter) + answer_tokens(&request.body);
    let largest = requests.iter().map(size).max().expect("requests");
    println!("an hour of talk under {} judged rules: {} requests", rules.len(), requests.len());
    Figure::at_most("judge_max_request_tokens", largest as f64, 4_000.0).print();

    let requests = asked(world, judged_rules(VERTICALS[0]), LIMITS).await;
    let ours: usize = requests.iter().map(|request| Parts::of(&request.body).tokens(counter)).sum();
    let whole = asked(world, rules, NO_LIMITS).await;
    let at_once = whole.iter().map(|request| Parts::of(&request.body)).reduce(Parts::with_rules_of);
    let at_once = at_once.expect("requests").tokens(counter);
    println!(
        "under the ten rules of its vertical: {ours} tokens in {} requests; under all thirty with the whole call \
         at once: {at_once} tokens. The windows overlap and each repeats its rules; a request has at most eight.",
        requests.len()
    );
    Figure::report("judge_tokens_vs_all_rules_whole_call", ours as f64 / at_once as f64).print();
}

/// What the endpoint is asked about the hour under these rules.
async fn asked(world: &World, rules: Vec<Rule>, limits: RequestLimits) -> Vec<Recorded> {
    world.endpoint.forget_requests();
    let judge = world.judge_with(ModelSettings { limits, requests: 16, ..world.settings() });
    judged(&judge, &material(rules)).await;
    world.endpoint.requests()
}

fn answer_tokens(body: &Value) -> usize {
    body["max_tokens"].as_u64().expect("a limit") as usize
}

/// What is sent, in the pieces that requests about the same lines can share.
struct Parts {
    system: String,
    rules: Vec<Value>,
    transcript: String,
    schema: Value,
}

const BETWEEN: &str = "\n</rules>\n";

impl Parts {
    fn of(body: &Value) -> Self {
        let text = |at: usize| body["messages"][at]["content"].as_str().expect("a text");
        let (rules, transcript) = text(1).split_once(BETWEEN).expect("two blocks");
        Self {
            system: text(0).to_owned(),
            rules: serde_json::from_str(rules.trim_start_matches("<rules>\n")).expect("rules"),
            transcript: transcript.to_owned(),
            schema: body["response_format"]["json_schema"]["schema"].clone(),
        }
    }

    /// The same request with the rules of another.
    fn with_rules_of(mut self, other: Self) -> Self {
        assert_eq!(self.transcript, other.transcript);
        self.rules.extend(other.rules);
        let keys = self.rules.iter().map(|rule| rule["key"].clone()).collect();
        self.schema["properties"]["rules"]["items"]["properties"]["rule"]["enum"] = Value::Array(keys);
        self
    }

    /// As the model counts, without the answer.
    fn tokens(&self, counter: TokenCounter) -> usize {
        let rules = Value::Array(self.rules.clone());
        let user = format!("<rules>\n{rules}{BETWEEN}{}", self.transcript);
        let messages = [&self.system, &user].map(|text| counter.count(text) + 4);
        messages.iter().sum::<usize>() + counter.count(&self.schema.to_string()) + 3
    }
}
