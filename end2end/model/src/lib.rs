//! A stand-in for an OpenAI-compatible endpoint of a language model, for the demo and for tests.
//!
//! It serves chat completions and the list of models. What CallScript's judge asks it takes from the last
//! message of the user: one JSON array of rules between `<rules>` and `</rules>`, and lines of the form
//! `12|agent|I guarantee it.` between `<transcript>` and `</transcript>`. It knows no language: [`Reading`]s
//! tell it which phrases belong to which rule, and it answers with the lines that hold them.
//!
//! What goes wrong is data too: [`Faults`] spoil the next answers, every so-many-th or all of them, or draw
//! for each request what becomes of it. Every request is kept for tests to look at.
//!
//! Of the API, CallScript has no use for these parts, and they are not here: streaming, tools, several
//! choices, log probabilities, pictures and sound. Every model name is accepted.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use model_simulator::{Behaviour, Fault, Options, Reading, Simulator};
//!
//! let readings = vec![Reading::new("guarantee", "i guarantee").by("agent")];
//! let behaviour = Behaviour { readings, ..Behaviour::default() };
//! let simulator = Simulator::start(Options { behaviour, ..Options::default() }).await?;
//! simulator.faults().next(1, Fault::RateLimited { retry_after_s: Some(7) });
//! println!("{}", simulator.base_url());
//! # Ok(()) }
//! ```

mod answer;
mod behaviour;
mod completion;
mod endpoints;
mod faults;
mod journal;
mod question;
mod random;
mod reader;
mod refusal;
mod response_format;
mod simulator;
mod spoiled;
mod world;

pub use behaviour::{Behaviour, Reading, Usage};
pub use faults::{Fault, Faults, Plan, When};
pub use journal::Recorded;
pub use question::{AskedRule, Line, Question};
pub use simulator::{DEMO_KEY, DEMO_MODEL, Options, Simulator};
