//! `POST /v2/{account}/calllogs`: pages of call records.

use std::cmp::Ordering;
use std::sync::Arc;

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use super::report::{NamedColumn, Selection};
use crate::admission::PageFault;
use crate::answer::{Refusal, success};
use crate::columns;
use crate::faults::RequestFault;
use crate::ledger::LedgerCall;
use crate::record::{Record, record};
use crate::spoiled::Page;
use crate::world::World;

const MAX_SIZE: usize = 1000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Query {
    #[serde(flatten)]
    selection: Selection,
    /// Without it a page has as many records as it may.
    size: Option<usize>,
    #[serde(default)]
    offset: usize,
    #[serde(default)]
    order_by_columns: Vec<Order>,
    /// Empty: all columns.
    #[serde(default)]
    value_columns: Vec<NamedColumn>,
}

#[derive(Debug, Deserialize)]
struct Order {
    column: String,
    direction: Direction,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Asc,
    Desc,
}

impl Direction {
    fn apply(self, ascending: Ordering) -> Ordering {
        match self {
            Self::Asc => ascending,
            Self::Desc => ascending.reverse(),
        }
    }
}

pub async fn calllogs(
    State(world): State<Arc<World>>,
    Extension(PageFault(fault)): Extension<PageFault>,
    query: Result<Json<Query>, JsonRejection>,
) -> Result<Response, Refusal> {
    let Json(query) = query?;
    query.check()?;
    let (total, records) = world.read(|ledger, now| {
        let record_of = |call: &LedgerCall| record(call, now, &world.origin);
        let mut calls = query.selection.of(ledger, now, &world.origin);
        query.sort(&mut calls, record_of);
        let page = calls.iter().skip(query.first(fault.as_ref())).take(query.size.unwrap_or(MAX_SIZE));
        (calls.len(), page.map(|call| query.project(record_of(call))).collect())
    });

    let mut page = Page { records, is_partial: false };
    if let Some(fault) = fault {
        page.spoil(&fault);
    }
    Ok(success(
        "report",
        json!({"partialResult": page.is_partial, "records": page.records, "totalCount": total}),
    ))
}

impl Query {
    fn check(&self) -> Result<(), Refusal> {
        self.selection.check()?;
        if self.size.is_some_and(|size| !(1..=MAX_SIZE).contains(&size)) {
            return Err(Refusal::bad_request(format!("size must be between 1 and {MAX_SIZE}")));
        }
        for NamedColumn { column } in &self.value_columns {
            if columns::find(column).is_none() {
                return Err(Refusal::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    format!("unknown column {column}"),
                ));
            }
        }
        for Order { column, .. } in &self.order_by_columns {
            if !columns::find(column).is_some_and(columns::Column::supports_sorting) {
                let message = format!("the column {column} does not support sorting");
                return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, message));
            }
        }
        Ok(())
    }

    /// The position of the page's first record.
    fn first(&self, fault: Option<&RequestFault>) -> usize {
        match fault {
            Some(RequestFault::Shifted { by }) => {
                self.offset.saturating_add_signed(isize::try_from(*by).unwrap_or_default())
            }
            _ => self.offset,
        }
    }

    /// Calls that are equal in all columns stay in order of id, so that pages fit together.
    fn sort(&self, calls: &mut Vec<&LedgerCall>, record_of: impl Fn(&LedgerCall) -> Record) {
        let by_start = |direction: Direction, calls: &mut Vec<&LedgerCall>| {
            calls.sort_by(|one, other| direction.apply(one.start.cmp(&other.start)));
        };
        match self.order_by_columns.as_slice() {
            [] => by_start(Direction::Desc, calls),
            // What everybody asks for does without the records of calls outside the page.
            [Order { column, direction }] if column == "callDt" => by_start(*direction, calls),
            order => {
                let mut keyed: Vec<(Record, &LedgerCall)> =
                    calls.iter().map(|call| (record_of(call), *call)).collect();
                keyed.sort_by(|(one, _), (other, _)| {
                    let orderings = order
                        .iter()
                        .map(|Order { column, direction }| direction.apply(compare(one, other, column)));
                    orderings.fold(Ordering::Equal, Ordering::then)
                });
                *calls = keyed.into_iter().map(|(_, call)| call).collect();
            }
        }
    }

    fn project(&self, mut record: Record) -> Record {
        if !self.value_columns.is_empty() {
            record.retain(|key, _| self.value_columns.iter().any(|NamedColumn { column }| column == key));
        }
        record
    }
}

/// Numbers by size, everything else as text; absent values first.
fn compare(one: &Record, other: &Record, column: &str) -> Ordering {
    match (one.get(column), other.get(column)) {
        (Some(Value::Number(one)), Some(Value::Number(other))) => {
            one.as_f64().unwrap_or_default().total_cmp(&other.as_f64().unwrap_or_default())
        }
        (one, other) => one.map(Value::to_string).cmp(&other.map(Value::to_string)),
    }
}
