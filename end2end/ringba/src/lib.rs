//! A stand-in for Ringba's API, for the demo and for tests.
//!
//! It serves accounts, the call logs, their columns and tags, call details, insights, their columns and the
//! public recording links of a [`Ledger`]: a list of calls with their true times, money and recordings. A call becomes visible
//! when it starts, is live until it ends, and gets its recording link a moment later, as time goes
//! by on the simulator's [`Clock`]. The ledger is the truth that a test holds the database against.
//!
//! Of Ringba's API, CallScript has no use for these parts, and they are not here: tokens by password
//! (`/v2/token`), the CSV export (`calllogs/export`), conversions posted into Ringba (`WebHooks`) and the
//! tracking pixels by which Ringba tells of calls. Calls have no tags, so there are no columns and filters of
//! tags either; formatted values (`formatDateTime` and the like) are refused, and insights give no ratios
//! and averages.
//!
//! What goes wrong is data too: [`Faults`] spoil the next answers of an endpoint or the recording of
//! a call; what happens to one call (appearing late, a late link, a changed payout) is written in
//! its ledger entry.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use ringba_simulator::{Endpoint, Ledger, Options, RequestFault, Simulator};
//!
//! let ledger = Ledger::demo("end2end/calls".as_ref())?;
//! let simulator = Simulator::start(ledger, Options::default()).await?;
//! simulator.faults().next(Endpoint::CallLogs, 1, RequestFault::PageCut { keep: 95 });
//! println!("{}", simulator.base_url());
//! # Ok(()) }
//! ```

mod admission;
mod answer;
mod clock;
mod columns;
mod demo;
mod endpoints;
mod faults;
mod filter;
mod ledger;
mod record;
mod simulator;
mod spoiled;
mod world;

pub use clock::{Clock, HandClock};
pub use faults::{ALWAYS, Endpoint, Faults, RecordingFault, RequestFault};
pub use ledger::{Ledger, LedgerCall, Party};
pub use simulator::{DEMO_ACCOUNT, DEMO_TOKEN, Options, Simulator};
