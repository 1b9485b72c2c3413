//! Which requests a call takes: few enough rules and lines in each that it fits, every line in at least
//! one, and some of the lines before it for company.

use std::ops::Range;

use serde_json::Value;
use supabase_client::ruleset::Rule;

use super::lines::Line;
use super::prompt;
use super::tokens::{PER_MESSAGE, PER_REQUEST, TokenCounter};
use crate::lanes::judge::flags::looks_until_ms;

/// Rules fill at most this share of a request, the transcript the rest.
const RULES_PERCENT: usize = 45;
/// More rules at once are answered worse.
const MOST_RULES: usize = 8;
/// A window repeats at most this share of the one before it.
const OVERLAP_PERCENT: usize = 20;
/// Room for the reason when an answer has to be asked for again: more than all problems together take.
const ASKED_AGAIN_TOKENS: usize = 150;

/// How large a request may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// Everything of a request and its answer together.
    pub request_tokens: usize,
    /// The part of that which is left to the answer.
    pub answer_tokens: usize,
}

/// One request before it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRequest {
    /// Positions among the rules that were planned.
    pub rules: Vec<usize>,
    /// Positions of its lines.
    pub window: Range<usize>,
    pub texts: [String; 2],
    pub schema: Value,
    /// What it takes with its answer, asked again or not.
    pub tokens: usize,
}

/// The requests of a call, and the rules that cannot be asked about all of it.
#[derive(Debug, Default, PartialEq)]
pub struct Plan {
    pub requests: Vec<PlannedRequest>,
    pub too_long: Vec<usize>,
}

/// Plans the requests that ask all `rules` about all `lines` that they look at.
pub fn plan(rules: &[&Rule], lines: &[Line], counter: TokenCounter, limits: RequestLimits) -> Plan {
    let line_tokens = lines
        .iter()
        .enumerate()
        .map(|(number, line)| counter.count(&prompt::line_text(number, line)))
        .collect();
    let planner = Planner { rules, lines, line_tokens, counter, limits };
    let mut plan = Plan::default();
    for (group, end) in planner.groups(&mut plan.too_long) {
        planner.windows(&group, end, &mut plan);
    }
    plan
}

struct Planner<'a> {
    rules: &'a [&'a Rule],
    lines: &'a [Line],
    /// What each line takes by itself.
    line_tokens: Vec<usize>,
    counter: TokenCounter,
    limits: RequestLimits,
}

/// Rules that share their requests.
struct Group {
    rules: Vec<usize>,
    told: Vec<String>,
}

impl Planner<'_> {
    /// What is left for rules and lines.
    fn room(&self) -> usize {
        let bare = self.size(&prompt::texts(&[], ""), &prompt::schema(&[]));
        self.limits.request_tokens.saturating_sub(bare)
    }

    /// What a request takes, its answer and the reason for asking again included.
    fn size(&self, texts: &[String; 2], schema: &Value) -> usize {
        let texts: usize = texts.iter().map(|text| self.counter.count(text) + PER_MESSAGE).sum();
        let schema = self.counter.count(&schema.to_string());
        texts + schema + PER_REQUEST + self.limits.answer_tokens + ASKED_AGAIN_TOKENS
    }

    /// Rules that look equally far are asked together, as many as fit; each group with the end of its lines.
    fn groups(&self, too_long: &mut Vec<usize>) -> Vec<(Group, usize)> {
        let room = self.room() * RULES_PERCENT / 100;
        let mut order: Vec<usize> = (0..self.rules.len()).collect();
        order.sort_by_key(|&rule| looks_until_ms(self.rules[rule]));
        let mut groups: Vec<(Group, u32, usize)> = Vec::new();
        for rule in order {
            let until_ms = looks_until_ms(self.rules[rule]);
            let told = [true, false].into_iter().find_map(|with_examples| {
                let told = prompt::rule_text(self.rules[rule], with_examples);
                // The key stands in the schema, too.
                let key = self.counter.count(&self.rules[rule].key);
                let tokens = self.counter.count(&told) + key + 4;
                (tokens <= room).then_some((told, tokens))
            });
            let Some((told, tokens)) = told else {
                too_long.push(rule);
                continue;
            };
            match groups.last_mut() {
                Some((group, same_ms, taken))
                    if *same_ms == until_ms && *taken + tokens <= room && group.rules.len() < MOST_RULES =>
                {
                    group.rules.push(rule);
                    group.told.push(told);
                    *taken += tokens;
                }
                _ => groups.push((Group { rules: vec![rule], told: vec![told] }, until_ms, tokens)),
            }
        }
        // Lines overlap in time: whoever speaks long holds up the lines of the other side.
        let until = |until_ms: u32| {
            self.lines.iter().rposition(|line| line.start_ms < until_ms).map_or(0, |last| last + 1)
        };
        groups.into_iter().map(|(group, until_ms, _)| (group, until(until_ms))).collect()
    }

    /// Cuts the lines up to `end` into windows that fit beside the group's rules.
    fn windows(&self, group: &Group, end: usize, plan: &mut Plan) {
        let keys: Vec<&str> = group.rules.iter().map(|&rule| self.rules[rule].key.as_str()).collect();
        let schema = prompt::schema(&keys);
        let room =
            self.limits.request_tokens.saturating_sub(self.size(&prompt::texts(&group.told, ""), &schema));
        let mut first = 0;
        while first < end {
            let mut last = first;
            let mut taken = 0;
            while last < end && (last == first || taken + self.line_tokens[last] <= room) {
                taken += self.line_tokens[last];
                last += 1;
            }
            let request = loop {
                let request = self.request(group, first..last, &schema);
                // Lines together can count for a little more than one by one.
                if request.tokens <= self.limits.request_tokens || last == first + 1 {
                    break request;
                }
                last -= 1;
            };
            if request.tokens > self.limits.request_tokens {
                plan.too_long.extend(&group.rules);
                return;
            }
            plan.requests.push(request);
            if last == end {
                break;
            }
            let overlap = room * OVERLAP_PERCENT / 100;
            // One line at least, however long, unless it is all that the window has.
            let mut next = last.saturating_sub(1).max(first + 1);
            let mut repeated: usize = self.line_tokens[next..last].iter().sum();
            while next > first + 1 && repeated + self.line_tokens[next - 1] <= overlap {
                next -= 1;
                repeated += self.line_tokens[next];
            }
            first = next;
        }
    }

    fn request(&self, group: &Group, window: Range<usize>, schema: &Value) -> PlannedRequest {
        let lines: String =
            window.clone().map(|number| prompt::line_text(number, &self.lines[number])).collect();
        let texts = prompt::texts(&group.told, &lines);
        let tokens = self.size(&texts, schema);
        PlannedRequest { rules: group.rules.clone(), window, texts, schema: schema.clone(), tokens }
    }
}
