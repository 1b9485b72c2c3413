//! Flags against the violations of the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Sum;
use std::ops::Add;

use supabase_client::flag::Flag;

use crate::call::{CallTruth, Violation, milliseconds};

/// Counts that can be added up over calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlagScore {
    /// Violations that a flag proves.
    pub true_positives: usize,
    /// Flags that prove no violation.
    pub false_positives: usize,
    /// Violations that no flag proves.
    pub false_negatives: usize,
    /// One sentence for each false positive and false negative, for the person who reads a failure.
    pub remarks: Vec<String>,
}

impl FlagScore {
    /// The share of flags that are right; 1 when there is no flag.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.true_positives, self.false_positives)
    }

    /// The share of violations that were found; 1 when there is no violation.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.true_positives, self.false_negatives)
    }
}

#[expect(clippy::cast_precision_loss, reason = "flag counts are far below 2^52")]
fn share(right: usize, wrong: usize) -> f64 {
    if wrong == 0 { 1.0 } else { right as f64 / (right + wrong) as f64 }
}

impl Add for FlagScore {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self.remarks.extend(other.remarks);
        Self {
            true_positives: self.true_positives + other.true_positives,
            false_positives: self.false_positives + other.false_positives,
            false_negatives: self.false_negatives + other.false_negatives,
            remarks: self.remarks,
        }
    }
}

impl Sum for FlagScore {
    fn sum<I: Iterator<Item = Self>>(scores: I) -> Self {
        scores.fold(Self::default(), Add::add)
    }
}

/// Holds the flags of one call against its truth.
///
/// A flag is right when its rule key is the kind of a violation and its time overlaps that
/// violation's; where something is missing from the whole call, the kind alone decides. Each
/// violation counts once: a second flag of the same rule on the same sentence neither helps nor
/// harms, and one flag across two violating sentences proves only one of them.
#[must_use]
pub fn score_flags(truth: &CallTruth, flags: &[Flag]) -> FlagScore {
    let mut score = FlagScore::default();
    let mut proven = vec![false; truth.violations.len()];
    let mut in_time_order: Vec<&Flag> = flags.iter().collect();
    in_time_order.sort_by_key(|flag| (flag.start_ms, flag.end_ms));

    for flag in in_time_order {
        let candidates: Vec<usize> =
            (0..truth.violations.len()).filter(|&at| proves(flag, &truth.violations[at])).collect();
        if let Some(&open) = candidates.iter().find(|&&at| !proven[at]) {
            proven[open] = true;
            score.true_positives += 1;
        } else if candidates.is_empty() {
            score.false_positives += 1;
            score.remarks.push(format!(
                "{}: {} is wrongly flagged at {} ms: {:?}",
                truth.file, flag.rule_key, flag.start_ms, flag.quote
            ));
        }
    }
    for (violation, _) in truth.violations.iter().zip(&proven).filter(|(_, proven)| !**proven) {
        score.false_negatives += 1;
        score.remarks.push(format!(
            "{}: {} is missed at {} ms: {:?}",
            truth.file,
            violation.kind,
            milliseconds(violation.start_s),
            violation.text.as_deref().unwrap_or("the whole call")
        ));
    }
    score
}

/// The same for each rule by itself: those of the violations and those of the flags.
#[must_use]
pub fn score_flags_by_rule(truth: &CallTruth, flags: &[Flag]) -> BTreeMap<String, FlagScore> {
    let violated = truth.violations.iter().map(|violation| violation.kind.clone());
    let rules: BTreeSet<String> = violated.chain(flags.iter().map(|flag| flag.rule_key.clone())).collect();
    let score = |rule: String| {
        let violations =
            truth.violations.iter().filter(|violation| violation.kind == rule).cloned().collect();
        let of_rule: Vec<Flag> = flags.iter().filter(|flag| flag.rule_key == rule).cloned().collect();
        let score = score_flags(&CallTruth { violations, ..truth.clone() }, &of_rule);
        (rule, score)
    };
    rules.into_iter().map(score).collect()
}

/// Prints how each rule did over many calls, and returns all of it together.
pub fn print_by_rule(calls: impl IntoIterator<Item = BTreeMap<String, FlagScore>>) -> FlagScore {
    let mut rules: BTreeMap<String, FlagScore> = BTreeMap::new();
    for (rule, score) in calls.into_iter().flatten() {
        let so_far = rules.remove(&rule).unwrap_or_default();
        rules.insert(rule, so_far + score);
    }
    for (rule, score) in &rules {
        println!(
            "{rule}: precision {:.3}, recall {:.3} ({} right, {} wrong, {} missed)",
            score.precision(),
            score.recall(),
            score.true_positives,
            score.false_positives,
            score.false_negatives
        );
    }
    rules.into_values().sum()
}

fn proves(flag: &Flag, violation: &Violation) -> bool {
    let same_time =
        || flag.start_ms < milliseconds(violation.end_s) && flag.end_ms > milliseconds(violation.start_s);
    flag.rule_key == violation.kind && (violation.is_absence() || flag.words.is_some() && same_time())
}

#[cfg(test)]
mod tests {
    use supabase_client::flag::{Proof, Severity};
    use supabase_client::transcript::Speaker;

    use super::*;

    fn violation(kind: &str, span_s: Option<(f64, f64)>) -> Violation {
        let (start_s, end_s) = span_s.unwrap_or((0.0, 60.0));
        Violation {
            kind: kind.to_owned(),
            channel: span_s.map(|_| 0),
            start_s,
            end_s,
            text: span_s.map(|_| "said".to_owned()),
        }
    }

    fn truth(violations: Vec<Violation>) -> CallTruth {
        CallTruth {
            file: "call.mp3".to_owned(),
            title: String::new(),
            duration_s: 60.0,
            violations,
            segments: Vec::new(),
        }
    }

    fn flag(rule_key: &str, span_ms: Option<(u32, u32)>) -> Flag {
        let (start_ms, end_ms) = span_ms.unwrap_or_default();
        Flag {
            id: String::new(),
            rule_key: rule_key.to_owned(),
            rule_title: String::new(),
            severity: Severity::Major,
            speaker: Speaker::Agent,
            quote: String::new(),
            start_ms,
            end_ms,
            words: span_ms.map(|_| (0, 1)),
            proof: Proof::Exact,
            doubtful: false,
        }
    }

    fn counts(violations: Vec<Violation>, flags: &[Flag]) -> (usize, usize, usize) {
        let score = score_flags(&truth(violations), flags);
        assert_eq!(score.remarks.len(), score.false_positives + score.false_negatives);
        (score.true_positives, score.false_positives, score.false_negatives)
    }

    #[test]
    fn a_flag_needs_the_kind_and_the_time() {
        let guarantee = || vec![violation("guarantee", Some((10.0, 12.0)))];
        assert_eq!(counts(guarantee(), &[flag("guarantee", Some((11_900, 13_000)))]), (1, 0, 0));
        assert_eq!(counts(guarantee(), &[flag("guarantee", Some((12_000, 13_000)))]), (0, 1, 1));
        assert_eq!(counts(guarantee(), &[flag("pressure", Some((10_000, 12_000)))]), (0, 1, 1));
        assert_eq!(counts(guarantee(), &[flag("guarantee", None)]), (0, 1, 1));
        assert_eq!(counts(guarantee(), &[]), (0, 0, 1));
    }

    #[test]
    fn what_is_missing_matches_by_kind() {
        let missing = || vec![violation("missing_disclosure", None)];
        assert_eq!(counts(missing(), &[flag("missing_disclosure", None)]), (1, 0, 0));
        assert_eq!(counts(missing(), &[flag("other_disclosure", None)]), (0, 1, 1));
    }

    #[test]
    fn flags_repeated_on_one_sentence_count_once() {
        let twice = [flag("pressure", Some((1_000, 2_000))), flag("pressure", Some((2_500, 3_000)))];
        assert_eq!(counts(vec![violation("pressure", Some((1.0, 3.0)))], &twice), (1, 0, 0));
    }

    #[test]
    fn neighbours_of_one_kind_need_a_flag_each() {
        let neighbours =
            || vec![violation("pressure", Some((1.0, 2.0))), violation("pressure", Some((2.5, 4.0)))];
        let later_first = [flag("pressure", Some((2_600, 3_000))), flag("pressure", Some((1_000, 2_000)))];
        assert_eq!(counts(neighbours(), &later_first), (2, 0, 0));
        assert_eq!(counts(neighbours(), &[flag("pressure", Some((1_000, 4_000)))]), (1, 0, 1));
    }

    #[test]
    fn each_rule_is_scored_by_itself() {
        let violations =
            vec![violation("pressure", Some((1.0, 2.0))), violation("guarantee", Some((1.0, 2.0)))];
        let flags = [flag("pressure", Some((1_000, 2_000))), flag("incentive", Some((1_000, 2_000)))];
        let rules = score_flags_by_rule(&truth(violations), &flags);
        let counts = |score: &FlagScore| (score.true_positives, score.false_positives, score.false_negatives);
        let told: Vec<_> = rules.iter().map(|(rule, score)| (rule.as_str(), counts(score))).collect();
        assert_eq!(told, [("guarantee", (0, 0, 1)), ("incentive", (0, 1, 0)), ("pressure", (1, 0, 0))]);
        let all = print_by_rule([rules.clone(), rules]);
        assert_eq!(counts(&all), (2, 2, 2));
    }

    #[test]
    fn scores_add_up_over_calls() {
        let found = score_flags(&truth(vec![violation("pressure", None)]), &[flag("pressure", None)]);
        let missed = score_flags(&truth(vec![violation("pressure", None)]), &[]);
        let invented = score_flags(&truth(Vec::new()), &[flag("pressure", None)]);
        let all: FlagScore = [found.clone(), found, missed, invented].into_iter().sum();
        assert!((all.precision() - 2.0 / 3.0).abs() < 1e-9);
        assert!((all.recall() - 2.0 / 3.0).abs() < 1e-9);
        assert!((FlagScore::default().precision() - 1.0).abs() < 1e-9);
    }
}
