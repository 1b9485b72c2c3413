//! How Ringba writes values: as what they are, as text, as null, or not at all.

use chrono::{DateTime, Datelike, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A value that may be missing, null, empty or unreadable.
#[derive(Debug, PartialEq, Eq, Default)]
pub enum Field<T: FromWire> {
    #[default]
    Missing,
    Read(T::Value),
    Unreadable,
}

impl<T: FromWire> Field<T> {
    /// The value; one that was there and could not be read is counted.
    pub fn take(self, unreadable: &mut usize) -> Option<T::Value> {
        match self {
            Self::Missing => None,
            Self::Read(value) => Some(value),
            Self::Unreadable => {
                *unreadable += 1;
                None
            }
        }
    }
}

impl<'de, T: FromWire> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        // Numbers are read from their own text: a float in between would change amounts.
        let text = match raw.get().as_bytes() {
            [b'"', ..] => match serde_json::from_str::<String>(raw.get()) {
                // Postgres cannot hold this character.
                Ok(text) => text.replace('\0', "").trim().to_owned(),
                Err(_) => return Ok(Self::Unreadable),
            },
            [b'{' | b'[', ..] => return Ok(Self::Unreadable),
            b"null" => return Ok(Self::Missing),
            _ => raw.get().to_owned(),
        };
        if text.is_empty() {
            return Ok(Self::Missing);
        }
        Ok(T::from_text(&text).map_or(Self::Unreadable, Self::Read))
    }
}

/// How a kind of value is read from its text.
pub trait FromWire {
    type Value;

    fn from_text(text: &str) -> Option<Self::Value>;
}

#[derive(Debug)]
pub struct Text;

impl FromWire for Text {
    type Value = String;

    fn from_text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }
}

/// The database takes amounts below a quadrillion.
const LARGEST_AMOUNT: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);

/// An exact amount.
#[derive(Debug)]
pub struct Money;

impl FromWire for Money {
    type Value = Decimal;

    fn from_text(text: &str) -> Option<Decimal> {
        decimal(text).filter(|amount| amount.abs() < LARGEST_AMOUNT)
    }
}

/// Whole seconds, not negative.
#[derive(Debug)]
pub struct Count;

impl FromWire for Count {
    type Value = i32;

    fn from_text(text: &str) -> Option<i32> {
        decimal(text)?.trunc().to_i32().filter(|count| *count >= 0)
    }
}

/// Epoch milliseconds, or a date with its zone.
#[derive(Debug)]
pub struct Moment;

impl FromWire for Moment {
    type Value = DateTime<Utc>;

    fn from_text(text: &str) -> Option<DateTime<Utc>> {
        let moment = match decimal(text) {
            Some(milliseconds) => DateTime::from_timestamp_millis(milliseconds.trunc().to_i64()?)?,
            None => text.parse::<DateTime<Utc>>().ok()?,
        };
        // Zero means that there is none; the database takes times of this century only.
        (2_000..2_100).contains(&moment.year()).then_some(moment)
    }
}

#[derive(Debug)]
pub struct YesNo;

impl FromWire for YesNo {
    type Value = bool;

    fn from_text(text: &str) -> Option<bool> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" => Some(true),
            "false" | "no" => Some(false),
            _ => None,
        }
    }
}

/// A number exactly as it is written, with or without an exponent.
fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).ok().or_else(|| Decimal::from_scientific(text).ok())
}
