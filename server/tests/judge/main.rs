//! The judge against a simulated endpoint of a language model and the embedded stack.

mod canaries;
mod honesty;
mod misbehaviour;
mod outages;
mod soundness;
mod support;
mod tokens;
