//! Everything at once, for a while, and something is killed again and again: whatever happens, every call that Ringba
//! told of ends with its money, its recording, its transcript and its flags, once.
//!
//! Real database with `pg_cron`, REST, Auth and Storage, the server and two workers as processes; only the speech
//! engine waits instead of hearing, and Ringba and the language model are simulated. `SOAK=long` takes 20 minutes with 3,000
//! calls, intervals and limits as in life; without it a minute with few calls and short leases. `SOAK_SEED` repeats the
//! calls and the kills.

mod calls;
mod ending;
mod misfortune;
mod world;

use std::time::Duration;

use figures::Figure;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::world::World;

/// How hard it is made.
#[derive(Debug, Clone, Copy)]
struct Trial {
    /// With recordings, spread over the time in which something is killed.
    calls: usize,
    /// In the hours before, without recordings: what the books of closed hours are held against.
    earlier_calls: usize,
    lasting: Duration,
    kill_every: Duration,
    /// What a service manager waits before it starts a program again.
    restart_after: Duration,
    /// How long all calls may take to end once nothing is killed any more.
    patience: Duration,
    /// Intervals, limits and leases as in life.
    as_in_life: bool,
}

const LONG: Trial = Trial {
    calls: 3_000,
    earlier_calls: 400,
    lasting: Duration::from_mins(20),
    kill_every: Duration::from_secs(30),
    restart_after: Duration::from_secs(5),
    patience: Duration::from_mins(15),
    as_in_life: true,
};

const SHORT: Trial = Trial {
    calls: 40,
    earlier_calls: 10,
    lasting: Duration::from_secs(40),
    kill_every: Duration::from_secs(5),
    restart_after: Duration::from_secs(1),
    patience: Duration::from_mins(4),
    as_in_life: false,
};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_killed_every_call_ends_once() -> anyhow::Result<()> {
    let trial = if std::env::var("SOAK").is_ok_and(|form| form == "long") { LONG } else { SHORT };
    let seed = match std::env::var("SOAK_SEED") {
        Ok(seed) => seed.parse()?,
        Err(_) => rand::random(),
    };
    println!("SOAK_SEED={seed} {trial:?}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut world = World::new(trial, &mut random).await?;
    world.live(&mut random).await?;
    world.rest().await?;
    let ending = world.ending().await?;
    ending.print();
    let name = if trial.as_in_life { "soak" } else { "short_soak" };
    Figure::at_least(format!("{name}_criteria_held"), ending.criteria_held() as f64, 3.0).print();
    Figure::equal(format!("{name}_ledger_differences"), ending.differences.len() as f64, 0.0).print();
    Figure::at_most(format!("{name}_flag_latency_p99_s"), ending.latency_s(0.99), 300.0).print();
    assert!(ending.differences.is_empty(), "SOAK_SEED={seed}");
    for criterion in [2, 3, 5] {
        assert!(ending.holds(criterion), "criterion {criterion} does not hold; SOAK_SEED={seed}");
    }
    Ok(())
}
