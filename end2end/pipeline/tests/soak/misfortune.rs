//! What is killed, and when.

use std::collections::BTreeMap;
use std::fmt;

use rand::Rng;
use rand::rngs::StdRng;

/// Something that can be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Victim {
    Server,
    /// One of the two.
    Worker(usize),
    Database,
}

pub const WORKERS: usize = 2;

/// Server, database, and the workers together, are hit equally often.
pub fn draw(random: &mut StdRng) -> Victim {
    match random.random_range(0..3) {
        0 => Victim::Server,
        1 => Victim::Worker(random.random_range(0..WORKERS)),
        _ => Victim::Database,
    }
}

/// How often each was hit.
#[derive(Debug, Default)]
pub struct Hits(BTreeMap<Victim, usize>);

impl Hits {
    pub fn note(&mut self, victim: Victim) {
        *self.0.entry(victim).or_default() += 1;
    }
}

impl fmt::Display for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.0.iter().map(|(victim, times)| format!("{victim:?} {times} times"));
        f.write_str(&told.collect::<Vec<_>>().join(", "))
    }
}
