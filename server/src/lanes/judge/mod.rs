//! The judge lane: holds a transcript against the rules of the call's vertical.
//!
//! [`phrases`] finds word patterns, [`quote`] turns a hit into what a reviewer reads and hears,
//! [`verdict`] makes the judgement. Rules that need a language model end undecided.

pub mod phrases;
pub mod quote;
pub mod speech;
pub mod verdict;

use supabase_client::call::CallStatus;
use supabase_client::http::Api;
use supabase_client::lane::{ClaimedCall, Lane};

use super::claims::{Progress, Trouble, Work};

pub struct Judge {
    pub api: Api,
}

impl Work for Judge {
    const LANE: Lane = Lane::Judge;

    async fn work(&self, call: &ClaimedCall, _progress: &Progress) -> Result<CallStatus, Trouble> {
        let material = self.api.judge_material(call.call_id).await?;
        // A long call against many rules takes the processor for a while.
        let judgement =
            tokio::task::spawn_blocking(move || verdict::judge(&material)).await.map_err(|_| {
                Trouble::Call {
                    sentence: "The rules broke down on this call.".to_owned(),
                    code: "rules_broke_down",
                    permanent: false,
                }
            })?;
        Ok(self.api.complete_judgement(call.lease_token, &judgement).await?)
    }
}
