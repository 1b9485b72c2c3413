//! How a trial ended.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use call_truth::percentile;
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use pipeline::programs::Program;
use pipeline::truth;
use ringba_simulator::LedgerCall;
use supabase_client::call::{AttemptOutcome, CallId, CallPage, CallStatus};
use supabase_client::criterion::Criterion;
use supabase_client::lane::Lane;

use crate::world::World;

const PAGES_AT_A_TIME: usize = 4;
/// The latest calls whose lives are told.
const LATEST: usize = 5;

pub struct Ending {
    /// Where the database is not what the ledger says it must be.
    pub differences: Vec<String>,
    criteria: Vec<Criterion>,
    /// From hang-up to the flags, of every call, longest last.
    latencies_s: Vec<(f64, CallId)>,
    attempts: BTreeMap<String, usize>,
    latest: Vec<String>,
    notes: Vec<String>,
}

impl World {
    /// Looks at everything that is kept.
    pub async fn ending(&self) -> anyhow::Result<Ending> {
        let ledger = self.simulator.ledger();
        let mut differences = truth::differences(&self.service, &ledger, fitting).await?;
        let calls = truth::calls(&self.service).await?;
        let recorded: Vec<CallId> = calls
            .iter()
            .filter(|call| ledger.get(&call.ringba_call_id).is_some_and(|told| told.recording.is_some()))
            .map(|call| call.call_id)
            .collect();
        let pages: Vec<CallPage> = stream::iter(recorded)
            .map(async |id| self.service.call_page(id).await?.context("a call without a page"))
            .buffer_unordered(PAGES_AT_A_TIME)
            .try_collect()
            .await?;
        let mut attempts = BTreeMap::new();
        for page in &pages {
            differences.extend(amiss(page));
            for attempt in &page.history {
                let outcome =
                    attempt.outcome.map_or("unfinished".to_owned(), |outcome| format!("{outcome:?}"));
                *attempts.entry(format!("{:?} {outcome}", attempt.lane)).or_default() += 1;
            }
        }
        // Every object in Storage, byte by byte, and whether any belongs to no call.
        Program::server(&self.stack, &self.simulator)?
            .asked(&["audit", "storage", "--deep"])
            .logging_to(&self.logs.join("audit.log"))?
            .succeeds()?;
        let mut latencies_s = self.stack.flag_latencies().await;
        latencies_s.sort_by(|one, other| one.0.total_cmp(&other.0));
        let latencies_s: Vec<_> =
            latencies_s.into_iter().map(|(seconds, id)| (seconds, CallId(id))).collect();
        let latest = latencies_s.iter().rev().take(LATEST).filter_map(|(seconds, id)| {
            let page = pages.iter().find(|page| page.call.call_id == *id)?;
            Some(life(*seconds, page))
        });
        let latest = latest.collect();
        let notes = vec![
            format!("killed: {}", self.hits),
            format!("reading was {} s behind at most", self.longest_lag.num_seconds()),
        ];
        Ok(Ending { differences, criteria: self.criteria().await?, latencies_s, attempts, latest, notes })
    }
}

/// In which states a call may have ended.
fn fitting(told: &LedgerCall) -> &'static [CallStatus] {
    if told.recording.is_some() {
        &[CallStatus::Flagged, CallStatus::Safe, CallStatus::Undecided]
    } else {
        &[CallStatus::Pending, CallStatus::NoRecording]
    }
}

/// What a call that went through all lanes lacks, or has too much of.
fn amiss(page: &CallPage) -> Vec<String> {
    let id = &page.call.ringba_call_id;
    let mut amiss = Vec::new();
    if page.transcript.is_none() {
        amiss.push(format!("{id}: no transcript"));
    }
    if page.review_path.is_none() {
        amiss.push(format!("{id}: no review copy"));
    }
    for lane in [Lane::Vault, Lane::Worker, Lane::Judge] {
        let accepted = page
            .history
            .iter()
            .filter(|attempt| attempt.lane == lane && attempt.outcome == Some(AttemptOutcome::Accepted));
        let rounds: Vec<i32> = accepted.map(|attempt| attempt.round).collect();
        let once: BTreeSet<i32> = rounds.iter().copied().collect();
        if rounds.is_empty() || once.len() != rounds.len() {
            amiss.push(format!("{id}: results of the lane {lane:?} were accepted in the rounds {rounds:?}"));
        }
    }
    for attempt in &page.history {
        if attempt.outcome.is_none() {
            amiss.push(format!("{id}: an attempt has no end: {attempt:?}"));
        }
    }
    amiss
}

/// What happened to a call, and when after its hang-up.
fn life(seconds: f64, page: &CallPage) -> String {
    let ended = page.call.completed_at;
    let after = |moment: DateTime<Utc>| ended.map_or(0, |ended| (moment - ended).num_seconds());
    let attempts = page.history.iter().map(|attempt| {
        let outcome = attempt.outcome.map_or("unfinished".to_owned(), |outcome| format!("{outcome:?}"));
        let until = attempt.ended_at.map_or("…".to_owned(), |moment| after(moment).to_string());
        let why = attempt.error.as_ref().map_or(String::new(), |error| format!(" ({error})"));
        format!("{:?} {}–{until} s {outcome}{why}", attempt.lane, after(attempt.started_at))
    });
    let attempts: Vec<String> = attempts.collect();
    format!("{}: flags after {seconds:.0} s; {}", page.call.ringba_call_id, attempts.join("; "))
}

impl Ending {
    pub fn holds(&self, number: i32) -> bool {
        self.criteria
            .iter()
            .filter(|criterion| criterion.criterion == number)
            .all(|criterion| criterion.holds)
    }

    pub fn criteria_held(&self) -> usize {
        (1..=5).filter(|number| self.holds(*number)).count()
    }

    /// The share of calls that had their flags sooner is `share`.
    pub fn latency_s(&self, share: f64) -> f64 {
        let milliseconds: Vec<u32> =
            self.latencies_s.iter().map(|(seconds, _)| (seconds * 1000.0) as u32).collect();
        percentile(&milliseconds, (share * 100.0) as usize)
            .map_or(f64::NAN, |latency| f64::from(latency) / 1000.0)
    }

    pub fn print(&self) {
        for note in &self.notes {
            println!("{note}");
        }
        println!("attempts: {:?}", self.attempts);
        for criterion in &self.criteria {
            println!("{} {}: {}", criterion.criterion, criterion.title, criterion.measured);
        }
        println!(
            "{} calls had flags after {:.0} s (p50), {:.0} s (p95), {:.0} s (p99), {:.0} s at worst",
            self.latencies_s.len(),
            self.latency_s(0.5),
            self.latency_s(0.95),
            self.latency_s(0.99),
            self.latencies_s.last().map_or(f64::NAN, |(seconds, _)| *seconds)
        );
        for life in &self.latest {
            println!("{life}");
        }
        for difference in &self.differences {
            println!("DIFFERENCE {difference}");
        }
    }
}
