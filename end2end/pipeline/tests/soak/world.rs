//! All parts of a trial, and its time.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use pipeline::programs::Program;
use pipeline::workspace;
use rand::rngs::StdRng;
use ringba_simulator::Simulator;
use secrecy::SecretString;
use supabase_client::call::CallStatus;
use supabase_client::criterion::Criterion;
use supabase_client::http::{Api, Supabase, SupabaseConfig};
use supabase_local::{Durability, Stack, StackConfig};
use tempfile::TempDir;
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use crate::Trial;
use crate::calls::{self, EARLIER};
use crate::misfortune::{self, Hits, Victim, WORKERS};

const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// What an endpoint of a language model takes.
const MODEL_LATENCY_MS: u64 = 800;
/// A rule of the seed that the language model is asked about.
const JUDGED_RULE: &str = "income_misstated";
/// Longer than from one heartbeat to the next.
const SHORT_LEASE: Duration = Duration::from_secs(30);

pub struct World {
    pub trial: Trial,
    // Dropped in this order: the programs stop before what they talk to.
    server: Program,
    workers: Vec<Program>,
    pub service: Api,
    pub stack: Stack,
    pub simulator: Simulator,
    _model: model_simulator::Simulator,
    pub hits: Hits,
    /// The most that reading was behind, seen from outside.
    pub longest_lag: TimeDelta,
    /// When a killed program is started again.
    restarts: Vec<(Instant, Victim)>,
    pub logs: PathBuf,
    _folder: TempDir,
}

impl World {
    /// Starts everything; the hours before are read already.
    pub async fn new(trial: Trial, random: &mut StdRng) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let recordings = folder.path().join("recordings");
        std::fs::create_dir(&recordings)?;
        let config = StackConfig {
            api_port: 0,
            db_port: 0,
            durability: Durability::Kept,
            ..StackConfig::new(workspace().join("supabase"), folder.path().join("stack"))
        };
        let stack = Stack::start(config).await?;
        // Starting took its time: the first calls end from now on.
        let ledger = calls::ledger(trial, Utc::now(), &recordings, random)?;
        let simulator = Simulator::start(ledger, ringba_simulator::Options::default()).await?;
        let behaviour = model_simulator::Behaviour {
            latency_ms: MODEL_LATENCY_MS,
            ..model_simulator::Behaviour::default()
        };
        let model = model_simulator::Simulator::start(model_simulator::Options {
            behaviour,
            ..model_simulator::Options::default()
        })
        .await?;
        let supabase = Supabase::new(SupabaseConfig {
            url: stack.api_url().parse()?,
            api_key: SecretString::from(stack.secret_key().to_owned()),
        })?;
        let service = supabase.as_service();

        let logs = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("soak");
        std::fs::create_dir_all(&logs)?;
        let mut reader = Program::server(&stack, &simulator)?
            .asked(&["lane", "ingest"])
            .with("CALLSCRIPT_INGEST_WINDOW_MINUTES", &EARLIER.num_minutes().to_string())
            .logging_to(&logs.join("reader.log"))?;
        reader.start()?;
        until_read(&service).await.context("the hours before are read")?;
        reader.kill();

        let mut server = Program::server(&stack, &simulator)?
            .with("CALLSCRIPT_JUDGE_URL", &model.base_url())
            .with("CALLSCRIPT_JUDGE_KEY", model_simulator::DEMO_KEY)
            .with("CALLSCRIPT_JUDGE_MODEL", model_simulator::DEMO_MODEL)
            .logging_to(&logs.join("server.log"))?;
        stack.enable_rule("aca", JUDGED_RULE).await;
        if !trial.as_in_life {
            server = server.with("CALLSCRIPT_INGEST_INTERVAL_SECONDS", "2");
            stack.set_lease_length(SHORT_LEASE).await;
        }
        let mut workers = Vec::new();
        for number in 0..WORKERS {
            workers.push(
                Program::waiting_worker(&stack)?
                    .with("CALLSCRIPT_WORKER_SLOTS", "4")
                    .logging_to(&logs.join(format!("worker-{number}.log")))?,
            );
        }
        server.start()?;
        for worker in &mut workers {
            worker.start()?;
        }
        Ok(Self {
            trial,
            server,
            workers,
            service,
            stack,
            simulator,
            _model: model,
            hits: Hits::default(),
            longest_lag: TimeDelta::zero(),
            restarts: Vec::new(),
            logs,
            _folder: folder,
        })
    }

    /// The time in which something is killed.
    pub async fn live(&mut self, random: &mut StdRng) -> anyhow::Result<()> {
        let began = Instant::now();
        let mut looks = interval(BETWEEN_LOOKS);
        looks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut next_kill = began + self.trial.kill_every;
        while began.elapsed() < self.trial.lasting {
            tokio::select! {
                _ = looks.tick() => self.look().await?,
                () = sleep_until(next_kill.into()) => {
                    next_kill += self.trial.kill_every;
                    self.kill(misfortune::draw(random)).await?;
                }
            }
        }
        Ok(())
    }

    /// Until every call has ended and the books of the hours before were compared.
    pub async fn rest(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        let recorded = self.simulator.ledger().calls().filter(|call| call.recording.is_some()).count();
        let mut looks = interval(BETWEEN_LOOKS);
        loop {
            looks.tick().await;
            self.look().await?;
            let done = self.calls_in(&[CallStatus::Flagged, CallStatus::Safe, CallStatus::Undecided]).await?;
            let failed = self.calls_in(&[CallStatus::Failed]).await?;
            let books = self.criteria().await?.into_iter().find(|criterion| criterion.criterion == 5);
            let compared = books.is_some_and(|books| !books.details["last_check"].is_null());
            if done + failed >= i64::try_from(recorded)? && compared {
                return Ok(());
            }
            if began.elapsed() > self.trial.patience {
                bail!(
                    "{done} of {recorded} calls are judged and {failed} failed; compared: {compared}; the logs are in {}",
                    self.logs.display()
                );
            }
        }
    }

    pub async fn criteria(&self) -> anyhow::Result<Vec<Criterion>> {
        Ok(self.service.criteria().await?)
    }

    /// What happens every second: killed programs start again, and the lag is looked at.
    async fn look(&mut self) -> anyhow::Result<()> {
        let now = Instant::now();
        let (due, later) = std::mem::take(&mut self.restarts).into_iter().partition(|(at, _)| *at <= now);
        self.restarts = later;
        for (_, victim) in Vec::from_iter::<Vec<_>>(due) {
            match victim {
                Victim::Server => self.server.start()?,
                Victim::Worker(number) => self.workers[number].start()?,
                Victim::Database => {}
            }
        }
        if !self.trial.as_in_life {
            self.stack.run_scheduled_work().await;
        }
        for criterion in self.criteria().await? {
            if let Some(lag) = lag(&criterion) {
                self.longest_lag = self.longest_lag.max(lag);
            }
        }
        Ok(())
    }

    async fn kill(&mut self, victim: Victim) -> anyhow::Result<()> {
        println!("{} killed: {victim:?}", Utc::now().format("%H:%M:%S"));
        self.hits.note(victim);
        let program = match victim {
            Victim::Database => return Ok(self.stack.crash_database().await?),
            Victim::Server => &mut self.server,
            Victim::Worker(number) => &mut self.workers[number],
        };
        program.kill();
        // Killed again before it was back, it is still due once.
        if !self.restarts.iter().any(|(_, waiting)| *waiting == victim) {
            self.restarts.push((Instant::now() + self.trial.restart_after, victim));
        }
        Ok(())
    }

    async fn calls_in(&self, states: &[CallStatus]) -> anyhow::Result<i64> {
        let counts = self.service.call_counts().await?;
        Ok(counts.iter().filter(|count| states.contains(&count.status)).map(|count| count.calls).sum())
    }
}

/// How far behind reading is, where this criterion says that.
fn lag(criterion: &Criterion) -> Option<TimeDelta> {
    let read_to: DateTime<Utc> = criterion.details.get("watermark")?.as_str()?.parse().ok()?;
    Some(Utc::now() - read_to)
}

async fn until_read(service: &Api) -> anyhow::Result<()> {
    let mut looks = interval(Duration::from_millis(200));
    let began = Instant::now();
    loop {
        looks.tick().await;
        let criteria = service.criteria().await?;
        if criteria.iter().any(|criterion| criterion.criterion == 1 && criterion.holds) {
            return Ok(());
        }
        anyhow::ensure!(began.elapsed() < Duration::from_mins(2), "{criteria:?}");
    }
}
