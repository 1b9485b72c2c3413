//! Numbers in the neutral form of the server; `browser::locale` writes them anew in the viewer's language.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use rust_decimal::Decimal;

use crate::format::{datetime, short_utc, thousands, utc};

/// `12,345`
pub fn count(value: i64) -> AnyView {
    view! { <data value=value data-form="count">{thousands(value)}</data> }.into_any()
}

/// `$1,234.50`, exact: never fewer than two decimals, and as many as there are.
pub fn money(amount: Decimal) -> AnyView {
    view! { <data value=amount.to_string() data-form="money">{plain_money(amount)}</data> }.into_any()
}

/// The same without markup.
pub fn plain_money(amount: Decimal) -> String {
    let text = amount.abs().normalize().to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), thousands);
    format!(
        "{}${whole}.{decimals:0<2}",
        if amount.is_sign_negative() && !amount.is_zero() { "-" } else { "" }
    )
}

/// `3 min 12 s`
pub fn seconds(value: f64) -> AnyView {
    view! { <data value=value data-form="seconds">{plain_seconds(value)}</data> }.into_any()
}

/// The same without markup.
pub fn plain_seconds(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "nothing lasts 2^63 seconds")]
    let whole = value.floor() as i64;
    match whole {
        0..60 if value < 10.0 && value.fract() != 0.0 => format!("{value:.1} s"),
        ..60 => format!("{whole} s"),
        60..3_600 => format!("{} min {} s", whole / 60, whole % 60),
        3_600..86_400 => format!("{} h {} min", whole / 3_600, whole / 60 % 60),
        _ => format!("{} d {} h", whole / 86_400, whole / 3_600 % 24),
    }
}

/// `93%` of one.
pub fn percent(share: f64) -> AnyView {
    view! { <data value=share data-form="percent">{format!("{:.0}%", share * 100.0)}</data> }.into_any()
}

/// A moment, in the viewer's zone once the browser has it, with UTC under the pointer.
pub fn moment(at: DateTime<Utc>) -> AnyView {
    view! { <time datetime=datetime(at) title=utc(at) data-form="moment">{short_utc(at)}</time> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact_and_has_two_decimals_at_least() {
        for (amount, text) in [
            ("0", "$0.00"),
            ("1234.5", "$1,234.50"),
            ("-0.3", "-$0.30"),
            ("0.0001", "$0.0001"),
            ("10.000", "$10.00"),
        ] {
            assert_eq!(plain_money(amount.parse().unwrap()), text);
        }
    }

    #[test]
    fn times_use_their_two_largest_units() {
        for (value, text) in [
            (0.0, "0 s"),
            (1.25, "1.2 s"),
            (59.0, "59 s"),
            (192.0, "3 min 12 s"),
            (7_500.0, "2 h 5 min"),
            (90_000.0, "1 d 1 h"),
        ] {
            assert_eq!(plain_seconds(value), text);
        }
    }
}
