//! `callscript-server rules backtest --draft …`: what a draft of the rules would have made of past calls.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use supabase_client::backtest::{BacktestOrder, BacktestReport, BacktestStatus, ChangedFlag, VerdictCounts};
use url::Url;

use super::share;
use crate::lanes::Context;
use crate::lanes::judge::Judge;
use crate::lanes::judge::backtest::work_off;

/// Orders the backtest, works it off here, and prints its report. Whoever breaks this off loses nothing:
/// the judge lane goes on with it, and the report is kept in `core.backtests`.
pub async fn run(
    context: &Context,
    judge: &Judge,
    order: &BacktestOrder,
    app: Option<&Url>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let api = &context.api;
    let id = api.order_backtest(order).await.context("the backtest could not be ordered")?;
    let claimed = api.claim_backtest(&context.worker, Some(id)).await?;
    let Some(claimed) = claimed else {
        bail!("A running server took backtest {id} first; its report will be in core.backtests.");
    };
    eprintln!("Backtest {id}: {} calls.", claimed.calls_total);
    let report =
        work_off(context, judge, claimed).await.context("the backtest broke off; the judge lane goes on")?;
    let progress = api.backtest_report(id).await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report, app);
    }
    match progress.status {
        BacktestStatus::Done => Ok(ExitCode::SUCCESS),
        _ => bail!("{}", progress.error.unwrap_or_else(|| "The backtest is not done.".to_owned())),
    }
}

fn print(report: &BacktestReport, app: Option<&Url>) {
    let counts = |counts: VerdictCounts| {
        format!("{} flagged, {} safe, {} undecided", counts.flagged, counts.safe, counts.undecided)
    };
    println!("{} calls. Before: {}.", report.calls, counts(report.verdicts.before));
    println!(
        "{}  Under the draft: {}.",
        " ".repeat(report.calls.to_string().len() + 5),
        counts(report.verdicts.after)
    );
    println!(
        "\n  {:<40} {:>6} {:>6} {:>6} {:>8} {:>19} {:>19}",
        "rule", "before", "after", "added", "removed", "precision", "recall"
    );
    for rule in &report.rules {
        let precision = format!("{} → {}", share(rule.before_precision), share(rule.precision));
        let recall = format!("{} → {}", share(rule.before_recall), share(rule.recall));
        println!(
            "  {:<40} {:>6} {:>6} {:>6} {:>8} {precision:>19} {recall:>19}",
            rule.rule_key, rule.before, rule.after, rule.added, rule.removed
        );
    }
    println!("\nPrecision and recall count the flags that reviewers confirmed or dismissed.");
    list("Added", report.added_total, &report.added, app);
    list("Removed", report.removed_total, &report.removed, app);
}

fn list(heading: &str, total: i64, flags: &[ChangedFlag], app: Option<&Url>) {
    println!("\n{heading}: {total}");
    for flag in flags {
        let link =
            app.and_then(|app| app.join(&flag.link).ok()).map_or_else(|| flag.link.clone(), String::from);
        let quote = if flag.quote.is_empty() { "(not said)" } else { &flag.quote };
        println!("  {:<40} {link}  {quote}", flag.rule_key);
    }
    let more = total - i64::try_from(flags.len()).unwrap_or(i64::MAX);
    if more > 0 {
        println!("  … and {more} more in core.backtest_calls");
    }
}
