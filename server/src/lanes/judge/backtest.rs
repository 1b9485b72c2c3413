//! Tries a draft of the rules on calls of the past, without touching them.
//!
//! Backtests are rows of `core.backtests`, ordered in Studio or by `server rules backtest`, and worked off
//! in batches under a lease: whoever is killed in between leaves the rest to the next. Only what the draft
//! changes is asked of the language model; a judged rule that is the same as then keeps its answer.

use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, StreamExt, stream};
use rust_decimal::Decimal;
use supabase_client::backtest::{BacktestCall, BacktestReport, BacktestedCall, ClaimedBacktest};
use supabase_client::http::Error;
use supabase_client::judgement::{Judgement, RuleOutcome, Unasked};
use supabase_client::model_use::ModelUse;
use supabase_client::ruleset::{RuleKind, Ruleset};
use tracing::{info, warn};
use uuid::Uuid;

use super::Judge;
use super::earlier::ending_of;
use super::verdict::{Endings, conclude};
use crate::lanes::claims::{Progress, Trouble};
use crate::lanes::{Context, Patience};

/// How often it is looked whether a backtest was ordered.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Calls that are tried together and reported at once.
const BATCH: u32 = 8;
/// A lease holds for two minutes.
const BEAT_EVERY: Duration = Duration::from_secs(30);
/// So few calls of a backtest ask the model at a time that live calls find room beside them.
const AT_A_TIME: usize = 2;
/// How long an endpoint that is down is left alone, and how often in a row.
const REST: Duration = Duration::from_secs(15);
const MOST_RESTS: usize = 40;

/// Works off what is ordered until the lane is asked to stop.
pub async fn run(context: &Context, judge: &Judge) {
    let mut patience = Patience::new();
    while !context.stop.is_cancelled() {
        let pause = match context.api.claim_backtest(&context.worker, None).await {
            Ok(None) => LOOK_EVERY,
            Ok(Some(claimed)) => {
                let id = claimed.backtest_id;
                // Dropped when the lane stops: the lease runs out, and the next goes on.
                let work = Box::pin(work_off(context, judge, claimed));
                match context.stop.run_until_cancelled(work).await {
                    Some(Ok(_)) => {
                        patience = Patience::new();
                        info!(backtest_id = id, "backtest finished");
                    }
                    Some(Err(failure)) => {
                        warn!(backtest_id = id, error = %failure, "backtest broke off");
                        context.pause(patience.next_pause()).await;
                    }
                    None => {}
                }
                continue;
            }
            Err(failure) => {
                warn!(error = %failure, "backtests cannot be looked for");
                patience.next_pause()
            }
        };
        context.pause(pause).await;
    }
}

/// Tries the draft on every call of a backtest and finishes it.
pub async fn work_off(
    context: &Context,
    judge: &Judge,
    claimed: ClaimedBacktest,
) -> Result<BacktestReport, Error> {
    let ClaimedBacktest { lease_token, ruleset, .. } = claimed;
    let beats = async {
        loop {
            context.clock.sleep(BEAT_EVERY).await;
            if let Err(failure) = context.api.beat_backtest(lease_token).await {
                warn!(error = %failure, "a backtest's lease could not be extended");
            }
        }
    };
    let work = async {
        let mut rests = 0;
        loop {
            let calls = context.api.backtest_batch(lease_token, BATCH).await?;
            if calls.is_empty() {
                return context.api.finish_backtest(lease_token, None).await;
            }
            let trying: Vec<_> = calls.iter().map(|call| as_draft(judge, call, &ruleset).boxed()).collect();
            let tried: Vec<_> = stream::iter(trying).buffered(AT_A_TIME).collect().await;
            let mut whole = Vec::new();
            let mut held_up = None;
            for (call, tried) in calls.iter().zip(tried) {
                match tried {
                    Ok(judgement) => match held_up_by(&judgement) {
                        None => whole.push((call, judgement)),
                        reason => held_up = held_up.or(reason),
                    },
                    Err(Trouble::Supabase(failure)) => return Err(failure),
                    Err(trouble) => {
                        return context.api.finish_backtest(lease_token, Some(&trouble.to_string())).await;
                    }
                }
            }
            if !whole.is_empty() {
                rests = 0;
                report(context, lease_token, &whole).await?;
            }
            let gives_up = match held_up {
                None => None,
                Some(Unasked::NoEndpoint) => {
                    Some("The draft changes judged rules, and no language model is configured.")
                }
                Some(Unasked::BudgetSpent) => {
                    Some("The day's budget for the language model is spent. Order it again tomorrow.")
                }
                Some(_) if rests == MOST_RESTS => {
                    Some("The language model's endpoint is down. Order it again later.")
                }
                Some(_) => {
                    rests += 1;
                    context.pause(REST).await;
                    None
                }
            };
            if gives_up.is_some() {
                return context.api.finish_backtest(lease_token, gives_up).await;
            }
        }
    };
    tokio::select! {
        report = work => report,
        never = beats => never,
    }
}

/// What keeps a call from being judged as a whole. Answers that are of no use are not waited for: the rule
/// is undecided under the draft.
fn held_up_by(judgement: &Judgement) -> Option<Unasked> {
    let unasked = judgement.rule_results.iter().filter_map(|result| result.unasked);
    unasked.into_iter().find(|reason| *reason != Unasked::BadAnswers)
}

/// Judges a call under the draft. The answers to rules that the draft leaves alone are taken over.
async fn as_draft(judge: &Judge, call: &BacktestCall, draft: &Ruleset) -> Result<Judgement, Trouble> {
    let shown = &call.shown;
    let unchanged =
        draft.rules.iter().filter(|rule| rule.kind == RuleKind::Judged && shown.ruleset.rules.contains(rule));
    let known: Endings = unchanged
        .filter_map(|rule| shown.rule_results.iter().find(|result| result.rule_key == rule.key))
        .filter(|result| result.unasked.is_none())
        .map(|result| (result.rule_key.clone(), ending_of(result, &shown.flags)))
        .collect();
    let transcript = Arc::new(call.transcript.clone());
    let (endings, asked) = judge.endings(transcript, draft, known, &Progress::default()).await?;
    Ok(conclude(draft, endings, asked))
}

async fn report(
    context: &Context,
    lease_token: Uuid,
    tried: &[(&BacktestCall, Judgement)],
) -> Result<(), Error> {
    let undecided = |judgement: &Judgement| {
        let open = judgement.rule_results.iter().filter(|result| result.outcome == RuleOutcome::Undecided);
        open.map(|result| result.rule_key.clone()).collect()
    };
    let told: Vec<BacktestedCall> = tried
        .iter()
        .map(|(call, judgement)| BacktestedCall {
            call_id: call.call_id,
            verdict: judgement.verdict,
            flags: judgement.flags.clone(),
            undecided: undecided(judgement),
        })
        .collect();
    let judgements = || tried.iter().map(|(_, judgement)| judgement);
    let requests = judgements().map(|judgement| judgement.requests).sum();
    let used = ModelUse {
        tokens: judgements().map(|judgement| judgement.tokens_in + judgement.tokens_out).sum(),
        cost_usd: judgements().map(|judgement| judgement.cost_usd).sum::<Decimal>(),
    };
    let left = context.api.report_backtest(lease_token, &told, requests, used).await?;
    info!(calls = told.len(), left, "calls tried under a draft");
    Ok(())
}
