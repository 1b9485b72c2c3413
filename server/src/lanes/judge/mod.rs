//! The judge lane: holds a transcript against the rules of the call's vertical.
//!
//! [`phrase_rules`] decides rules made of word patterns ([`phrases`]), [`model`] asks a language model
//! about the others; [`flags`] turns what they find into what a reviewer reads and hears, and
//! [`verdict`] makes the judgement. Rules that could not be asked end undecided and are asked again
//! ([`ask_again`]). [`backtest`] tries a draft of the rules on calls of the past.

mod ask_again;
pub mod backtest;
mod coverage;
mod earlier;
pub mod ending;
mod flags;
pub mod model;
mod phrase_rules;
pub mod phrases;
mod quote;
mod speech;
pub mod verdict;

use std::sync::Arc;

use supabase_client::call::CallStatus;
use supabase_client::http::Api;
use supabase_client::judgement::{Judgement, Unasked};
use supabase_client::lane::{ClaimedCall, Lane};
use supabase_client::ruleset::{JudgeMaterial, Rule, Ruleset};
use supabase_client::transcript::Transcript;

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
    tokio::join!(
        claims::run(context.clone(), judge.clone(), calls),
        asking_again,
        backtest::run(&context, &judge),
    );
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
        let judgement = self.judge(material, progress).await?;
        Ok(self.api.complete_judgement(call.lease_token, &judgement).await?)
    }
}

impl Judge {
    /// Judges a call.
    pub async fn judge(&self, material: JudgeMaterial, progress: &Progress) -> Result<Judgement, Trouble> {
        let JudgeMaterial { transcript, ruleset, unfinished, shown } = material;
        let model = self.model.as_ref().map(|model| model.name());
        let unfinished = unfinished.filter(|earlier| earlier::stands(earlier, &ruleset.ruleset_id, model));
        let known = unfinished.as_ref().map(|earlier| earlier::known(earlier, &ruleset)).unwrap_or_default();
        let (mut endings, mut asked) = self.endings(Arc::new(transcript), &ruleset, known, progress).await?;
        if let Some(unfinished) = unfinished {
            earlier::keep_proof(&unfinished, &earlier::open(&unfinished), &mut endings);
            earlier::name_origins(unfinished, &mut asked);
        } else if let Some(shown) = shown {
            // What the model had proven stays until it can be asked again.
            let open = endings.iter().filter(|(_, ending)| ending.unasked.is_some());
            let open = open.map(|(rule_key, _)| rule_key.clone()).collect();
            if earlier::keep_proof(&shown, &open, &mut endings) {
                earlier::name_origins(shown, &mut asked);
            }
        }
        Ok(verdict::conclude(&ruleset, endings, asked))
    }

    /// How each rule ends: phrase rules by themselves, judged ones as `known` says or the model answers.
    async fn endings(
        &self,
        transcript: Arc<Transcript>,
        ruleset: &Ruleset,
        known: Endings,
        progress: &Progress,
    ) -> Result<(Endings, Asked), Trouble> {
        let (of_phrases, rules) = (Arc::clone(&transcript), ruleset.rules.clone());
        // A long call against many rules takes the processor for a while.
        let endings = tokio::task::spawn_blocking(move || verdict::phrase_endings(&of_phrases, &rules)).await;
        let mut endings = endings.map_err(|_| Trouble::Call {
            sentence: "The rules broke down on this call.".to_owned(),
            code: "rules_broke_down",
            permanent: false,
        })?;
        endings.extend(known);
        let open: Vec<&Rule> = ruleset.rules.iter().filter(|rule| !endings.contains_key(&rule.key)).collect();
        let Some(model) = &self.model else {
            endings.extend(verdict::unasked(open, Unasked::NoEndpoint));
            return Ok((endings, Asked::default()));
        };
        let mut work = model.judge(&transcript, &open, progress).await?;
        endings.append(&mut work.endings);
        Ok((endings, work.asked))
    }
}
