//! Drawn schedules of faults: whatever Ringba, the network and downtimes do, once they stop the database
//! equals the simulator's ledger. Real database, REST and Storage; virtual time.

mod drawn;
mod world;

use figures::Figure;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use world::World;

/// In all. `SCHEDULES=…` draws another number.
const SCHEDULES: u32 = 1_000;
/// Each runs its share of the schedules on a database of its own.
const STACKS: u32 = 4;

/// `SCHEDULE_SEED=…` draws the same schedules again.
fn seed() -> u64 {
    match std::env::var("SCHEDULE_SEED") {
        Ok(seed) => seed.parse().expect("SCHEDULE_SEED is a number"),
        Err(_) => rand::random(),
    }
}

fn number_of_schedules() -> u32 {
    std::env::var("SCHEDULES").map_or(SCHEDULES, |number| number.parse().expect("SCHEDULES is a number"))
}

#[test]
fn after_the_faults_the_database_equals_the_ledger() {
    let (seed, each) = (seed(), number_of_schedules().div_ceil(STACKS));
    println!("seed: SCHEDULE_SEED={seed}");
    let failures: Vec<String> = std::thread::scope(|scope| {
        let stacks: Vec<_> = (0..STACKS)
            .map(|stack| scope.spawn(move || run(seed.wrapping_add(stack.into()), each)))
            .collect();
        stacks.into_iter().filter_map(|stack| stack.join().expect("a stack broke down")).collect()
    });
    Figure::at_least("fault_schedules", f64::from(each * STACKS), f64::from(SCHEDULES)).print();
    Figure::equal("ledger_differences", failures.len() as f64, 0.0).print();
    assert!(failures.is_empty(), "SCHEDULE_SEED={seed}\n{}", failures.join("\n"));
}

/// Draws and runs so many schedules on one stack; answers with the smallest that failed.
fn run(seed: u64, schedules: u32) -> Option<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let config =
        Config { cases: schedules, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let answer = TestRunner::new_with_rng(config, rng).run(&drawn::schedule(), |schedule| {
        runtime.block_on(world.run(&schedule)).map_err(TestCaseError::fail)
    });
    match answer {
        Ok(()) => None,
        Err(TestError::Fail(reason, schedule)) => Some(format!("{reason}\n{schedule:#?}")),
        Err(TestError::Abort(reason)) => Some(format!("aborted: {reason}")),
    }
}
