//! The Grafana dashboard of `server/deploy/grafana` asks for metrics that exist, and for all of them.

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::label::Labels;
use promql_parser::parser::{self, Expr, LabelModifier, VectorSelector};
use promql_parser::util::{ExprVisitor, walk_expr};
use serde_json::Value;

use super::metrics;

const DASHBOARD: &str = include_str!("../../deploy/grafana/dashboard.json");
/// One sample of everything that the worker tells; a test of the worker holds it against the program.
const WORKER: &str = include_str!("../../../gpu-worker/src/monitoring/samples.txt");
/// What Prometheus itself adds to each sample.
const OF_PROMETHEUS: [&str; 2] = ["instance", "job"];

/// Metrics with the labels that they have.
type Known = BTreeMap<String, BTreeSet<String>>;

/// What an expression asks for.
#[derive(Default)]
struct Asked {
    metrics: BTreeSet<String>,
    wrong: Vec<String>,
}

struct Walk<'known> {
    known: &'known Known,
    asked: Asked,
}

impl Walk<'_> {
    fn selector(&mut self, selector: &VectorSelector) {
        let Some(name) = &selector.name else {
            self.asked.wrong.push("a selector without a metric".to_owned());
            return;
        };
        self.asked.metrics.insert(name.clone());
        let Some(labels) = self.known.get(name) else {
            self.asked.wrong.push(format!("there is no metric {name}"));
            return;
        };
        for matcher in &selector.matchers.matchers {
            if !labels.contains(&matcher.name) {
                self.asked.wrong.push(format!("{name} has no label {}", matcher.name));
            }
        }
    }

    /// Of each metric that is grouped.
    fn grouped_by(&mut self, Labels { labels }: &Labels, grouped: &Expr) {
        let inside = asked_by(grouped, self.known);
        for (metric, label) in
            inside.metrics.iter().flat_map(|metric| labels.iter().map(move |l| (metric, l)))
        {
            if !has_label(self.known, metric, label) {
                self.asked.wrong.push(format!("{metric} is grouped by {label}, which it does not have"));
            }
        }
    }
}

impl ExprVisitor for Walk<'_> {
    type Error = std::convert::Infallible;

    fn pre_visit(&mut self, expression: &Expr) -> Result<bool, Self::Error> {
        match expression {
            Expr::VectorSelector(selector) => self.selector(selector),
            Expr::MatrixSelector(matrix) => self.selector(&matrix.vs),
            Expr::Aggregate(aggregate) => match &aggregate.modifier {
                Some(LabelModifier::Include(labels)) => self.grouped_by(labels, &aggregate.expr),
                Some(LabelModifier::Exclude(_)) => self.asked.wrong.push("write by, not without".to_owned()),
                None => {}
            },
            _ => {}
        }
        Ok(true)
    }
}

fn asked_by(expression: &Expr, known: &Known) -> Asked {
    let mut walk = Walk { known, asked: Asked::default() };
    let Ok(_) = walk_expr(&mut walk, expression);
    walk.asked
}

fn has_label(known: &Known, metric: &str, label: &str) -> bool {
    OF_PROMETHEUS.contains(&label) || known.get(metric).is_some_and(|labels| labels.contains(label))
}

/// What an expression of the dashboard, with its legend, asks for.
fn asked(expression: &str, legend: &str, known: &Known) -> Asked {
    let written = expression.replace("$__rate_interval", "5m");
    let parsed = match parser::parse(&written) {
        Ok(parsed) => parsed,
        Err(error) => return Asked { wrong: vec![error], ..Asked::default() },
    };
    let mut asked = asked_by(&parsed, known);
    let labels = legend.split("{{").skip(1).map(|rest| rest.split("}}").next().unwrap_or_default());
    for label in labels {
        if !asked.metrics.iter().all(|metric| has_label(known, metric, label)) {
            asked.wrong.push(format!("the legend {legend} shows a label that is not there"));
        }
    }
    asked
}

/// Reads what a program tells at `/metrics`, with or without the numbers.
fn known(told: &str) -> Known {
    let mut known = Known::new();
    for line in told.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (sample, _) = line.rsplit_once(' ').unwrap_or((line, ""));
        let Expr::VectorSelector(selector) = parser::parse(sample).unwrap() else { panic!("{line}") };
        let labels = selector.matchers.matchers.into_iter().map(|matcher| matcher.name);
        known.entry(selector.name.unwrap()).or_default().extend(labels);
    }
    known
}

fn everything_known() -> Known {
    let (counted, limits) = metrics::tests::everything();
    known(&format!("{}\n{WORKER}", metrics::render(true, Some(&counted), limits)))
}

/// Expressions with their legends, wherever they stand.
fn expressions(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            if let Some(expression) = fields.get("expr").and_then(Value::as_str) {
                let legend = fields.get("legendFormat").and_then(Value::as_str).unwrap_or_default();
                found.push((expression.to_owned(), legend.to_owned()));
            }
            fields.values().for_each(|value| expressions(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| expressions(value, found)),
        _ => {}
    }
}

#[test]
fn the_dashboard_asks_for_what_is_told_and_for_all_of_it() {
    let known = everything_known();
    let mut queries = Vec::new();
    expressions(&serde_json::from_str(DASHBOARD).unwrap(), &mut queries);
    let (mut shown, mut wrong) = (BTreeSet::new(), Vec::new());
    for (expression, legend) in &queries {
        let asked = asked(expression, legend, &known);
        shown.extend(asked.metrics);
        wrong.extend(asked.wrong.into_iter().map(|why| format!("{expression}: {why}")));
    }
    // A histogram is shown when its buckets are.
    let is_shown = |metric: &str| {
        let of_histogram = metric.strip_suffix("_sum").or_else(|| metric.strip_suffix("_count"));
        shown.contains(metric)
            || of_histogram.is_some_and(|histogram| shown.contains(&format!("{histogram}_bucket")))
    };
    wrong.extend(
        known.keys().filter(|metric| !is_shown(metric)).map(|metric| format!("{metric} is not shown")),
    );
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_dashboard_has_its_rows_in_order() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let rows: Vec<_> =
        panels.iter().filter(|panel| panel["type"] == "row").map(|row| &row["title"]).collect();
    assert_eq!(rows, ["The five criteria", "Lanes", "Latency", "Alerts and limits", "Workers and GPU"]);
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "no two panels have the same id");
}

#[test]
fn a_wrong_query_is_noticed() {
    let known = everything_known();
    for (expression, legend) in [
        ("callscript_lane_cals", ""),
        ("callscript_lane_calls{lanes=\"worker\"}", ""),
        ("max by (kind) (callscript_lane_calls)", "{{kind}}"),
        ("sum without (lane) (callscript_lane_calls)", ""),
        ("max(callscript_stored_bytes", ""),
        ("rate(callscript_lane_done_calls_total[$__rate_interval])", "{{kind}}"),
    ] {
        assert!(!asked(expression, legend, &known).wrong.is_empty(), "{expression}");
    }
}
