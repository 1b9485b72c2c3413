//! Days in an address are those of the person who chose them: the zone of that person's clocks stands beside them, so
//! that a link means the same calls to everybody.

use web_sys::js_sys::Date;

/// The name beside `from` and `to`: how many minutes the clocks are ahead of UTC. Absent where that is nothing.
pub const ZONE: &str = "zone";

/// In the browser: the zone on a day (`2026-11-26`); empty where it is UTC's.
#[must_use]
pub fn zone_on(day: &str) -> String {
    let minutes = -Date::new(&format!("{day}T12:00:00").into()).get_timezone_offset();
    if minutes.is_nan() || minutes == 0.0 { String::new() } else { format!("{minutes:.0}") }
}

/// The moment at which a day begins in a zone; a zone that is none is taken for UTC.
#[cfg(feature = "ssr")]
#[must_use]
pub fn begin_of(day: chrono::NaiveDate, zone: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    const FARTHEST_MINUTES: i64 = 15 * 60;
    let minutes = zone.parse::<i64>().ok().filter(|minutes| minutes.abs() <= FARTHEST_MINUTES).unwrap_or(0);
    let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc();
    midnight.checked_sub_signed(chrono::TimeDelta::minutes(minutes))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::begin_of;

    #[test]
    fn a_day_begins_earlier_where_clocks_are_ahead() {
        let begin = |zone| begin_of("2026-11-26".parse().unwrap(), zone).unwrap().to_rfc3339();
        assert_eq!(begin("60"), "2026-11-25T23:00:00+00:00");
        assert_eq!(begin("-300"), "2026-11-26T05:00:00+00:00");
        for none in ["", "0", "soon", "99999"] {
            assert_eq!(begin(none), "2026-11-26T00:00:00+00:00", "{none:?}");
        }
        assert_eq!(begin_of(chrono::NaiveDate::MIN, "1"), None);
    }
}
