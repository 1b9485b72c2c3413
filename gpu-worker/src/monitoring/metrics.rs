//! What is counted, for Prometheus. Without a listener the counts go nowhere.

use std::time::Duration;

use anyhow::Context;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::engine::busy::Busy;
use crate::lane::Times;

const CALLS: &str = "callscript_worker_calls_total";
const LOST_LEASES: &str = "callscript_worker_lost_leases_total";
const AUDIO: &str = "callscript_worker_audio_seconds_total";
const STAGES: &str = "callscript_worker_stage_seconds";
const REAL_TIME_FACTOR: &str = "callscript_worker_real_time_factor";
const CALLS_HELD: &str = "callscript_worker_calls_held";
const SLOTS: &str = "callscript_worker_engine_slots";
const BUSY: &str = "callscript_worker_engine_busy_milliseconds_total";
const BUSY_SHARE: &str = "callscript_worker_engine_busy_share";

/// From a fetch in the same data centre to three hours of sound on a slow machine.
const STAGE_SECONDS: [f64; 12] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1_800.0, 7_200.0];

/// Seconds of the engine per second of sound.
const FACTORS: [f64; 10] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0];

/// Makes this process count.
pub fn install() -> anyhow::Result<PrometheusHandle> {
    let handle =
        builder().and_then(PrometheusBuilder::install_recorder).context("Metrics cannot be counted")?;
    describe_counter!(CALLS, "Calls that this worker is through with, by how they ended.");
    describe_counter!(LOST_LEASES, "Calls that were taken from this worker while it was at them.");
    describe_counter!(AUDIO, Unit::Seconds, "Length of the recordings whose transcripts were stored.");
    describe_histogram!(
        STAGES,
        Unit::Seconds,
        "Time per call and stage: fetch, decode, wait (for the engine), inference, encode, upload, store."
    );
    describe_histogram!(REAL_TIME_FACTOR, "Seconds of the engine's slots per second of recording.");
    describe_gauge!(CALLS_HELD, "Calls under a lease of this worker.");
    describe_gauge!(SLOTS, "Stretches that the engine hears at the same time.");
    describe_counter!(BUSY, Unit::Milliseconds, "Time that the engine's slots were at work, all together.");
    describe_gauge!(BUSY_SHARE, "Share of the slots' time that was work since the last scrape, 0 to 1.");
    Ok(handle)
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(STAGES.to_owned()), &STAGE_SECONDS)?
        .set_buckets_for_metric(Matcher::Full(REAL_TIME_FACTOR.to_owned()), &FACTORS)
}

pub fn call_ended(said: &'static str, sound: Duration, times: &Times) {
    counter!(CALLS, "ended" => said).increment(1);
    if said == "lost" {
        counter!(LOST_LEASES).increment(1);
    }
    if said != "stored" {
        return;
    }
    counter!(AUDIO).increment(sound.as_secs_f64().round() as u64);
    let stages = [
        ("fetch", times.fetch),
        ("decode", times.decode),
        ("wait", times.wait),
        ("inference", times.inference),
        ("encode", times.encode),
        ("upload", times.upload),
        ("store", times.store),
    ];
    for (stage, time) in stages {
        histogram!(STAGES, "stage" => stage).record(time);
    }
    if !sound.is_zero() {
        histogram!(REAL_TIME_FACTOR).record(times.inference.as_secs_f64() / sound.as_secs_f64());
    }
}

pub fn calls_held(calls: usize) {
    gauge!(CALLS_HELD).set(calls as f64);
}

/// Brings the engine's numbers up to date, right before they are read.
pub fn engine(busy: &Busy) {
    gauge!(SLOTS).set(busy.slots() as f64);
    gauge!(BUSY_SHARE).set(busy.share());
    counter!(BUSY).absolute(u64::try_from(busy.worked().as_millis()).unwrap_or(u64::MAX));
}

#[cfg(test)]
mod tests {
    use metrics::with_local_recorder;

    use super::*;

    /// `samples.txt` has one sample of every metric: the Grafana dashboard's queries are held against it.
    #[test]
    fn the_samples_are_what_is_told() {
        let recorder = builder().unwrap().build_recorder();
        with_local_recorder(&recorder, || {
            let sound = Duration::from_secs(60);
            call_ended("stored", sound, &Times::default());
            call_ended("lost", sound, &Times::default());
            calls_held(1);
            engine(&Busy::new(1));
        });
        let told = recorder.handle().render();
        let name = |sample: &str| sample.split('{').next().unwrap_or_default().to_owned();
        let mut samples: Vec<&str> = told
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| Some(line.rsplit_once(' ')?.0))
            .collect();
        samples.sort_by_key(|sample| (name(sample), *sample));
        samples.dedup_by_key(|sample| name(sample));
        assert_eq!(
            samples.join("\n"),
            include_str!("samples.txt").trim_end(),
            "samples.txt is not up to date: write what stands on the left into it"
        );
    }
}
