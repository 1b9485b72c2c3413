//! The filter dialect of call logs and insights: any condition of a group, every group.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Refusal;
use crate::columns;
use crate::record::Record;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FilterGroup {
    any_condition_to_match: Vec<Condition>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Condition {
    column: String,
    /// Booleans are written `yes` and `no`.
    value: String,
    #[serde(default)]
    is_negative_match: bool,
    comparison_type: Comparison,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Comparison {
    Equals,
    Contains,
    BeginsWith,
    GreaterThan,
    LessThan,
}

/// Refuses columns that do not exist or cannot be filtered by.
pub fn check(groups: &[FilterGroup]) -> Result<(), Refusal> {
    for condition in groups.iter().flat_map(|group| &group.any_condition_to_match) {
        if !columns::find(&condition.column).is_some_and(columns::Column::supports_filter) {
            let message = format!("the column {} does not support filters", condition.column);
            return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, message));
        }
    }
    Ok(())
}

pub fn passes(groups: &[FilterGroup], record: &Record) -> bool {
    groups.iter().all(|group| group.any_condition_to_match.iter().any(|condition| condition.holds(record)))
}

impl Condition {
    fn holds(&self, record: &Record) -> bool {
        let found = record.get(&self.column).map(text).unwrap_or_default();
        let numbers = || Some((found.parse::<f64>().ok()?, self.value.parse::<f64>().ok()?));
        let matches = match self.comparison_type {
            Comparison::Equals => {
                found == self.value || numbers().is_some_and(|(found, value)| found.total_cmp(&value).is_eq())
            }
            Comparison::Contains => found.contains(&self.value),
            Comparison::BeginsWith => found.starts_with(&self.value),
            Comparison::GreaterThan => numbers().is_some_and(|(found, value)| found > value),
            Comparison::LessThan => numbers().is_some_and(|(found, value)| found < value),
        };
        matches != self.is_negative_match
    }
}

/// A value as filters and groups see it.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    }
}
