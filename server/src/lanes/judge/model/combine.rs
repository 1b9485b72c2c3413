//! From what the model says of a rule in each window to how the rule ends.

use std::ops::Range;

use supabase_client::judgement::{RefusalReason, RefusedFinding, RuleOutcome, Unasked};
use supabase_client::ruleset::{Rule, RuleForm};
use supabase_client::transcript::{Speaker, Transcript};

use super::answer::{Finding, RuleAnswer, Said};
use super::lines::{Line, Quoted, find_quote};
use crate::lanes::judge::ending::{Ending, Outcome};
use crate::lanes::judge::flags::{Hit, can_be, flags_for, looks_until_ms};
use crate::lanes::judge::phrase_rules::absent;
use crate::lanes::judge::speech::Speech;

const NOT_SAID: &str = "The language model named words that were not said there.";
const CANNOT_TELL: &str = "The language model could not tell.";
const TOO_LONG: &str = "The rule and what it looks at do not fit into a request to the language model.";
const CONTRADICTION: &str = "The language model contradicted itself.";

/// Texts of a model are kept up to this many letters.
const KEPT_LETTERS: usize = 500;

/// What one window says of a rule, its proofs looked up.
#[derive(Debug, Clone, PartialEq)]
pub enum WindowAnswer {
    Unasked(Unasked),
    Said {
        outcome: RuleOutcome,
        /// The places that prove it.
        hits: Vec<Hit>,
        /// It names places although its outcome needs none.
        contradicts: bool,
    },
}

/// What the answers are held against.
pub struct Evidence<'a> {
    /// The transcript as it was sent; positions are the same as in the true one.
    pub sent: Speech<'a>,
    pub lines: Vec<Line>,
}

impl Evidence<'_> {
    /// Looks up what the model names for a rule in a window. What is not borne out goes to `refused`.
    pub fn prove(
        &self,
        rule: &Rule,
        window: &Range<usize>,
        answer: RuleAnswer,
        refused: &mut Vec<RefusedFinding>,
    ) -> WindowAnswer {
        let mut outcomes: Vec<RuleOutcome> = Vec::new();
        let mut hits = Vec::new();
        let mut contradicts = false;
        for Said { outcome, findings } in answer {
            if !outcomes.contains(&outcome) {
                outcomes.push(outcome);
            }
            let needs_proof = outcome == proven_outcome(rule.form);
            for finding in findings {
                match self.look_up(rule, window, &finding) {
                    Ok(hit) if needs_proof => hits.push(hit),
                    // It says that nothing is wrong, and names where.
                    Ok(_) => contradicts |= denies(rule.form, outcome),
                    Err(reason) if needs_proof => refused.push(refusal(&rule.key, finding, reason)),
                    // Borne out or not, it is not what the outcome stands on; models quote for company.
                    Err(_) => {}
                }
            }
        }
        let outcome = match outcomes[..] {
            [outcome] => outcome,
            _ if hits.is_empty() => RuleOutcome::Undecided,
            _ => proven_outcome(rule.form),
        };
        WindowAnswer::Said { outcome, hits, contradicts }
    }

    fn look_up(&self, rule: &Rule, window: &Range<usize>, finding: &Finding) -> Result<Hit, RefusalReason> {
        let line = usize::try_from(finding.line).map_err(|_| RefusalReason::QuoteNotFound)?;
        let said_by = match finding.speaker.as_str() {
            "agent" => Speaker::Agent,
            "caller" => Speaker::Caller,
            _ => Speaker::Unknown,
        };
        let check = |hit: &Hit| {
            let is_theirs = said_by == hit.speaker || hit.speaker == Speaker::Unknown;
            if !is_theirs || rule.speaker.is_some_and(|wanted| !can_be(hit.speaker, wanted)) {
                return Err(RefusalReason::WrongSpeaker);
            }
            if hit.start_ms >= looks_until_ms(rule) { Err(RefusalReason::TooLate) } else { Ok(()) }
        };
        let quoted = Quoted { line, text: &finding.quote };
        find_quote(&self.sent, &self.lines, window, &quoted, RefusalReason::QuoteNotFound, check)
    }
}

/// Whether the outcome says that the rule was not broken, where places are named only for breaking it.
fn denies(form: RuleForm, outcome: RuleOutcome) -> bool {
    form == RuleForm::MustNotHappen && outcome != RuleOutcome::Undecided
}

/// The outcome that has to be proven by a quote.
const fn proven_outcome(form: RuleForm) -> RuleOutcome {
    match form {
        RuleForm::MustNotHappen => RuleOutcome::Violation,
        RuleForm::MustHappen => RuleOutcome::Pass,
    }
}

/// A finding as it is kept for admins.
pub fn refusal(rule_key: &str, finding: Finding, reason: RefusalReason) -> RefusedFinding {
    let kept = |text: &str| {
        text.chars().filter(|letter| !letter.is_control()).take(KEPT_LETTERS).collect::<String>()
    };
    RefusedFinding {
        rule_key: kept(rule_key),
        line: Some(finding.line),
        speaker: Some(kept(&finding.speaker)),
        quote: kept(&finding.quote),
        reason,
    }
}

/// How a rule ends after all its windows. `fits`: they are all that it looks at. `speech` is the true one, for
/// the quotes that reviewers read.
pub fn ending(
    rule: &Rule,
    windows: &[WindowAnswer],
    fits: bool,
    speech: &Speech<'_>,
    transcript: &Transcript,
) -> Ending {
    let unasked = windows.iter().find_map(|window| match window {
        WindowAnswer::Unasked(reason) => Some(*reason),
        WindowAnswer::Said { .. } => None,
    });
    let hits: Vec<Hit> = windows.iter().flat_map(WindowAnswer::hits).cloned().collect();
    // Proof stands whatever else is unknown.
    if !hits.is_empty() {
        return match rule.form {
            RuleForm::MustNotHappen => {
                Ending { outcome: Outcome::Violated(flags_for(rule, speech, &hits)), unasked }
            }
            RuleForm::MustHappen => Outcome::Passed.into(),
        };
    }
    if !fits {
        return Outcome::Undecided(TOO_LONG.to_owned()).into();
    }
    if let Some(reason) = unasked {
        return Ending::unasked(reason);
    }
    let says = |wanted: RuleOutcome| {
        windows
            .iter()
            .any(|window| matches!(window, WindowAnswer::Said { outcome, .. } if *outcome == wanted))
    };
    let contradicts =
        windows.iter().any(|window| matches!(window, WindowAnswer::Said { contradicts: true, .. }));
    if says(proven_outcome(rule.form)) {
        return Outcome::Undecided(NOT_SAID.to_owned()).into();
    }
    if contradicts {
        return Outcome::Undecided(CONTRADICTION.to_owned()).into();
    }
    if says(RuleOutcome::Undecided) {
        return Outcome::Undecided(CANNOT_TELL.to_owned()).into();
    }
    match rule.form {
        // Nothing was said in which it could have been broken.
        RuleForm::MustNotHappen if windows.is_empty() || says(RuleOutcome::Pass) => Outcome::Passed.into(),
        RuleForm::MustHappen if windows.is_empty() || says(RuleOutcome::Violation) => {
            absent(rule, transcript).into()
        }
        _ => Outcome::NotApplicable.into(),
    }
}

impl WindowAnswer {
    fn hits(&self) -> &[Hit] {
        match self {
            Self::Unasked(_) => &[],
            Self::Said { hits, .. } => hits,
        }
    }
}
