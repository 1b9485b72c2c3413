//! How one rule ends for one call, before the verdict is made of all of them.

use supabase_client::flag::Flag;
use supabase_client::judgement::{RuleOutcome, Unasked};

/// How a rule ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Never empty.
    Violated(Vec<Flag>),
    Passed,
    NotApplicable,
    /// With the reason, as a sentence.
    Undecided(String),
}

/// How a rule ended, and whether a part of the call could not be asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    pub outcome: Outcome,
    pub unasked: Option<Unasked>,
}

impl Ending {
    /// A rule that nobody could be asked about.
    pub fn unasked(reason: Unasked) -> Self {
        Self { outcome: Outcome::Undecided(sentence(reason).to_owned()), unasked: Some(reason) }
    }
}

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, unasked: None }
    }
}

impl Outcome {
    pub const fn name(&self) -> RuleOutcome {
        match self {
            Self::Violated(_) => RuleOutcome::Violation,
            Self::Passed => RuleOutcome::Pass,
            Self::NotApplicable => RuleOutcome::NotApplicable,
            Self::Undecided(_) => RuleOutcome::Undecided,
        }
    }
}

/// What reviewers read beside the rule.
const fn sentence(reason: Unasked) -> &'static str {
    match reason {
        Unasked::NoEndpoint => "No language model is configured.",
        Unasked::EndpointAway => {
            "The language model could not be reached; it is asked again when it is back."
        }
        Unasked::BudgetSpent => {
            "The day's budget for the language model is spent; it is asked again tomorrow."
        }
        Unasked::BadAnswers => "The language model gave no usable answer.",
    }
}
