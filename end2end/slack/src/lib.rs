//! A stand-in for Slack's incoming webhooks, and for any other address that takes JSON, for tests.
//!
//! Below one secret path it takes what Slack takes (an object with `text`), below another any object. What it
//! answered with success is kept as delivered; [`Faults`] make it answer otherwise, or not at all. To be away, it
//! is dropped, and started again at the same address.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use slack_simulator::{Fault, Simulator};
//!
//! let slack = Simulator::start().await?;
//! slack.faults().next(1, Fault::RateLimited { retry_after_s: 2 });
//! println!("{}", slack.slack_url());
//! # Ok(()) }
//! ```

mod faults;
mod simulator;

pub use faults::{Fault, Faults};
pub use simulator::{Delivered, Place, Simulator};
