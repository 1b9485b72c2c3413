//! What admins read.

use serde_json::json;

use super::error::Error;
use super::rest::{Api, Repeat};
use crate::admin::{FailedGroup, People, VerticalRules};

impl Api {
    /// Failed calls by lane and reason, the newest failure first.
    pub async fn failed_calls(&self) -> Result<Vec<FailedGroup>, Error> {
        self.call("failed_calls", json!({}), Repeat::ForPerson).await
    }

    /// The rules that hold, by vertical, and how they came to be.
    pub async fn rules_in_force(&self) -> Result<Vec<VerticalRules>, Error> {
        self.call("rules_in_force", json!({}), Repeat::ForPerson).await
    }

    /// Everybody who can sign in, with role and last sign-in.
    pub async fn people(&self) -> Result<People, Error> {
        self.call("people", json!({}), Repeat::ForPerson).await
    }
}
