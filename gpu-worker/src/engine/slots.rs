//! The engine's slots, each on a thread of its own, and the handle through which everybody else
//! speaks to them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::busy::Busy;
use super::stop::Stop;
use super::{Care, Engine, EngineError, HeardSegment};
use crate::audio::SAMPLE_RATE;

/// Cheap to clone. The threads end when the last handle is gone.
#[derive(Clone)]
pub struct EngineHandle {
    jobs: flume::Sender<Job>,
    busy: Arc<Busy>,
}

struct Job {
    sound: Vec<f32>,
    care: Care,
    stop: Arc<Stop>,
    answer: oneshot::Sender<Result<Answer, EngineError>>,
}

/// What was heard, with the sound it was heard in.
pub struct Answer {
    pub sound: Vec<f32>,
    pub segments: Vec<HeardSegment>,
    /// How long a slot was at it.
    pub took: Duration,
}

impl EngineHandle {
    /// Loads the engine, one part a slot, and warms each up on its own thread; only then is there a
    /// handle.
    ///
    /// # Errors
    /// Those of `load`, and those of the first run.
    pub async fn start<E: Engine + Send + 'static>(
        load: impl FnOnce() -> Result<Vec<E>, EngineError> + Send + 'static,
    ) -> Result<Self, EngineError> {
        let slots = tokio::task::spawn_blocking(load).await.map_err(|_| EngineError::Gone)??;
        // One stretch for each slot lies ready while it hears another.
        let (jobs, queue) = flume::bounded(slots.len());
        let busy = Arc::new(Busy::new(slots.len()));
        let mut warm = Vec::new();
        for (slot, engine) in slots.into_iter().enumerate() {
            let (queue, busy) = (queue.clone(), Arc::clone(&busy));
            let (ready, is_ready) = oneshot::channel();
            warm.push(is_ready);
            std::thread::Builder::new()
                .name(format!("engine-{slot}"))
                .spawn(move || match warm_up(engine) {
                    Ok(engine) => {
                        if ready.send(Ok(())).is_ok() {
                            serve(engine, slot, &queue, &busy);
                        }
                    }
                    Err(error) => drop(ready.send(Err(error))),
                })
                .map_err(|error| EngineError::Failed(error.to_string()))?;
        }
        for is_ready in warm {
            is_ready.await.map_err(|_| EngineError::Gone)??;
        }
        Ok(Self { jobs, busy })
    }

    /// Hears one stretch when its turn comes.
    pub async fn hear(&self, sound: Vec<f32>, care: Care, stop: Arc<Stop>) -> Result<Answer, EngineError> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send_async(Job { sound, care, stop, answer }).await.map_err(|_| EngineError::Gone)?;
        answered.await.map_err(|_| EngineError::Gone)?
    }

    pub fn busy(&self) -> &Arc<Busy> {
        &self.busy
    }
}

fn serve(mut engine: impl Engine, slot: usize, queue: &flume::Receiver<Job>, busy: &Busy) {
    while let Ok(Job { sound, care, stop, answer }) = queue.recv() {
        if answer.is_closed() {
            continue;
        }
        let began = Instant::now();
        busy.begins(slot);
        let heard = engine.hear(&sound, care, &stop);
        busy.ends(slot);
        let heard = heard.map(|segments| Answer { sound, segments, took: began.elapsed() });
        // Whoever asked may have ended meanwhile.
        let _ = answer.send(heard);
    }
}

/// The first run allocates and, on a GPU, compiles; no call should wait for that.
fn warm_up<E: Engine>(mut engine: E) -> Result<E, EngineError> {
    engine.hear(&vec![0.0; SAMPLE_RATE as usize], Care::Usual, &Stop::default())?;
    Ok(engine)
}
