//! `callscript-server rules check FOLDER`: how well rules and model do on calls whose violations are known.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use rust_decimal::Decimal;
use supabase_client::http::Api;
use supabase_client::ruleset::{Rule, RuleKind};

use super::labelled::{LabelledCall, Tally, load};
use super::share;
use crate::lanes::claims::Progress;
use crate::lanes::judge::model::Model;
use crate::lanes::judge::verdict::phrase_endings;

type Tallies = BTreeMap<String, Tally>;

/// Prints a table for the phrases and, where a model is configured, one for the model, which is asked
/// every rule by its instruction. Fails when the model could not be asked everything.
pub async fn run(
    api: &Api,
    model: Option<&Model>,
    folder: &Path,
    vertical: &str,
) -> anyhow::Result<ExitCode> {
    let calls = load(folder)?;
    let ruleset = api.present_ruleset(vertical).await.context("the rules could not be read")?;
    println!(
        "{} labelled calls, {} rules of {} ({}).",
        calls.len(),
        ruleset.rules.len(),
        vertical,
        ruleset.ruleset_id
    );

    let mut of_phrases = Tallies::new();
    for call in &calls {
        call.tally(&phrase_endings(&call.transcript(), &ruleset.rules), &mut of_phrases);
    }
    print("By their phrases", &of_phrases);

    let Some(model) = model else {
        println!(
            "\nNo language model is configured (CALLSCRIPT_JUDGE_URL, CALLSCRIPT_JUDGE_MODEL); none was checked."
        );
        return Ok(ExitCode::SUCCESS);
    };
    ask(model, &calls, &ruleset.rules).await
}

async fn ask(model: &Model, calls: &[LabelledCall], rules: &[Rule]) -> anyhow::Result<ExitCode> {
    // Also rules that have phrases: their instruction says the same.
    let asked: Vec<Rule> = rules.iter().map(|rule| Rule { kind: RuleKind::Judged, ..rule.clone() }).collect();
    let asked: Vec<&Rule> = asked.iter().collect();
    let mut of_model = Tallies::new();
    let (mut unasked, mut refused, mut tokens, mut cost_usd) = (0, 0, 0, Decimal::ZERO);
    let mut returned = std::collections::BTreeSet::new();
    for call in calls {
        let work = model.judge(&call.transcript(), &asked, &Progress::default()).await;
        let work = work.with_context(|| format!("{} could not be judged", call.file()))?;
        call.tally(&work.endings, &mut of_model);
        unasked += work.endings.values().filter(|ending| ending.unasked.is_some()).count();
        refused += work.asked.refused_findings.len();
        tokens += work.asked.tokens_in + work.asked.tokens_out;
        cost_usd += work.asked.cost_usd;
        returned.extend(work.asked.returned_model);
    }
    let returned: Vec<String> = returned.into_iter().collect();
    print(&format!("Asked of {} (answered by {})", model.name(), returned.join(", ")), &of_model);
    println!(
        "\n{tokens} tokens, {cost_usd} US dollars; {refused} findings refused because nobody said that."
    );
    if unasked > 0 {
        println!("{unasked} times a rule could not be asked; the server's log says why.");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(heading: &str, tallies: &Tallies) {
    println!("\n{heading}:");
    println!(
        "  {:<40} {:>6} {:>6} {:>6} {:>10} {:>10} {:>10}",
        "rule", "found", "wrong", "missed", "undecided", "precision", "recall"
    );
    for (rule, tally) in tallies {
        let Tally { found, wrong, missed, undecided } = tally;
        let (precision, recall) = (share(tally.precision()), share(tally.recall()));
        println!(
            "  {rule:<40} {found:>6} {wrong:>6} {missed:>6} {undecided:>10} {precision:>10} {recall:>10}"
        );
    }
}
