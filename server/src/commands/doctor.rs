//! `callscript-server doctor`: do the promises hold?

use std::fmt::Display;
use std::process::ExitCode;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use supabase_client::criterion::{Alert, Criterion};
use supabase_client::http::Api;
use supabase_client::lane::PausableLane;
use supabase_client::report::PausedLane;

/// How the findings are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    Json,
}

/// A lane that begins nothing.
#[derive(Debug, Serialize)]
struct Paused {
    lane: PausableLane,
    since: DateTime<Utc>,
    by: String,
}

impl From<PausedLane> for Paused {
    fn from(PausedLane { lane, paused_since: since, paused_by: by }: PausedLane) -> Self {
        Self { lane, since, by }
    }
}

/// Prints every criterion, every open alert and every paused lane. Fails when a criterion does not hold.
pub async fn run(api: &Api, form: Form) -> anyhow::Result<ExitCode> {
    let criteria = api.criteria().await.context("the criteria could not be read")?;
    let alerts = api.open_alerts().await.context("the alerts could not be read")?;
    let paused = api.paused_lanes().await.context("the lanes could not be read")?;
    let paused: Vec<Paused> = paused.into_iter().map(Into::into).collect();
    let well = criteria.iter().all(|criterion| criterion.holds);
    match form {
        Form::Json => {
            println!(
                "{:#}",
                json!({ "holds": well, "criteria": criteria, "alerts": alerts, "paused_lanes": paused })
            );
        }
        Form::Text => {
            for criterion in &criteria {
                println!("{}", line(criterion));
            }
            for Alert { message, raised_at, .. } in &alerts {
                println!("alert since {}: {message}", moment(*raised_at));
            }
            for Paused { lane, since, by } in &paused {
                println!("the lane {} is paused since {}, by {by}", lane.as_str(), moment(*since));
            }
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn line(criterion: &Criterion) -> String {
    let Criterion { criterion, title, subject, measured, target, holds, since, details, .. } = criterion;
    let verdict = if *holds { "holds " } else { "BROKEN" };
    let subject = if subject.is_empty() { String::new() } else { format!(" [{subject}]") };
    let details: Vec<String> = details
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{} {value}", name.replace('_', " "))
        })
        .collect();
    format!(
        "{criterion} {verdict}  {title}{subject}: {measured} (target: {target}; since {}; {})",
        moment(*since),
        details.join(", ")
    )
}

fn moment(at: DateTime<Utc>) -> impl Display {
    at.format("%Y-%m-%d %H:%M UTC")
}

#[cfg(test)]
mod tests {
    use supabase_client::criterion::Unit;

    use super::*;

    #[test]
    fn a_criterion_is_one_line() {
        let details =
            json!({ "open_windows": 2, "oldest_open_window": null, "watermark": "2026-11-20T10:00:00Z" });
        let criterion = Criterion {
            criterion: 1,
            title: "Ingest is less than 2 minutes behind".to_owned(),
            subject: "RA1".to_owned(),
            measured: "130 s behind".to_owned(),
            target: "less than 120 s".to_owned(),
            holds: false,
            details: serde_json::from_value(details).unwrap(),
            measured_value: Some(130.0),
            target_value: 120.0,
            unit: Unit::Seconds,
            since: "2026-11-20T10:02:00Z".parse().unwrap(),
        };
        assert_eq!(
            line(&criterion),
            "1 BROKEN  Ingest is less than 2 minutes behind [RA1]: 130 s behind (target: less than 120 s; \
             since 2026-11-20 10:02 UTC; open windows 2, watermark 2026-11-20T10:00:00Z)"
        );
    }
}
