//! `POST /v2/{account}/insights`: counts and sums, of all calls of a range or by groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::Response;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::report::{NamedColumn, Selection};
use crate::answer::{Refusal, success};
use crate::columns;
use crate::filter::text;
use crate::ledger::LedgerCall;
use crate::record::{Record, record};
use crate::world::World;

/// What Ringba calls a group of calls that have no value in the group's column.
const NO_VALUE: &str = "-no value-";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Query {
    #[serde(flatten)]
    selection: Selection,
    #[serde(default)]
    group_by_columns: Vec<NamedColumn>,
    value_columns: Vec<NamedColumn>,
    /// Adds a record with the total and without group.
    #[serde(default)]
    generate_rollups: bool,
}

/// The calls of a group with their records of this moment.
type Group<'ledger> = Vec<(&'ledger LedgerCall, Record)>;

pub async fn insights(
    State(world): State<Arc<World>>,
    query: Result<Json<Query>, JsonRejection>,
) -> Result<Response, Refusal> {
    let Json(query) = query?;
    query.selection.check()?;
    for NamedColumn { column } in &query.group_by_columns {
        if columns::find(column).is_none() {
            return Err(unknown_column(column));
        }
    }
    let records = world.read(|ledger, now| {
        let calls = query.selection.of(ledger, now, &world.origin);
        query.summarise(calls.into_iter().map(|call| (call, record(call, now, &world.origin))).collect())
    })?;
    Ok(success("report", json!({"records": records})))
}

impl Query {
    fn summarise(&self, calls: Group<'_>) -> Result<Vec<Record>, Refusal> {
        if self.group_by_columns.is_empty() {
            return Ok(vec![self.totals(&calls)?]);
        }
        let total = self.generate_rollups.then(|| self.totals(&calls)).transpose()?;
        let mut groups: BTreeMap<Vec<String>, Group<'_>> = BTreeMap::new();
        for call in calls {
            groups.entry(self.group_of(&call.1)).or_default().push(call);
        }
        let mut records = Vec::new();
        for (group, calls) in groups {
            let mut record = self.totals(&calls)?;
            let names = self.group_by_columns.iter().map(|NamedColumn { column }| column.clone());
            record.extend(names.zip(group.into_iter().map(Value::String)));
            records.push(record);
        }
        records.extend(total);
        Ok(records)
    }

    fn group_of(&self, record: &Record) -> Vec<String> {
        let value = |NamedColumn { column }: &NamedColumn| {
            record
                .get(column)
                .map(text)
                .filter(|value| !value.is_empty())
                .unwrap_or_else(|| NO_VALUE.to_owned())
        };
        self.group_by_columns.iter().map(value).collect()
    }

    fn totals(&self, calls: &Group<'_>) -> Result<Record, Refusal> {
        let mut totals = Record::new();
        for NamedColumn { column } in &self.value_columns {
            let total = total(column, calls).ok_or_else(|| unknown_column(column))?;
            totals.insert(column.clone(), total);
        }
        Ok(totals)
    }
}

fn unknown_column(column: &str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, format!("unknown column {column}"))
}

/// Counts are numbers; money is text. Money counts once the call is over, as in the call log.
fn total(column: &str, calls: &Group<'_>) -> Option<Value> {
    let count = |is: &dyn Fn(&Record) -> bool| json!(calls.iter().filter(|(_, record)| is(record)).count());
    let flag = |key: &'static str| move |record: &Record| record.get(key) == Some(&Value::Bool(true));
    let is_over = |record: &Record| record.contains_key("callCompletedDt");
    let money = |amount: fn(&LedgerCall) -> Decimal| {
        let sum: Decimal =
            calls.iter().filter(|(_, record)| is_over(record)).map(|(call, _)| amount(call)).sum();
        json!(sum.normalize().to_string())
    };
    Some(match column {
        "callCount" => json!(calls.len()),
        "liveCallCount" => count(&flag("isLive")),
        "completedCalls" | "endedCalls" => count(&is_over),
        "connectedCallCount" => count(&flag("hasConnected")),
        "nonConnectedCallCount" => count(&|record| !flag("hasConnected")(record)),
        "convertedCalls" => count(&flag("hasConverted")),
        "payoutCount" => count(&flag("hasPayout")),
        "duplicateCalls" => count(&flag("isDuplicate")),
        "incompleteCalls" => count(&flag("isIncomplete")),
        "callLengthInSeconds" => {
            json!(calls.iter().filter_map(|(_, record)| record.get(column)?.as_i64()).sum::<i64>())
        }
        "conversionAmount" => money(|call| call.revenue),
        "payoutAmount" => money(|call| call.payout),
        "profitGross" => money(|call| call.revenue - call.payout),
        "profitNet" => money(|call| call.revenue - call.payout - call.cost),
        "totalCost" | "telcoCost" => money(|call| call.cost),
        _ => return None,
    })
}
