//! Commands with which operators act on calls and lanes by hand.

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use supabase_client::by_hand::{CallSelection, LaneSelection, LaneState};
use supabase_client::lane::{Lane, PausableLane};
use supabase_client::queue::QueueFilter;

/// What can be done with calls.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum CallsCommand {
    /// Gives failed calls back to the lane that gave them up.
    Retry {
        #[command(flatten)]
        chosen: Chosen,
        #[command(flatten)]
        how: How,
    },
    /// Takes calls in work back from whoever holds them. That is no failure; what the holder still answers is
    /// refused, and the call waits for the next one.
    Release {
        #[command(flatten)]
        chosen: Chosen,
        #[command(flatten)]
        how: How,
    },
    /// Gives calls up that wait or are in work, with a reason. They come back by retry only.
    Fail {
        #[command(flatten)]
        chosen: Chosen,
        /// Only calls of the lane that stand so; both without it.
        #[arg(long, value_enum, requires = "lane")]
        state: Option<UnendedState>,
        /// Why, as reviewers read it.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        how: How,
    },
    /// Shows everything of calls that are named, or a line for each call of a lane.
    Show {
        #[command(flatten)]
        chosen: Chosen,
        /// Only calls of the lane that stand so.
        #[arg(long, value_enum, requires = "lane")]
        state: Option<ShownState>,
        /// So many lines at most.
        #[arg(long, default_value = "50", value_parser = clap::value_parser!(u32).range(1..=10_000))]
        most: u32,
        /// For machines.
        #[arg(long)]
        json: bool,
    },
}

/// Which calls: those named, or those of a lane that fit.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(
    group = ArgGroup::new("which").required(true).args(["calls", "lane"]),
    group = ArgGroup::new("fitting").multiple(true)
        .args(["all", "kind", "account", "campaign", "vertical", "publisher", "buyer", "from", "to"]),
)]
pub struct Chosen {
    /// Numbers of calls, or Ringba's ids.
    #[arg(value_name = "CALL", conflicts_with = "fitting")]
    calls: Vec<String>,
    /// Calls of this lane: with --all, or those that fit everything that is named.
    #[arg(long, value_enum, requires = "fitting")]
    lane: Option<CallLane>,
    /// All of the lane.
    #[arg(
        long,
        conflicts_with_all = ["kind", "account", "campaign", "vertical", "publisher", "buyer", "from", "to"]
    )]
    all: bool,
    /// What they failed of last: the kind that the page Admin and `calls show` name, or the whole sentence.
    #[arg(long, requires = "lane")]
    kind: Option<String>,
    /// Ringba account.
    #[arg(long, requires = "lane")]
    account: Option<String>,
    /// Name of the campaign.
    #[arg(long, requires = "lane")]
    campaign: Option<String>,
    #[arg(long, requires = "lane")]
    vertical: Option<String>,
    /// Name of the publisher.
    #[arg(long, requires = "lane")]
    publisher: Option<String>,
    /// Name of the buyer.
    #[arg(long, requires = "lane")]
    buyer: Option<String>,
    /// Earliest start of the call, for example 2026-11-20T10:00:00Z.
    #[arg(long, requires = "lane")]
    from: Option<DateTime<Utc>>,
    /// The call started before this moment.
    #[arg(long, requires = "lane")]
    to: Option<DateTime<Utc>>,
}

/// How an act is done.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct How {
    /// Tells what would become of each call, and changes nothing.
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub operator: Operator,
    /// For machines.
    #[arg(long)]
    pub json: bool,
}

/// Who acts: the secret key is nobody's.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Operator {
    /// Who does this, for the log; the system's user and this host without it.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// A lane that holds calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CallLane {
    Vault,
    Worker,
    Judge,
}

/// Reads the name of a lane that can be paused.
pub fn pausable_lane(name: &str) -> Result<PausableLane, String> {
    PausableLane::ALL.into_iter().find(|lane| lane.as_str() == name).ok_or_else(|| {
        if name == "watchdog" {
            return "the watchdog cannot be paused: it is the alarm, which has to tell what goes wrong meanwhile. \
                Single alerts are kept back in core.alert_kinds and core.quiet_hours"
                .to_owned();
        }
        let lanes = PausableLane::ALL.map(PausableLane::as_str).join(", ");
        format!("there are {lanes}")
    })
}

/// A call that is not through its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UnendedState {
    Waiting,
    InWork,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShownState {
    Waiting,
    InWork,
    Failed,
}

impl From<CallLane> for Lane {
    fn from(lane: CallLane) -> Self {
        match lane {
            CallLane::Vault => Self::Vault,
            CallLane::Worker => Self::Worker,
            CallLane::Judge => Self::Judge,
        }
    }
}

impl From<UnendedState> for LaneState {
    fn from(state: UnendedState) -> Self {
        match state {
            UnendedState::Waiting => Self::Waiting,
            UnendedState::InWork => Self::InWork,
        }
    }
}

impl From<ShownState> for LaneState {
    fn from(state: ShownState) -> Self {
        match state {
            ShownState::Waiting => Self::Waiting,
            ShownState::InWork => Self::InWork,
            ShownState::Failed => Self::Failed,
        }
    }
}

impl Chosen {
    #[must_use]
    pub fn selection(self, state: Option<LaneState>) -> CallSelection {
        let Some(lane) = self.lane else { return CallSelection::Calls { calls: self.calls } };
        let moment = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
        CallSelection::OfLane(Box::new(LaneSelection {
            lane: lane.into(),
            state,
            kind: self.kind,
            account: self.account,
            filter: QueueFilter {
                campaign: self.campaign,
                vertical: self.vertical,
                publisher: self.publisher,
                buyer: self.buyer,
                from: self.from.map(moment),
                to: self.to.map(moment),
                ..QueueFilter::default()
            },
        }))
    }
}

impl Operator {
    /// `host` is this process's name.
    #[must_use]
    pub fn name(self, host: &str) -> String {
        self.by.unwrap_or_else(|| {
            // Behind sudo the user is root, and nobody in particular.
            let named =
                ["SUDO_USER", "USER", "LOGNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
            let user = named.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_else(user_number);
            format!("{user}@{host}")
        })
    }
}

/// Containers have no names for users.
fn user_number() -> String {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self")
        .map_or_else(|_| "somebody".to_owned(), |own| format!("user {}", own.uid()))
}
