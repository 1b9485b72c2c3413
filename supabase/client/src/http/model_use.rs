//! The language model's limits of a day: reserve before a request, settle after it.

use serde_json::json;
use uuid::Uuid;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::model_use::{ModelDay, ModelLimits, ModelUse};

impl Api {
    /// Reserves what a request may use at most. `false` when it would pass a limit: the request must not
    /// be sent then. The same reservation twice is one.
    pub async fn reserve_model_use(
        &self,
        reservation: Uuid,
        most: ModelUse,
        limits: ModelLimits,
    ) -> Result<bool, Error> {
        let arguments = json!({
            "reservation": reservation, "tokens": most.tokens, "cost_usd": most.cost_usd,
            "tokens_per_day": limits.tokens_per_day, "usd_per_day": limits.usd_per_day,
        });
        self.call("reserve_model_use", arguments, Repeat::ForLane).await
    }

    /// Replaces what was reserved by what the request used.
    pub async fn settle_model_use(&self, reservation: Uuid, used: ModelUse) -> Result<(), Error> {
        let arguments =
            json!({ "reservation": reservation, "tokens": used.tokens, "cost_usd": used.cost_usd });
        self.call("settle_model_use", arguments, Repeat::ForLane).await
    }

    /// What the language model used today, in UTC.
    pub async fn model_use_today(&self) -> Result<ModelDay, Error> {
        self.call("model_use_today", json!({}), Repeat::ForPerson).await
    }
}
