//! The queue's tabs: groups of states as reviewers think of them.

use serde::{Deserialize, Serialize};
use supabase_client::call::{CallCount, CallStatus};

/// The value of `?state=` in the queue's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateFilter {
    #[default]
    All,
    Flagged,
    Undecided,
    Safe,
    InProgress,
    Failed,
    NoRecording,
}

impl StateFilter {
    pub const TABS: [Self; 7] = [
        Self::All,
        Self::Flagged,
        Self::Undecided,
        Self::Safe,
        Self::InProgress,
        Self::Failed,
        Self::NoRecording,
    ];

    /// Reads `?state=`; anything unknown shows all calls.
    #[must_use]
    pub fn from_query(state: Option<&str>) -> Self {
        Self::TABS.into_iter().find(|tab| tab.query() == state).unwrap_or_default()
    }

    /// The value of `?state=`; absent for all calls.
    #[must_use]
    pub const fn query(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Flagged => Some("flagged"),
            Self::Undecided => Some("undecided"),
            Self::Safe => Some("safe"),
            Self::InProgress => Some("in_progress"),
            Self::Failed => Some("failed"),
            Self::NoRecording => Some("no_recording"),
        }
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Flagged => "Flagged",
            Self::Undecided => "Undecided",
            Self::Safe => "Safe",
            Self::InProgress => "In progress",
            Self::Failed => "Failed",
            Self::NoRecording => "No recording",
        }
    }

    /// The states behind the tab; absent for all of them.
    #[must_use]
    pub const fn statuses(self) -> Option<&'static [CallStatus]> {
        match self {
            Self::All => None,
            Self::Flagged => Some(&[CallStatus::Flagged]),
            Self::Undecided => Some(&[CallStatus::Undecided]),
            Self::Safe => Some(&[CallStatus::Safe]),
            Self::InProgress => Some(&[
                CallStatus::Pending,
                CallStatus::Downloading,
                CallStatus::Downloaded,
                CallStatus::Processing,
                CallStatus::Transcribed,
                CallStatus::Judging,
            ]),
            Self::Failed => Some(&[CallStatus::Failed]),
            Self::NoRecording => Some(&[CallStatus::NoRecording]),
        }
    }

    /// How many calls stand behind the tab.
    #[must_use]
    pub fn count(self, counts: &[CallCount]) -> i64 {
        counts
            .iter()
            .filter(|count| self.statuses().is_none_or(|statuses| statuses.contains(&count.status)))
            .map(|count| count.calls)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tab_is_found_again_from_its_address() {
        for tab in StateFilter::TABS {
            assert_eq!(StateFilter::from_query(tab.query()), tab);
        }
        assert_eq!(StateFilter::from_query(Some("nonsense")), StateFilter::All);
    }

    #[test]
    fn work_in_progress_is_counted_together() {
        let counts = [
            CallCount { status: CallStatus::Pending, calls: 2 },
            CallCount { status: CallStatus::Judging, calls: 3 },
            CallCount { status: CallStatus::Safe, calls: 5 },
        ];
        assert_eq!(StateFilter::InProgress.count(&counts), 5);
        assert_eq!(StateFilter::All.count(&counts), 10);
        assert_eq!(StateFilter::Failed.count(&counts), 0);
    }
}
