//! Has calls judged again whose rules could not all be asked, once that is over.

use std::sync::Arc;
use std::time::Duration;

use tracing::{info, warn};

use super::model::Model;
use crate::lanes::{Context, Patience};

/// How often it is looked whether a call waits for that.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Puts calls back to the judge, as many as it has in hand at a time, until the lane is asked to stop.
pub async fn run(context: Context, model: Arc<Model>, calls: u32) {
    let mut patience = Patience::new();
    while !context.stop.is_cancelled() {
        let pause = if model.may_ask() {
            // One is enough to see whether an endpoint that failed is back.
            let most = if model.is_failing() { 1 } else { calls };
            match context.api.ask_unasked(most).await {
                Ok(0) => LOOK_EVERY,
                Ok(asked) => {
                    patience = Patience::new();
                    info!(calls = asked, "calls are judged again because rules of theirs can be asked now");
                    LOOK_EVERY
                }
                Err(failure) => {
                    warn!(error = %failure, "calls that wait to be asked again cannot be looked for");
                    patience.next_pause()
                }
            }
        } else {
            LOOK_EVERY
        };
        context.pause(pause).await;
    }
}
