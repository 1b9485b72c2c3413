//! The queue of log lines, and who empties it into the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use serde_json::json;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use super::traces::Traces;
use super::{LogEvent, LogLayer, LogLevel};
use crate::http::{Api, Error};

/// What waits while the database is away: one or two megabytes. What comes when it is full is lost and counted:
/// the oldest lines tell how a trouble began.
const MOST_WAITING: usize = 4_096;
/// Lines in one request.
const BATCH: usize = 200;
/// How long the first line of a batch waits for company.
const GATHER: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// What the end of the process may be held up by the last lines.
const FINISH_WITHIN: Duration = Duration::from_secs(1);

/// The way in, for [`LogLayer`].
#[derive(Clone)]
pub(super) struct Entrance {
    queue: mpsc::Sender<LogEvent>,
    lost: Arc<AtomicU64>,
}

impl Entrance {
    pub(super) fn put(&self, line: LogEvent) {
        if let Err(TrySendError::Full(_)) = self.queue.try_send(line) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Lines on their way to the database.
pub struct LogLines {
    queue: mpsc::Receiver<LogEvent>,
    lost: Arc<AtomicU64>,
    /// Spans end with the lines.
    pub(super) traces: Option<Traces>,
}

/// The layer that fills the queue, and the queue. Dropping the queue ends the layer's work.
pub fn log_lines() -> (LogLayer, LogLines) {
    let (sender, receiver) = mpsc::channel(MOST_WAITING);
    let lost = Arc::new(AtomicU64::new(0));
    let entrance = Entrance { queue: sender, lost: Arc::clone(&lost) };
    (LogLayer { entrance }, LogLines { queue: receiver, lost, traces: None })
}

impl LogLines {
    /// Writes everything that was and will be queued, as lines of `worker`. `lane` is the one that tells of
    /// lost lines.
    pub fn write_to(mut self, api: Api, worker: String, lane: &'static str) -> LogWriter {
        let (stop, stopped) = oneshot::channel();
        let traces = self.traces.take();
        let writing = Writing { lines: self, api, worker, lane, stopped, is_stopping: false };
        LogWriter { stop, task: tokio::spawn(writing.run()), traces }
    }
}

/// Writes until it is asked to finish.
pub struct LogWriter {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    traces: Option<Traces>,
}

impl LogWriter {
    /// Writes what is still queued, if the database takes it at once, and sends the last spans meanwhile.
    pub async fn finish(self) {
        let Self { stop, mut task, traces } = self;
        let _ = stop.send(());
        let lines = async {
            if timeout(FINISH_WITHIN, &mut task).await.is_err() {
                task.abort();
                warn!("the last log lines did not reach the database");
            }
        };
        let spans = async {
            if let Some(traces) = traces {
                traces.finish().await;
            }
        };
        tokio::join!(lines, spans);
    }
}

struct Writing {
    lines: LogLines,
    api: Api,
    worker: String,
    lane: &'static str,
    stopped: oneshot::Receiver<()>,
    is_stopping: bool,
}

impl Writing {
    async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        while self.gather(&mut batch).await {
            for line in &mut batch {
                line.worker = Some(self.worker.clone());
            }
            self.write_patiently(&batch).await;
            batch.clear();
        }
    }

    /// The next lines, and how many were lost; false when there will be none.
    async fn gather(&mut self, batch: &mut Vec<LogEvent>) -> bool {
        if self.next(batch, BATCH).await == 0 {
            return false;
        }
        let deadline = Instant::now() + GATHER;
        while batch.len() < BATCH && !self.is_stopping {
            let left = deadline.saturating_duration_since(Instant::now());
            let room = BATCH - batch.len();
            if !matches!(timeout(left, self.next(batch, room)).await, Ok(1..)) {
                break;
            }
        }
        let lost = self.lines.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            batch.push(LogEvent {
                level: LogLevel::Warn,
                lane: self.lane.to_owned(),
                event: "log_lines_lost".to_owned(),
                call_id: None,
                worker: None,
                at: Instant::now(),
                data: json!({ "lines": lost }),
            });
        }
        true
    }

    /// Waits for lines, unless it is time to stop: then what is there is all.
    async fn next(&mut self, batch: &mut Vec<LogEvent>, room: usize) -> usize {
        if !self.is_stopping {
            tokio::select! {
                got = self.lines.queue.recv_many(batch, room) => return got,
                _ = &mut self.stopped => {
                    self.is_stopping = true;
                    // Nothing comes in any more: the last turns end.
                    self.lines.queue.close();
                }
            }
        }
        self.lines.queue.recv_many(batch, room).await
    }

    /// Tries until the database has answered; once when it is time to stop. Its own trouble goes to the
    /// process's log only: it would feed itself.
    async fn write_patiently(&mut self, batch: &[LogEvent]) {
        let mut pauses: Option<ExponentialBackoff> = None;
        loop {
            match self.write(batch).await {
                Ok(refused) => {
                    if pauses.is_some() {
                        info!("log lines reach the database again");
                    }
                    self.lines.lost.fetch_add(refused, Ordering::Relaxed);
                    return;
                }
                Err(failure) => {
                    if pauses.is_none() {
                        warn!(error = %failure, "log lines wait for the database");
                    }
                    if self.is_stopping {
                        self.lines.lost.fetch_add(batch.len() as u64, Ordering::Relaxed);
                        return;
                    }
                    let pause = pauses.get_or_insert_with(patience).next().unwrap_or(LONGEST_PAUSE);
                    tokio::select! {
                        () = sleep(pause) => {}
                        _ = &mut self.stopped => {
                            self.is_stopping = true;
                            self.lines.queue.close();
                        }
                    }
                }
            }
        }
    }

    /// Writes these lines; answers with how many of them the database will never take. One that it refuses must
    /// not take the others along: they are written in halves.
    async fn write(&self, lines: &[LogEvent]) -> Result<u64, Error> {
        match self.api.write_log(lines).await {
            Ok(()) => Ok(0),
            Err(Error::Refused { sentence, .. }) => match lines {
                [] => Ok(0),
                [line] => {
                    warn!(event = line.event, lane = line.lane, reason = sentence, "a log line is refused");
                    Ok(1)
                }
                lines => {
                    let (some, others) = lines.split_at(lines.len() / 2);
                    Ok(Box::pin(self.write(some)).await? + Box::pin(self.write(others)).await?)
                }
            },
            Err(failure) => Err(failure),
        }
    }
}

fn patience() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .without_max_times()
        .with_jitter()
        .build()
}
