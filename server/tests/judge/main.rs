//! The judge against a simulated endpoint of a language model and the embedded stack.

mod backtests;
mod canaries;
mod checks;
mod honesty;
mod misbehaviour;
mod outages;
mod soundness;
mod support;
mod tokens;
