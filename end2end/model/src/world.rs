//! What all endpoints share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use tokio::sync::Notify;

use crate::behaviour::Behaviour;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::refusal::Refusal;
use crate::simulator::Options;

pub struct World {
    pub api_key: String,
    pub model: String,
    pub faults: Faults,
    pub journal: Arc<Journal>,
    /// Wakes requests that are held.
    pub let_go: Notify,
    behaviour: Mutex<Behaviour>,
}

impl World {
    pub fn new(options: Options) -> Self {
        Self {
            api_key: options.api_key,
            model: options.model,
            faults: Faults::default(),
            journal: Arc::default(),
            let_go: Notify::new(),
            behaviour: Mutex::new(options.behaviour),
        }
    }

    pub fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn check_key(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let expected = format!("Bearer {}", self.api_key);
        let is_right = headers.get(AUTHORIZATION).is_some_and(|sent| sent.as_bytes() == expected.as_bytes());
        if is_right { Ok(()) } else { Err(Refusal::wrong_key()) }
    }
}
