//! The engine's own thread, and the handle through which everybody else speaks to it.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::stop::Stop;
use super::{Engine, EngineError, HeardSegment};
use crate::audio::SAMPLE_RATE;

/// Stretches that may lie ready while the engine hears another.
const READY_STRETCHES: usize = 1;

/// Cheap to clone. The thread ends when the last handle is gone.
#[derive(Clone)]
pub struct EngineHandle {
    jobs: mpsc::Sender<Job>,
}

struct Job {
    sound: Vec<f32>,
    stop: Arc<Stop>,
    answer: oneshot::Sender<Result<Answer, EngineError>>,
}

/// What was heard, with the sound it was heard in.
pub struct Answer {
    pub sound: Vec<f32>,
    pub segments: Vec<HeardSegment>,
}

impl EngineHandle {
    /// Loads an engine on a thread of its own and warms it up; only then is there a handle.
    ///
    /// # Errors
    /// Those of `load`.
    pub async fn start<E: Engine>(
        load: impl FnOnce() -> Result<E, EngineError> + Send + 'static,
    ) -> Result<Self, EngineError> {
        let (ready, is_ready) = oneshot::channel();
        let (jobs, queue) = mpsc::channel(READY_STRETCHES);
        std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || match load().and_then(warm_up) {
                Ok(engine) => {
                    if ready.send(Ok(())).is_ok() {
                        serve(engine, queue);
                    }
                }
                Err(error) => drop(ready.send(Err(error))),
            })
            .map_err(|error| EngineError::Failed(error.to_string()))?;
        is_ready.await.map_err(|_| EngineError::Gone)??;
        Ok(Self { jobs })
    }

    /// Hears one stretch when its turn comes.
    pub async fn hear(&self, sound: Vec<f32>, stop: Arc<Stop>) -> Result<Answer, EngineError> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job { sound, stop, answer }).await.map_err(|_| EngineError::Gone)?;
        answered.await.map_err(|_| EngineError::Gone)?
    }
}

fn serve(mut engine: impl Engine, mut queue: mpsc::Receiver<Job>) {
    while let Some(Job { sound, stop, answer }) = queue.blocking_recv() {
        let heard = engine.hear(&sound, &stop).map(|segments| Answer { sound, segments });
        // Whoever asked may have ended meanwhile.
        let _ = answer.send(heard);
    }
}

/// The first run allocates and, on a GPU, compiles; no call should wait for that.
fn warm_up<E: Engine>(mut engine: E) -> Result<E, EngineError> {
    engine.hear(&vec![0.0; SAMPLE_RATE as usize], &Stop::default())?;
    Ok(engine)
}
