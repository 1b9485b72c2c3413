//! Times and lengths as text.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};

/// A place in a recording: `0:07`, `12:30`, `1:02:03`.
#[must_use]
pub fn clock(milliseconds: u32) -> String {
    let seconds = milliseconds / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = String::new();
    if hours > 0 {
        let _ = write!(text, "{hours}:{minutes:02}:{seconds:02}");
    } else {
        let _ = write!(text, "{minutes}:{seconds:02}");
    }
    text
}

/// A call's length in seconds as [`clock`] writes it.
#[must_use]
pub fn length(seconds: i32) -> String {
    clock(u32::try_from(seconds).unwrap_or(0).saturating_mul(1000))
}

/// A count with its thousands apart: `12,345`.
#[must_use]
pub fn thousands(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut text = if count < 0 { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

// Written out, because chrono's patterns would be a large part of what browsers load.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The moment in UTC, as the server writes it and as the pointer shows it.
#[must_use]
pub fn utc(moment: DateTime<Utc>) -> String {
    let (day, month, year) = (moment.day(), MONTHS[moment.month0() as usize], moment.year());
    let (hour, minute, second) = (moment.hour(), moment.minute(), moment.second());
    format!("{day} {month} {year}, {hour:02}:{minute:02}:{second:02} UTC")
}

/// The short form for lists, still in UTC.
#[must_use]
pub fn short_utc(moment: DateTime<Utc>) -> String {
    let (day, month) = (moment.day(), MONTHS[moment.month0() as usize]);
    format!("{day} {month}, {:02}:{:02} UTC", moment.hour(), moment.minute())
}

/// The moment as HTML's `time` element wants it, to the second.
#[must_use]
pub fn datetime(moment: DateTime<Utc>) -> String {
    let (year, month, day) = (moment.year(), moment.month(), moment.day());
    let (hour, minute, second) = (moment.hour(), moment.minute(), moment.second());
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_like_a_player_shows_them() {
        assert_eq!(clock(0), "0:00");
        assert_eq!(clock(59_999), "0:59");
        assert_eq!(clock(754_000), "12:34");
        assert_eq!(clock(3_723_000), "1:02:03");
        assert_eq!(length(65), "1:05");
        assert_eq!(length(-1), "0:00");
    }

    #[test]
    fn moments_read_in_utc() {
        let moment = DateTime::from_timestamp(1_772_530_203, 0).unwrap();
        assert_eq!(utc(moment), "3 Mar 2026, 09:30:03 UTC");
        assert_eq!(short_utc(moment), "3 Mar, 09:30 UTC");
        assert_eq!(datetime(moment), "2026-03-03T09:30:03Z");
    }

    #[test]
    fn thousands_stand_apart() {
        for (count, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-1_000, "-1,000")]
        {
            assert_eq!(thousands(count), text);
        }
    }
}
