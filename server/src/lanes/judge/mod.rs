//! The judge lane: holds a transcript against the rules of the call's vertical.
//!
//! [`phrase_rules`] decides rules made of word patterns ([`phrases`]), [`model`] asks a language model
//! about the others; [`flags`] turns what they find into what a reviewer reads and hears, and
//! [`verdict`] makes the judgement. Rules that could not be asked end undecided and are asked again
//! ([`ask_again`]).

mod ask_again;
mod coverage;
mod ending;
mod flags;
pub mod model;
mod phrase_rules;
pub mod phrases;
mod quote;
mod speech;
mod unfinished;
pub mod verdict;

use std::sync::Arc;

use supabase_client::call::CallStatus;
use supabase_client::http::{Api, Error};
use supabase_client::judgement::Judgement;
use supabase_client::lane::{ClaimedCall, Lane};
use supabase_client::ruleset::{JudgeMaterial, Rule, RuleKind};
use uuid::Uuid;

use self::model::Model;
use self::verdict::{Asked, Endings};
use super::Context;
use super::claims::{self, Progress, Trouble, Work};

/// Runs the lane with up to `calls` calls at a time until it is asked to stop.
pub async fn run(context: Context, judge: Judge, calls: usize) {
    let asking_again = async {
        if let Some(model) = judge.model.clone() {
            ask_again::run(context.clone(), model, u32::try_from(calls).unwrap_or(u32::MAX)).await;
        }
    };
    tokio::join!(claims::run(context.clone(), judge.clone(), calls), asking_again);
}

/// Judges calls; without a model, by their phrase rules alone.
#[derive(Clone)]
pub struct Judge {
    pub api: Api,
    pub model: Option<Arc<Model>>,
}

impl Work for Judge {
    const LANE: Lane = Lane::Judge;

    async fn ready(&self) {
        if let Some(model) = &self.model {
            model.until_calls_may_come().await;
        }
    }

    async fn work(&self, call: &ClaimedCall, progress: &Progress) -> Result<CallStatus, Trouble> {
        let material = self.api.judge_material(call.call_id).await?;
        let judgement = self.judge(call.lease_token, material, progress).await?;
        Ok(self.api.complete_judgement(call.lease_token, &judgement).await?)
    }
}

impl Judge {
    /// Judges a call. `reservation` names its part of the day's budget.
    pub async fn judge(
        &self,
        reservation: Uuid,
        material: JudgeMaterial,
        progress: &Progress,
    ) -> Result<Judgement, Trouble> {
        let material = Arc::new(material);
        let for_phrases = Arc::clone(&material);
        // A long call against many rules takes the processor for a while.
        let mut endings = tokio::task::spawn_blocking(move || verdict::phrase_endings(&for_phrases))
            .await
            .map_err(|_| Trouble::Call {
                sentence: "The rules broke down on this call.".to_owned(),
                code: "rules_broke_down",
                permanent: false,
            })?;
        let asked = match &self.model {
            Some(model) => self.ask(model, reservation, &material, &mut endings, progress).await?,
            None => Asked::default(),
        };
        Ok(verdict::conclude(&material.ruleset, endings, asked))
    }

    /// Asks the model what it has not answered yet.
    async fn ask(
        &self,
        model: &Model,
        reservation: Uuid,
        material: &JudgeMaterial,
        endings: &mut Endings,
        progress: &Progress,
    ) -> Result<Asked, Error> {
        let judged = material.ruleset.rules.iter().filter(|rule| rule.kind == RuleKind::Judged);
        let earlier = unfinished::standing(material, model.name());
        let mut rules: Vec<&Rule> = Vec::new();
        for rule in judged {
            match earlier.and_then(|earlier| unfinished::ended(earlier, rule)) {
                Some(ending) => {
                    endings.insert(rule.key.clone(), ending);
                }
                None => rules.push(rule),
            }
        }
        let mut work = model.judge(reservation, &material.transcript, &rules, progress).await?;
        if let Some(earlier) = earlier {
            unfinished::keep_proof(earlier, &mut work.endings);
            work.asked.model.get_or_insert_with(|| earlier.judge_model.clone());
            work.asked.returned_model = work.asked.returned_model.or_else(|| earlier.returned_model.clone());
        }
        endings.append(&mut work.endings);
        Ok(work.asked)
    }
}
