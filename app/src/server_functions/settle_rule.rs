use leptos::prelude::*;
use supabase_client::call::{CallId, Review};
use supabase_client::judgement::RuleOutcome;

use crate::server_error::ServerError;

/// Says how a rule ended that the judge left undecided. An empty reason is no reason.
#[server(endpoint = "settle_rule")]
pub async fn settle_rule(
    call_id: CallId,
    rule_key: String,
    outcome: RuleOutcome,
    #[server(default)] reason: String,
) -> Result<Review, ServerError> {
    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let reason = Some(reason.trim()).filter(|reason| !reason.is_empty());
    api.settle_rule(call_id, &rule_key, outcome, reason).await.map_err(|error| asker.answer_to(&error))
}
