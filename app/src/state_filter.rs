//! The queue's tabs: how the database calls them, and how people do.

use supabase_client::queue::QueueState;

pub const TABS: [QueueState; 8] = [
    QueueState::All,
    QueueState::ToReview,
    QueueState::Flagged,
    QueueState::Undecided,
    QueueState::Safe,
    QueueState::InProgress,
    QueueState::Failed,
    QueueState::NoRecording,
];

/// The value of `?state=`; empty for all calls.
#[must_use]
pub const fn query(state: QueueState) -> &'static str {
    match state {
        QueueState::All => "",
        QueueState::ToReview => "to_review",
        QueueState::Flagged => "flagged",
        QueueState::Undecided => "undecided",
        QueueState::Safe => "safe",
        QueueState::InProgress => "in_progress",
        QueueState::Failed => "failed",
        QueueState::NoRecording => "no_recording",
    }
}

#[must_use]
pub const fn label(state: QueueState) -> &'static str {
    match state {
        QueueState::All => "All",
        QueueState::ToReview => "To review",
        QueueState::Flagged => "Flagged",
        QueueState::Undecided => "Undecided",
        QueueState::Safe => "Safe",
        QueueState::InProgress => "In progress",
        QueueState::Failed => "Failed",
        QueueState::NoRecording => "No recording",
    }
}

/// What stands where a tab holds no call: a title and a sentence.
#[must_use]
pub const fn empty(state: Option<QueueState>) -> (&'static str, &'static str) {
    match state {
        None | Some(QueueState::All) => {
            ("No calls yet", "New calls appear here by themselves, within two minutes of their start.")
        }
        Some(QueueState::ToReview) => {
            ("All reviewed", "Nothing waits for a person. What does will appear here by itself.")
        }
        Some(QueueState::Flagged) => {
            ("Nothing flagged", "No call holds a proven violation. New ones appear here by themselves.")
        }
        Some(QueueState::Undecided) => {
            ("Nothing undecided", "There is no call that needs a human to settle a rule.")
        }
        Some(QueueState::Safe) => {
            ("No safe calls yet", "Calls without a violation appear here once they are judged.")
        }
        Some(QueueState::InProgress) => {
            ("All caught up", "Every call that has a recording is transcribed and judged.")
        }
        Some(QueueState::Failed) => ("Nothing failed", "Every call made it through."),
        Some(QueueState::NoRecording) => {
            ("Every call has a recording", "Calls that Ringba did not record would stand here.")
        }
    }
}
