//! Ringba's API, as far as the ingest lane needs it.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use chrono::{DateTime, SecondsFormat, Utc};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, RequestBuilder, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use supabase_client::books::HourTotals;
use url::Url;

use super::normalize::{COLUMNS, Normalized};
use super::window::PAGE_SIZE;
use super::wire::{Count, Field, Money};
use crate::lanes::clock::{Clock, OnClock};
use crate::lanes::http_answer;

/// Most ids that one request for details may hold.
pub const DETAIL_BATCH: usize = 50;

/// So many requests may follow each other at once.
const BURST: NonZeroU32 = NonZeroU32::new(10).unwrap();
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A page of 1,000 records with our columns has about one megabyte.
const LARGEST_ANSWER_BYTES: usize = 32 * 1024 * 1024;
const TRIES_AGAIN: usize = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// A longer wait than this is not sat out with a window in hand; the window is put back for as long.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// How hard an account may be asked.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// One try of one request, body included. A page of 1,000 records was seen to take seconds.
    pub timeout: Duration,
    /// Of this process, in even steps. Ringba publishes no limit; its clients wait 100 ms between pages.
    pub requests_per_minute: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(45),
            requests_per_minute: NonZeroU32::new(300).unwrap_or(NonZeroU32::MIN),
        }
    }
}

/// Whose calls are read.
#[derive(Debug, Clone)]
pub struct Account {
    /// For example `RA0123…`.
    pub id: String,
    pub token: SecretString,
    /// Without the account, for example `https://api.ringba.com/v2`.
    pub url: Url,
}

/// What can go wrong between this process and Ringba.
#[derive(Debug, thiserror::Error)]
pub enum RingbaError {
    /// 401: no waiting helps.
    #[error("Ringba refuses the account or its token")]
    TokenRefused,
    #[error("Ringba answered {status}")]
    Status { status: u16, retry_after: Option<Duration> },
    #[error("Ringba could not be reached or broke off")]
    Broken,
    #[error("Ringba did not answer in time")]
    Timeout,
    #[error("Ringba's answer has more than {LARGEST_ANSWER_BYTES} bytes")]
    TooLarge,
    #[error("Ringba's answer cannot be read")]
    Unreadable,
}

impl RingbaError {
    /// How long Ringba wants to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether Ringba did not understand the request: a column that it no longer has.
    pub const fn is_refused_request(&self) -> bool {
        matches!(self, Self::Status { status: 400 | 422, .. })
    }

    /// Whether the same request may succeed a little later.
    const fn is_transient(&self) -> bool {
        match self {
            Self::Status { status, .. } => *status == 429 || *status >= 500,
            Self::Broken | Self::Timeout | Self::Unreadable => true,
            Self::TokenRefused | Self::TooLarge => false,
        }
    }

    fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() { Self::Timeout } else { Self::Broken }
    }
}

/// One page of call records.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    pub records: Vec<Normalized>,
    /// Ringba's count for the whole window. Without it nothing could be believed.
    pub total_count: u64,
    #[serde(default)]
    pub partial_result: bool,
}

/// Call records by id.
#[derive(Debug, Deserialize)]
struct Details {
    records: Vec<Normalized>,
}

/// Ringba's own sums; without groups there is one record.
#[derive(Debug, Deserialize)]
struct Insights {
    records: Vec<Totals>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Totals {
    call_count: Field<Count>,
    conversion_amount: Field<Money>,
    payout_amount: Field<Money>,
    total_cost: Field<Money>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<T> {
    #[serde(default = "yes")]
    is_successful: bool,
    #[serde(alias = "columns")]
    report: Option<T>,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct Column {
    id: String,
}

/// A client of one account.
pub struct Ringba {
    http: Client,
    account: Account,
    authorization: HeaderValue,
    clock: Arc<dyn Clock>,
    /// Of the whole process: every lane that asks for this account waits here.
    pace: DefaultDirectRateLimiter,
    not_before: Mutex<Option<DateTime<Utc>>>,
}

impl Ringba {
    /// Refuses a token that no header can carry, with a sentence. Does not connect.
    pub fn new(account: Account, limits: Limits, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let mut authorization = HeaderValue::from_str(&format!("Token {}", account.token.expose_secret()))
            .map_err(|_| "The Ringba token holds characters that no token has.".to_owned())?;
        authorization.set_sensitive(true);
        let http = Client::builder()
            .redirect(redirect::Policy::none()) // the token stays with the host it was made for
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(limits.timeout)
            .build()
            .map_err(|error| format!("The client for Ringba cannot be built: {error}."))?;
        let pace = RateLimiter::direct(
            Quota::per_minute(limits.requests_per_minute).allow_burst(BURST.min(limits.requests_per_minute)),
        );
        Ok(Self { http, account, authorization, clock, pace, not_before: Mutex::default() })
    }

    pub fn account(&self) -> &str {
        &self.account.id
    }

    /// Ids of all columns that the account's call logs have.
    pub async fn columns(&self) -> Result<Vec<String>, RingbaError> {
        let url = self.url(&["calllogs", "columns"]);
        let columns: Vec<Column> = self.ask(|| self.http.get(url.clone())).await?;
        Ok(columns.into_iter().map(|column| column.id).collect())
    }

    /// One page of the calls that started between `start` and `end`, oldest first.
    pub async fn call_logs(
        &self,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        offset: usize,
        columns: &[&str],
    ) -> Result<Page, RingbaError> {
        let columns: Vec<Value> = columns.iter().map(|column| json!({ "column": column })).collect();
        let body = json!({
            "reportStart": start.to_rfc3339_opts(SecondsFormat::Millis, true),
            "reportEnd": end.to_rfc3339_opts(SecondsFormat::Millis, true),
            "offset": offset,
            "size": PAGE_SIZE,
            "orderByColumns": [{ "column": "callDt", "direction": "asc" }],
            "valueColumns": columns,
        });
        let url = self.url(&["calllogs"]);
        self.ask(|| self.http.post(url.clone()).json(&body)).await
    }

    /// The records of up to [`DETAIL_BATCH`] calls by their ids; unknown ids are left out.
    pub async fn details(&self, ids: &[String]) -> Result<Vec<Normalized>, RingbaError> {
        let body = json!({ "InboundCallIds": ids });
        let url = self.url(&["calllogs", "detail"]);
        let Details { records } = self.ask(|| self.http.post(url.clone()).json(&body)).await?;
        Ok(records)
    }

    /// Ringba's own sums of the calls that started between `start` and `end`.
    pub async fn totals(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> Result<HourTotals, RingbaError> {
        let columns = ["callCount", "conversionAmount", "payoutAmount", "totalCost"];
        let columns = columns.map(|column| json!({ "column": column, "aggregateFunction": null }));
        let body = json!({
            "reportStart": start.to_rfc3339_opts(SecondsFormat::Millis, true),
            "reportEnd": end.to_rfc3339_opts(SecondsFormat::Millis, true),
            "valueColumns": columns,
        });
        let url = self.url(&["insights"]);
        let Insights { records } = self.ask(|| self.http.post(url.clone()).json(&body)).await?;
        let mut unreadable = 0;
        let mut totals = HourTotals::default();
        // An hour without calls has no record at all.
        if let Some(record) = records.into_iter().next() {
            totals = HourTotals {
                calls: record.call_count.take(&mut unreadable).ok_or(RingbaError::Unreadable)?.into(),
                revenue: record.conversion_amount.take(&mut unreadable).unwrap_or_default(),
                payout: record.payout_amount.take(&mut unreadable).unwrap_or_default(),
                cost: record.total_cost.take(&mut unreadable).unwrap_or_default(),
            };
        }
        if unreadable > 0 { Err(RingbaError::Unreadable) } else { Ok(totals) }
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.account.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(&self.account.id).extend(path);
        }
        url
    }

    /// Asks again, with jitter and as Ringba wishes, while there is hope.
    async fn ask<T: DeserializeOwned>(&self, request: impl Fn() -> RequestBuilder) -> Result<T, RingbaError> {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(TRIES_AGAIN)
            .with_jitter();
        (|| self.once(request()))
            .retry(pauses)
            .sleep(OnClock(Arc::clone(&self.clock)))
            .when(RingbaError::is_transient)
            .adjust(|error, pause| match error {
                RingbaError::Status { retry_after: Some(wish), .. } if *wish > LONGEST_RETRY_AFTER => None,
                RingbaError::Status { retry_after: Some(wish), .. } => pause.map(|pause| pause.max(*wish)),
                _ => pause,
            })
            .notify(|error, pause| tracing::warn!(%error, ?pause, "Ringba will be asked again"))
            .await
    }

    /// Ringba's wish to be left alone holds for every lane that asks for this account. A short one is sat
    /// out.
    async fn rest(&self) -> Result<(), RingbaError> {
        let Some(until) = *self.not_before() else { return Ok(()) };
        let Ok(rest) = (until - self.clock.now()).to_std() else { return Ok(()) };
        if rest > LONGEST_RETRY_AFTER {
            let status = StatusCode::TOO_MANY_REQUESTS.as_u16();
            return Err(RingbaError::Status { status, retry_after: Some(rest) });
        }
        self.clock.sleep(rest).await;
        Ok(())
    }

    fn not_before(&self) -> MutexGuard<'_, Option<DateTime<Utc>>> {
        self.not_before.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn once<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, RingbaError> {
        self.rest().await?;
        self.pace.until_ready().await;
        let answer = request.header(AUTHORIZATION, self.authorization.clone()).send().await;
        let mut answer = answer.map_err(|error| RingbaError::of(&error))?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED => return Err(RingbaError::TokenRefused),
            status => {
                let now = self.clock.now();
                let retry_after = http_answer::retry_after(&answer, now);
                if let Some(wish) = retry_after {
                    *self.not_before() = Some(now + wish);
                }
                return Err(RingbaError::Status { status: status.as_u16(), retry_after });
            }
        }
        let body = http_answer::body(&mut answer, LARGEST_ANSWER_BYTES).await;
        let body = body.map_err(|error| RingbaError::of(&error))?.ok_or(RingbaError::TooLarge)?;
        match serde_json::from_slice(&body) {
            Ok(Answer { is_successful: true, report: Some(report) }) => Ok(report),
            _ => Err(RingbaError::Unreadable),
        }
    }
}

/// Splits our columns into those that the account knows and those that it does not.
pub fn known_columns(known: &[String]) -> (Vec<&'static str>, Vec<&'static str>) {
    COLUMNS.into_iter().partition(|column| known.iter().any(|known| known == column))
}
