//! States, severities and the like in the words a reviewer uses.

use supabase_client::call::{AttemptOutcome, CallStatus, CallSummary, ReviewVerdict};
use supabase_client::flag::{Flag, Proof, Severity};
use supabase_client::judgement::{RuleOutcome, Verdict};
use supabase_client::lane::{Lane, PausableLane};
use supabase_client::transcript::{Doubt, Speaker};

#[must_use]
pub const fn status(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Pending => "Waiting for the recording",
        CallStatus::Downloading => "Fetching the recording",
        CallStatus::Downloaded => "Waiting to be transcribed",
        CallStatus::Processing => "Being transcribed",
        CallStatus::Transcribed => "Waiting to be judged",
        CallStatus::Judging => "Being judged",
        CallStatus::Flagged => "Flagged",
        CallStatus::Safe => "Safe",
        CallStatus::Undecided => "Needs a human",
        CallStatus::NoRecording => "No recording",
        CallStatus::Failed => "Failed",
    }
}

/// The same in a few words, for lists.
#[must_use]
pub const fn short_status(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Flagged => "Flagged",
        CallStatus::Safe => "Safe",
        CallStatus::Undecided => "Needs a human",
        CallStatus::NoRecording => "No recording",
        CallStatus::Failed => "Failed",
        _ => "In progress",
    }
}

/// The class that colours a state.
#[must_use]
pub const fn status_tone(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Flagged => "flagged",
        CallStatus::Safe => "safe",
        CallStatus::Undecided => "undecided",
        CallStatus::Failed => "failed",
        CallStatus::NoRecording => "none",
        _ => "working",
    }
}

/// How a call stands, with what people made of an undecided one.
#[must_use]
pub fn call_status(call: &CallSummary) -> &'static str {
    let settled_as = call.settled_as.filter(|_| call.status == CallStatus::Undecided);
    settled_as.map_or_else(|| status(call.status), settled)
}

/// What people made of an undecided call.
#[must_use]
pub const fn settled(settled_as: Verdict) -> &'static str {
    match settled_as {
        Verdict::Flagged => "Settled: broken",
        Verdict::Safe | Verdict::Undecided => "Settled: kept",
    }
}

/// The state that a verdict puts a call into.
#[must_use]
pub const fn status_of_verdict(verdict: Verdict) -> CallStatus {
    match verdict {
        Verdict::Flagged => CallStatus::Flagged,
        Verdict::Safe => CallStatus::Safe,
        Verdict::Undecided => CallStatus::Undecided,
    }
}

/// A verdict that stands in a list of verdicts, whatever people made of it.
#[must_use]
pub const fn given_verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Flagged => "Flagged",
        Verdict::Safe => "Safe",
        Verdict::Undecided => "Undecided",
    }
}

/// Whether a lane still has work to do on the call.
#[must_use]
pub const fn in_work(status: CallStatus) -> bool {
    matches!(
        status,
        CallStatus::Pending
            | CallStatus::Downloading
            | CallStatus::Downloaded
            | CallStatus::Processing
            | CallStatus::Transcribed
            | CallStatus::Judging
    )
}

/// Whether the judge has had its say, and nothing is under way.
#[must_use]
pub const fn has_verdict(status: CallStatus) -> bool {
    matches!(status, CallStatus::Flagged | CallStatus::Safe | CallStatus::Undecided)
}

#[must_use]
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::Major => "Major",
        Severity::Minor => "Minor",
    }
}

/// The class that colours a severity.
#[must_use]
pub const fn severity_tone(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::Major => "major",
        Severity::Minor => "minor",
    }
}

#[must_use]
pub const fn speaker(speaker: Speaker) -> &'static str {
    match speaker {
        Speaker::Agent => "Agent",
        Speaker::Caller => "Caller",
        Speaker::Unknown => "Speaker",
    }
}

/// The class that colours a speaker.
#[must_use]
pub const fn speaker_tone(speaker: Speaker) -> &'static str {
    match speaker {
        Speaker::Agent => "agent",
        Speaker::Caller => "caller",
        Speaker::Unknown => "unknown",
    }
}

#[must_use]
pub const fn doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::LowProbability => "the words are uncertain",
        Doubt::NoSpeech => "this may not be speech",
        Doubt::Repetition => "the words may be repeated by mistake",
    }
}

/// How surely the quoted words are what the judge meant.
#[must_use]
pub const fn proof(proof: Proof) -> &'static str {
    match proof {
        Proof::Exact => "Word for word",
        Proof::Approximate => "Nearly word for word",
    }
}

#[must_use]
pub const fn verdict(verdict: ReviewVerdict) -> &'static str {
    match verdict {
        ReviewVerdict::Confirmed => "Confirmed",
        ReviewVerdict::Dismissed => "Dismissed",
        ReviewVerdict::Violation => "Broken",
        ReviewVerdict::Pass => "Kept",
        ReviewVerdict::NotApplicable => "Does not apply",
        ReviewVerdict::Added => "Added by hand",
        ReviewVerdict::Withdrawn => "Taken back",
    }
}

#[must_use]
pub const fn rule_outcome(outcome: RuleOutcome) -> &'static str {
    match outcome {
        RuleOutcome::Violation => "Broken",
        RuleOutcome::Pass => "Kept",
        RuleOutcome::NotApplicable => "Does not apply",
        RuleOutcome::Undecided => "Undecided",
    }
}

/// Of a rule that could not be asked of the language model.
pub const ASKED_AGAIN: &str = "It will be asked again.";

/// How the subject of a review ends that is about an undecided rule.
pub const UNDECIDED: &str = ":undecided";

/// What a review of an undecided rule is about, in the place of a flag's id.
#[must_use]
pub fn undecided_rule(rule_key: &str) -> String {
    format!("{rule_key}{UNDECIDED}")
}

/// The class that colours how a rule ended.
#[must_use]
pub const fn rule_outcome_tone(outcome: RuleOutcome) -> &'static str {
    match outcome {
        RuleOutcome::Violation => "flagged",
        RuleOutcome::Pass => "safe",
        RuleOutcome::NotApplicable => "none",
        RuleOutcome::Undecided => "undecided",
    }
}

/// What a lane does to a call.
#[must_use]
pub const fn lane(lane: Lane) -> &'static str {
    match lane {
        Lane::Vault => "Recording",
        Lane::Worker => "Transcript",
        Lane::Judge => "Judgement",
    }
}

/// The lanes on the page, those without calls too.
#[must_use]
pub const fn pausable_lane(name: PausableLane) -> &'static str {
    match name {
        PausableLane::Ingest => "Ingest",
        PausableLane::Vault => lane(Lane::Vault),
        PausableLane::Worker => lane(Lane::Worker),
        PausableLane::Judge => lane(Lane::Judge),
        PausableLane::Reconcile => "Reconciliation",
    }
}

#[must_use]
pub const fn attempt_outcome(outcome: Option<AttemptOutcome>) -> &'static str {
    match outcome {
        None => "in work",
        Some(AttemptOutcome::Accepted) => "done",
        Some(AttemptOutcome::Failed) => "failed",
        Some(AttemptOutcome::Released) => "handed back",
        Some(AttemptOutcome::Lost) => "lost contact",
    }
}

/// What a call is called: its campaign, or its number where no campaign is known.
#[must_use]
pub fn call_name(call: &CallSummary) -> String {
    call.campaign_name.clone().unwrap_or_else(|| format!("Call {}", call.call_id))
}

/// `aca_health` as people write it: "ACA health".
#[must_use]
pub fn vertical_name(key: &str) -> String {
    let words = key.split(['_', '-']).enumerate().map(|(position, word)| {
        let mut word = word.to_owned();
        let capitals = match (position, word.len()) {
            (_, ..=3) => word.len(),
            (0, _) => 1,
            _ => 0,
        };
        if let Some(capitals) = word.get_mut(..capitals) {
            capitals.make_ascii_uppercase();
        }
        word
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The vertical, where the call's name does not tell it already.
#[must_use]
pub fn vertical_beside_name(call: &CallSummary) -> Option<String> {
    let vertical = call.vertical.as_deref().map(vertical_name)?;
    let told = call_name(call).to_ascii_lowercase().contains(&vertical.to_ascii_lowercase());
    (!told).then_some(vertical)
}

/// The titles of the flags, each once, worst first.
#[must_use]
pub fn flag_titles(flags: &[Flag]) -> Vec<String> {
    let mut flags: Vec<&Flag> = flags.iter().collect();
    flags.sort_by_key(|flag| (std::cmp::Reverse(flag.severity), flag.start_ms));
    let mut titles: Vec<String> = Vec::new();
    for flag in flags {
        if !titles.contains(&flag.rule_title) {
            titles.push(flag.rule_title.clone());
        }
    }
    titles
}
