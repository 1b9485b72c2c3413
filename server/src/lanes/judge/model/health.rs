//! Whether the endpoint is up, and what the lane makes of it when it is not.
//!
//! After some failures in a row nothing is sent for a while, and no calls are claimed. When that has gone
//! on for longer than flags may wait, calls are claimed again and judged by their phrase rules; the rest
//! is asked when the endpoint is back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use failsafe::StateMachine;
use failsafe::backoff::{EqualJittered, equal_jittered};
use failsafe::failure_policy::{ConsecutiveFailures, consecutive_failures};

use crate::lanes::clock::Clock;

const FAILURES_IN_A_ROW: u32 = 3;
const FIRST_REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_secs(60);
/// So long the lane waits for the endpoint with its calls unclaimed. Flags have five minutes in all.
const CALLS_WAIT: TimeDelta = TimeDelta::seconds(60);
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The state of one endpoint, as this process sees it.
pub struct Health {
    breaker: StateMachine<ConsecutiveFailures<EqualJittered>, ()>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failing_since: Option<DateTime<Utc>>,
    /// The endpoint asked to be left alone until then.
    not_before: Option<DateTime<Utc>>,
    failure: String,
    /// What was last told to the people who run this; nothing since the start.
    told: Option<Told>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Away,
    Back,
}

/// What there is to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It is down, with the reason.
    Away(String),
    /// It answers, or does so again.
    Back,
}

impl Health {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let rest = equal_jittered(FIRST_REST, LONGEST_REST);
        let breaker =
            failsafe::Config::new().failure_policy(consecutive_failures(FAILURES_IN_A_ROW, rest)).build();
        Self { breaker, clock, state: Mutex::default() }
    }

    /// Whether a request may be sent now.
    pub fn may_ask(&self) -> bool {
        let rests = self.state().not_before.is_some_and(|until| self.clock.now() < until);
        !rests && self.breaker.is_call_permitted()
    }

    /// Whether the last that was heard of it is a failure.
    pub fn is_failing(&self) -> bool {
        self.state().failing_since.is_some()
    }

    pub fn answered(&self) {
        self.breaker.on_success();
        // The answer to a request from before an outage is no sign of its end.
        if self.may_ask() {
            self.state().failing_since = None;
        }
    }

    /// `rest`: how long it wants to be left alone.
    pub fn failed(&self, failure: &str, rest: Option<Duration>) {
        self.breaker.on_error();
        let rest = rest.and_then(|rest| TimeDelta::from_std(rest).ok());
        let mut state = self.state();
        state.not_before = state.not_before.max(rest.map(|rest| self.clock.now() + rest));
        failure.clone_into(&mut state.failure);
        state.failing_since.get_or_insert_with(|| self.clock.now());
    }

    /// Ends when calls may be claimed.
    pub async fn until_calls_may_come(&self) {
        while self.calls_wait() {
            self.clock.sleep(LOOK_EVERY).await;
        }
    }

    fn calls_wait(&self) -> bool {
        let since = self.state().failing_since;
        !self.may_ask() && since.is_some_and(|since| self.clock.now() - since < CALLS_WAIT)
    }

    /// What is to be told since the last time, once.
    pub fn news(&self) -> Option<News> {
        let is_away = !self.may_ask();
        let mut state = self.state();
        let now = if is_away {
            Told::Away
        } else if state.failing_since.is_none() {
            Told::Back
        } else {
            return None;
        };
        if state.told == Some(now) {
            return None;
        }
        state.told = Some(now);
        Some(match now {
            Told::Away => News::Away(state.failure.clone()),
            Told::Back => News::Back,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::future::BoxFuture;

    use super::*;

    /// Stands still until it is moved.
    struct StillClock(Mutex<DateTime<Utc>>);

    impl Clock for StillClock {
        fn now(&self) -> DateTime<Utc> {
            *self.0.lock().unwrap()
        }

        fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
            Box::pin(std::future::pending())
        }
    }

    #[test]
    fn calls_wait_for_an_endpoint_that_is_down_but_not_for_long() {
        let clock = Arc::new(StillClock(Mutex::new(Utc::now())));
        let health = Health::new(Arc::<StillClock>::clone(&clock));
        assert_eq!(health.news(), Some(News::Back), "an alert of an earlier process is over");
        for _ in 1..FAILURES_IN_A_ROW {
            health.failed("the endpoint answered 500", None);
        }
        assert!(health.may_ask() && !health.calls_wait());
        assert_eq!(health.news(), None, "two failures are no outage");

        health.failed("the endpoint answered 500", None);
        assert!(!health.may_ask() && health.calls_wait());
        assert_eq!(health.news(), Some(News::Away("the endpoint answered 500".to_owned())));
        assert_eq!(health.news(), None, "told once");

        *clock.0.lock().unwrap() += CALLS_WAIT;
        assert!(!health.may_ask() && !health.calls_wait(), "flags of phrases are not kept waiting");

        health.answered();
        assert!(health.is_failing(), "an answer from before the outage");
        health.breaker.reset();
        health.answered();
        assert_eq!(health.news(), Some(News::Back));
    }

    #[test]
    fn an_endpoint_that_wants_to_be_left_alone_is() {
        let clock = Arc::new(StillClock(Mutex::new(Utc::now())));
        let health = Health::new(Arc::<StillClock>::clone(&clock));
        health.failed("the endpoint answered 429", Some(Duration::from_secs(600)));
        assert!(!health.may_ask(), "one such word is enough");
        *clock.0.lock().unwrap() += TimeDelta::seconds(600);
        assert!(health.may_ask());
    }
}
