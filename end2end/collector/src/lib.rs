//! A stand-in for an OpenTelemetry collector, for tests: it takes spans over HTTP, as protobuf.
//!
//! What it answered with success is kept; a [`Fault`] makes it answer otherwise, or not at all.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use collector_simulator::{Fault, Simulator};
//!
//! let collector = Simulator::start().await?;
//! collector.always(Some(Fault::Status { status: 500 }));
//! println!("{}", collector.url());
//! # Ok(()) }
//! ```

mod simulator;
mod span;

pub use simulator::{Fault, Simulator};
pub use span::{ReceivedSpan, SpanStatus};
