//! How moments are read from the database's text.
//!
//! Browsers read the same types, and chrono's own reader, which knows every way to write a date, is a large part of
//! what they would load.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer};

/// For `#[serde(deserialize_with)]`.
pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    parse(&String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("not a moment"))
}

/// The same where there may be none. Serde takes the field for a required one without `default`.
pub fn read_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| parse(&text).ok_or_else(|| D::Error::custom("not a moment"))).transpose()
}

/// RFC 3339: `2026-11-26T03:57:53.123456+00:00`, to the microsecond.
fn parse(text: &str) -> Option<DateTime<Utc>> {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits.bytes().try_fold(0, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    let parted = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if !parted.iter().all(|(at, mark)| text.as_bytes().get(*at) == Some(mark)) {
        return None;
    }
    let mut end = 19;
    let mut microsecond = 0;
    if text.as_bytes().get(end) == Some(&b'.') {
        let digits = text.bytes().skip(end + 1).take_while(u8::is_ascii_digit).count();
        for at in 0..6 {
            microsecond =
                microsecond * 10 + if at < digits { number(end + 1 + at, end + 2 + at)? } else { 0 };
        }
        end += 1 + digits;
    }
    let minutes_ahead = match text.as_bytes().get(end)? {
        b'Z' if text.len() == end + 1 => 0,
        sign @ (b'+' | b'-') if text.len() == end + 6 => {
            let minutes = i64::from(number(end + 1, end + 3)? * 60 + number(end + 4, end + 6)?);
            if *sign == b'+' { minutes } else { -minutes }
        }
        _ => return None,
    };
    let date = NaiveDate::from_ymd_opt(number(0, 4)?.cast_signed(), number(5, 7)?, number(8, 10)?)?;
    let local = date.and_hms_micro_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, microsecond)?;
    Some(local.checked_sub_signed(TimeDelta::try_minutes(minutes_ahead)?)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_chrono_reads_them() {
        for text in [
            "2026-11-26T03:57:53Z",
            "2026-11-26T03:57:53+00:00",
            "2026-02-28T23:59:59.5-05:30",
            "2024-02-29T00:00:00.123456+14:00",
            "2026-01-01T00:00:00.1234567Z",
        ] {
            let wanted = DateTime::parse_from_rfc3339(text).unwrap().to_utc();
            assert_eq!(parse(text).unwrap().timestamp_micros(), wanted.timestamp_micros(), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in
            ["", "2026-11-26", "2026-11-26T03:57:53", "2026-13-26T03:57:53Z", "2026-11-26T03:57:53.Z1"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
