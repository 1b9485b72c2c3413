//! Commands that do one thing and end.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Subcommand;

use supabase_client::lane::PausableLane;

use super::by_hand::{CallsCommand, Operator, pausable_lane};

/// What is done once, for people; ends with 1 when something is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Once {
    /// Says whether the promises hold, and what is wrong at present.
    Doctor {
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Tries every credential and address that the settings name, and says what is wrong with it and what to do.
    /// Stores and deletes one small object, and asks the language model one short question.
    Check {
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Looks whether what was kept is still there.
    Audit {
        #[command(subcommand)]
        what: Audited,
    },
    /// Tries and checks the rules that calls are judged by.
    Rules {
        #[command(subcommand)]
        what: RulesCommand,
    },
    /// Acts on calls by hand, each noted in the log with who did it, or shows them.
    Calls {
        #[command(subcommand)]
        what: Box<CallsCommand>,
    },
    /// Lets a lane (ingest, vault, worker, judge, reconcile) begin nothing until it is resumed, whatever is
    /// restarted meanwhile; work in hand goes on.
    Pause {
        #[arg(value_parser = pausable_lane)]
        lane: PausableLane,
        #[command(flatten)]
        operator: Operator,
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Lets a paused lane go on.
    Resume {
        #[arg(value_parser = pausable_lane)]
        lane: PausableLane,
        #[command(flatten)]
        operator: Operator,
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Reads a range of call starts from Ringba again, for example after an alert named it.
    Reingest {
        /// First call start, for example 2026-11-20T10:00:00Z.
        #[arg(long)]
        from: DateTime<Utc>,
        /// End of the range.
        #[arg(long)]
        to: DateTime<Utc>,
    },
}

/// What can be audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum Audited {
    /// Every kept recording: it is in Storage and has its size.
    Storage {
        /// Its bytes hash to what was noted, too: reads every recording.
        #[arg(long)]
        deep: bool,
    },
}

/// What can be done with rules.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum RulesCommand {
    /// Runs a draft of the rules (`core.draft_rules`) over past calls and tells what it would change. The
    /// calls themselves are left alone.
    Backtest {
        /// Name of the draft.
        #[arg(long)]
        draft: String,
        /// Whose calls.
        #[arg(long, default_value = "common")]
        vertical: String,
        /// First call start, for example 2026-11-20T10:00:00Z.
        #[arg(long)]
        from: DateTime<Utc>,
        /// End of the range; now without it.
        #[arg(long)]
        to: Option<DateTime<Utc>>,
        /// The newest so many calls of the range.
        #[arg(long, default_value = "1000", value_parser = clap::value_parser!(u32).range(1..=20_000))]
        calls: u32,
        /// For machines.
        #[arg(long)]
        json: bool,
    },
    /// Holds the rules of a vertical against calls whose violations are known: each rule by its phrases, and
    /// each asked of the language model if one is configured. Prints precision and recall per rule.
    Check {
        /// Folder with labelled calls, JSON files like those in end2end/calls.
        folder: PathBuf,
        /// Whose rules.
        #[arg(long, default_value = "common")]
        vertical: String,
    },
}
