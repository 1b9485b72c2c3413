//! What the database counts, for Prometheus and for whoever scales the workers. Every server tells the same: sums over
//! servers would count twice.

use chrono::{DateTime, Utc};
use metrics::{Unit as Of, counter, describe_counter, describe_gauge, gauge, with_local_recorder};
use metrics_exporter_prometheus::PrometheusBuilder;
use rust_decimal::prelude::ToPrimitive as _;
use supabase_client::criterion::{Criterion, Unit};
use supabase_client::lane::PausableLane;
use supabase_client::metrics::Metrics;
use supabase_client::model_use::ModelLimits;
use supabase_client::report::LaneReport;

const ANSWERS: &str = "callscript_supabase_answers";
const HOLDS: &str = "callscript_criterion_holds";
const SINCE: &str = "callscript_criterion_since_timestamp_seconds";
const SECONDS: &str = "callscript_criterion_value_seconds";
const SECONDS_TARGET: &str = "callscript_criterion_target_seconds";
const COUNT: &str = "callscript_criterion_value";
const COUNT_TARGET: &str = "callscript_criterion_target";
const OPEN_WINDOWS: &str = "callscript_ingest_open_windows";
const FLAG_LATENCY: &str = "callscript_flag_latency_seconds";
const LINK_DELAY: &str = "callscript_link_delay_seconds";
const BOOKS_HOURS: &str = "callscript_books_hours";
const INCOMPLETE_WINDOWS: &str = "callscript_books_incomplete_windows";
const CALLS: &str = "callscript_calls";
const LANE_CALLS: &str = "callscript_lane_calls";
const LANE_PAUSED: &str = "callscript_lane_paused";
const LANE_OLDEST: &str = "callscript_lane_oldest_waiting_seconds";
const LANE_DONE: &str = "callscript_lane_done_calls_total";
const LANE_ATTEMPTS: &str = "callscript_lane_attempt_seconds";
const OPEN_ALERTS: &str = "callscript_open_alerts";
const DAY_TOKENS: &str = "callscript_model_day_tokens";
const DAY_TOKENS_LIMIT: &str = "callscript_model_day_tokens_limit";
const DAY_COST: &str = "callscript_model_day_cost_usd";
const DAY_COST_LIMIT: &str = "callscript_model_day_cost_limit_usd";
const STORED: &str = "callscript_stored_bytes";
const DATABASE: &str = "callscript_database_bytes";
const WORKERS: &str = "callscript_workers_alive";
const SERVERS: &str = "callscript_servers_alive";

/// Written anew for every scrape: no number outlives what it counted.
pub fn render(supabase_answers: bool, counted: Option<&Metrics>, limits: ModelLimits) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    with_local_recorder(&recorder, || {
        describe();
        gauge!(ANSWERS).set(one_if(supabase_answers));
        if let Some(counted) = counted {
            tell(counted, limits);
        }
    });
    recorder.handle().render()
}

fn describe() {
    describe_gauge!(ANSWERS, "1 when Supabase answers this server, otherwise 0.");
    describe_gauge!(
        HOLDS,
        "1 when a criterion holds, otherwise 0; the account where it is measured for each."
    );
    describe_gauge!(SINCE, Of::Seconds, "Since when it holds or does not (Unix time).");
    describe_gauge!(
        SECONDS,
        Of::Seconds,
        "What was measured for criteria 1 and 4; absent where nothing was."
    );
    describe_gauge!(SECONDS_TARGET, Of::Seconds, "What it is held against.");
    describe_gauge!(
        COUNT,
        "What was measured for criteria 2, 3 and 5: recordings (10001 for more), calls, hours."
    );
    describe_gauge!(COUNT_TARGET, "What it is held against.");
    describe_gauge!(OPEN_WINDOWS, "Windows of call starts that Ringba did not give whole so far.");
    describe_gauge!(
        FLAG_LATENCY,
        Of::Seconds,
        "From hang-up to readable flags, of today's calls with a recording (UTC); quantile 1 is the worst."
    );
    describe_gauge!(LINK_DELAY, Of::Seconds, "Of that, from hang-up to Ringba's link.");
    describe_gauge!(BOOKS_HOURS, "Hours whose books differ from Ringba's, or were not compared in time.");
    describe_gauge!(INCOMPLETE_WINDOWS, "Stretches of call starts that Ringba never gave whole.");
    describe_gauge!(CALLS, "Calls by state.");
    describe_gauge!(
        LANE_CALLS,
        "Calls of a lane by how they stand: waiting (can be claimed now), delayed (until the next try), \
         without_link (of the vault), in_work, failed."
    );
    describe_gauge!(LANE_PAUSED, "1 when a lane begins nothing because somebody paused it, otherwise 0.");
    describe_gauge!(
        LANE_OLDEST,
        Of::Seconds,
        "How long the call that can be claimed has waited longest; 0 for none."
    );
    describe_counter!(LANE_DONE, "Calls a lane was through with since midnight UTC, when it begins anew.");
    describe_gauge!(LANE_ATTEMPTS, Of::Seconds, "From claim to accepted answer, of today (UTC).");
    describe_gauge!(OPEN_ALERTS, "Open alerts.");
    describe_gauge!(DAY_TOKENS, "Tokens of the language model today (UTC).");
    describe_gauge!(DAY_TOKENS_LIMIT, "The most of them in a day; absent without a limit.");
    describe_gauge!(DAY_COST, "What they cost in US dollars.");
    describe_gauge!(DAY_COST_LIMIT, "The most of that in a day; absent without a limit.");
    describe_gauge!(STORED, Of::Bytes, "Recordings and review copies in Storage.");
    describe_gauge!(DATABASE, Of::Bytes, "Size of the database.");
    describe_gauge!(WORKERS, "Workers that were heard of in the last three minutes, or hold a call.");
    describe_gauge!(SERVERS, "Servers whose watchdog was heard of in the last three minutes.");
}

fn tell(counted: &Metrics, limits: ModelLimits) {
    for criterion in &counted.criteria {
        tell_criterion(criterion);
    }
    for state in &counted.calls {
        gauge!(CALLS, "state" => state.status.as_str()).set(state.calls as f64);
    }
    for report in &counted.lanes {
        tell_lane(report, counted.measured_at);
    }
    for lane in PausableLane::ALL {
        let is_paused = counted.paused_lanes.iter().any(|paused| paused.lane == lane);
        gauge!(LANE_PAUSED, "lane" => lane.as_str()).set(one_if(is_paused));
    }
    for alerts in &counted.alerts {
        gauge!(OPEN_ALERTS, "kind" => alerts.kind.clone(), "level" => alerts.level.as_str())
            .set(alerts.open as f64);
    }
    let used = counted.model.used;
    gauge!(DAY_TOKENS).set(used.tokens as f64);
    if let Some(limit) = limits.tokens_per_day {
        gauge!(DAY_TOKENS_LIMIT).set(limit as f64);
    }
    gauge!(DAY_COST).set(used.cost_usd.to_f64().unwrap_or(f64::NAN));
    if let Some(limit) = limits.usd_per_day {
        gauge!(DAY_COST_LIMIT).set(limit.to_f64().unwrap_or(f64::NAN));
    }
    gauge!(STORED).set(counted.stored_bytes as f64);
    gauge!(DATABASE).set(counted.database_bytes as f64);
    gauge!(WORKERS).set(counted.workers_alive as f64);
    gauge!(SERVERS).set(counted.servers_alive as f64);
}

fn tell_criterion(criterion: &Criterion) {
    let name = match criterion.criterion {
        1 => "ingest_lag",
        2 => "audio_missing",
        3 => "processed_twice",
        4 => "flag_latency",
        5 => "books",
        _ => "other",
    };
    let labels = [
        ("criterion", criterion.criterion.to_string()),
        ("name", name.to_owned()),
        ("account", criterion.subject.clone()),
    ];
    gauge!(HOLDS, &labels).set(one_if(criterion.holds));
    gauge!(SINCE, &labels).set(unix_seconds(criterion.since));
    let (value, target) = match criterion.unit {
        Unit::Seconds => (SECONDS, SECONDS_TARGET),
        Unit::Recordings | Unit::Calls | Unit::Hours => (COUNT, COUNT_TARGET),
    };
    if let Some(measured) = criterion.measured_value {
        gauge!(value, &labels).set(measured);
    }
    gauge!(target, &labels).set(criterion.target_value);

    let detail = |name: &str| criterion.details.get(name).and_then(serde_json::Value::as_f64);
    let of_account = |metric: &'static str, name: &str| {
        if let Some(value) = detail(name) {
            gauge!(metric, "account" => criterion.subject.clone()).set(value);
        }
    };
    of_account(OPEN_WINDOWS, "open_windows");
    of_account(INCOMPLETE_WINDOWS, "incomplete_windows");
    for (state, name) in [("differing", "differing_hours"), ("unchecked", "unchecked_hours")] {
        if let Some(value) = detail(name) {
            gauge!(BOOKS_HOURS, "account" => criterion.subject.clone(), "state" => state).set(value);
        }
    }
    for (quantile, name) in [("0.5", "p50"), ("0.95", "p95"), ("1", "worst")] {
        if let Some(value) = detail(&format!("{name}_seconds")) {
            gauge!(FLAG_LATENCY, "quantile" => quantile).set(value);
        }
        if let Some(value) = detail(&format!("link_delay_{name}_seconds")) {
            gauge!(LINK_DELAY, "quantile" => quantile).set(value);
        }
    }
}

fn tell_lane(report: &LaneReport, now: DateTime<Utc>) {
    let lane = report.lane.as_str();
    let waiting = (report.waiting - report.delayed - report.without_link).max(0);
    let states = [
        ("waiting", waiting),
        ("delayed", report.delayed),
        ("without_link", report.without_link),
        ("in_work", report.in_work),
        ("failed", report.failed),
    ];
    for (state, calls) in states {
        gauge!(LANE_CALLS, "lane" => lane, "state" => state).set(calls as f64);
    }
    let oldest = report.oldest_waiting_since.map_or(0.0, |since| (now - since).as_seconds_f64().max(0.0));
    gauge!(LANE_OLDEST, "lane" => lane).set(oldest);
    counter!(LANE_DONE, "lane" => lane).absolute(u64::try_from(report.done_today).unwrap_or_default());
    for (quantile, seconds) in [("0.5", report.p50_seconds), ("0.95", report.p95_seconds)] {
        if let Some(seconds) = seconds {
            gauge!(LANE_ATTEMPTS, "lane" => lane, "quantile" => quantile).set(seconds);
        }
    }
}

fn one_if(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

fn unix_seconds(moment: DateTime<Utc>) -> f64 {
    moment.timestamp_micros() as f64 / 1e6
}

#[cfg(test)]
pub mod tests {
    use serde_json::json;

    use super::*;

    /// A database in which everything has a number.
    pub fn everything() -> (Metrics, ModelLimits) {
        let criterion = |number: i32, subject: &str, unit: &str, details: serde_json::Value| {
            json!({ "criterion": number, "title": "", "subject": subject, "measured": "", "target": "",
                "holds": number != 1, "details": details, "measured_value": 121.5, "target_value": 120, "unit": unit,
                "since": "2026-11-26T12:00:00.5+00:00" })
        };
        let lane = |lane: &str| {
            json!({ "lane": lane, "waiting": 12, "delayed": 2, "without_link": 0,
                "oldest_waiting_since": "2026-11-26T11:59:00+00:00", "in_work": 3, "failed": 1, "done_last_hour": 4,
                "done_today": 7, "p50_seconds": 1.5, "p95_seconds": 2.5 })
        };
        let latency = json!({ "p50_seconds": 20, "p95_seconds": 60, "worst_seconds": 301,
            "link_delay_p50_seconds": 5, "link_delay_p95_seconds": 6, "link_delay_worst_seconds": 7 });
        let books = json!({ "differing_hours": 1, "unchecked_hours": 2, "incomplete_windows": 3, "last_check": null });
        let metrics = json!({
            "measured_at": "2026-11-26T12:00:01+00:00",
            "criteria": [
                criterion(1, "RA1", "seconds", json!({ "open_windows": 4, "oldest_open_window": null })),
                criterion(2, "", "recordings", json!({ "never_checked": "more than 10000" })),
                criterion(3, "", "calls", json!({})),
                criterion(4, "", "seconds", latency),
                criterion(5, "RA1", "hours", books),
            ],
            "lanes": [lane("vault"), lane("worker"), lane("judge")],
            "paused_lanes": [{ "lane": "worker", "paused_since": "2026-11-26T11:00:00+00:00", "paused_by": "anna@ops1" }],
            "calls": [{ "status": "no_recording", "calls": 9 }],
            "alerts": [{ "kind": "calls_stuck", "level": "critical", "open": 2 }],
            "model": { "day": "2026-11-26", "tokens": 1000, "cost_usd": "0.25" },
            "stored_bytes": 5_000_000_000_i64, "database_bytes": 7, "workers_alive": 2, "servers_alive": 1,
        });
        let limits = ModelLimits { tokens_per_day: Some(2_000), usd_per_day: Some("1.5".parse().unwrap()) };
        (serde_json::from_value(metrics).unwrap(), limits)
    }

    #[test]
    fn every_number_has_its_name_and_labels() {
        let (counted, limits) = everything();
        let text = render(true, Some(&counted), limits);
        let of_1 = "criterion=\"1\",name=\"ingest_lag\",account=\"RA1\"";
        for line in [
            "callscript_supabase_answers 1",
            "callscript_lane_calls{lane=\"worker\",state=\"waiting\"} 10",
            "callscript_lane_calls{lane=\"worker\",state=\"delayed\"} 2",
            "callscript_lane_calls{lane=\"worker\",state=\"in_work\"} 3",
            "callscript_lane_paused{lane=\"worker\"} 1",
            "callscript_lane_paused{lane=\"ingest\"} 0",
            "callscript_lane_oldest_waiting_seconds{lane=\"judge\"} 61",
            "callscript_lane_done_calls_total{lane=\"vault\"} 7",
            "callscript_lane_attempt_seconds{lane=\"vault\",quantile=\"0.95\"} 2.5",
            &format!("callscript_criterion_holds{{{of_1}}} 0"),
            &format!("callscript_criterion_value_seconds{{{of_1}}} 121.5"),
            &format!("callscript_criterion_target_seconds{{{of_1}}} 120"),
            &format!("callscript_criterion_since_timestamp_seconds{{{of_1}}} 1795694400.5"),
            "callscript_criterion_value{criterion=\"2\",name=\"audio_missing\",account=\"\"} 121.5",
            "callscript_flag_latency_seconds{quantile=\"1\"} 301",
            "callscript_books_hours{account=\"RA1\",state=\"unchecked\"} 2",
            "callscript_calls{state=\"no_recording\"} 9",
            "callscript_open_alerts{kind=\"calls_stuck\",level=\"critical\"} 2",
            "callscript_model_day_cost_usd 0.25",
            "callscript_model_day_cost_limit_usd 1.5",
            "callscript_stored_bytes 5000000000",
        ] {
            assert!(text.lines().any(|told| told == line), "{line} is not among:\n{text}");
        }
        assert!(
            !text.contains("callscript_criterion_value{criterion=\"1\""),
            "seconds are not counts:\n{text}"
        );
        assert!(text.lines().all(|line| !line.ends_with("NaN")), "{text}");
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        let told = render(false, None, ModelLimits::default());
        assert_eq!(
            told.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>(),
            ["callscript_supabase_answers 0", ""]
        );
        let (mut counted, _) = everything();
        counted.criteria[0].measured_value = None;
        let told = render(true, Some(&counted), ModelLimits::default());
        assert!(!told.contains("callscript_criterion_value_seconds{criterion=\"1\""), "{told}");
        assert!(!told.contains("\ncallscript_model_day_tokens_limit "), "{told}");
    }
}
