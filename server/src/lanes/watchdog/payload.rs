//! What a message says: what is wrong, since when, how many, where to see it, and what to do.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use supabase_client::alert_message::{AlertEvent, AlertMessage, ToldAlert};
use supabase_client::criterion::AlertLevel;
use url::Url;

/// A reason may quote what a foreign service said.
const LONGEST_SENTENCE_CHARS: usize = 500;

/// The text of Slack's incoming webhooks.
pub fn for_slack(message: &AlertMessage, public_url: Option<&Url>) -> Value {
    let AlertMessage { event, title, level, alerts, newest, .. } = message;
    let (sign, event) = match (event, level) {
        (AlertEvent::Over, _) => (":white_check_mark:", "Over: "),
        (AlertEvent::Changed, AlertLevel::Critical) => (":red_circle:", "Worse: "),
        (AlertEvent::Changed, _) => (":large_orange_circle:", "Worse: "),
        (AlertEvent::Opened, AlertLevel::Critical) => (":red_circle:", ""),
        (AlertEvent::Opened, _) => (":large_orange_circle:", ""),
    };
    let mut text = format!("{sign} *{event}{}* ({})\n", escaped(title), level.as_str());
    for ToldAlert { message, .. } in newest {
        let bullet = if *alerts > 1 { "• " } else { "" };
        let _ = writeln!(text, "{bullet}{}", escaped(&shortened(message)));
    }
    let more = alerts - i64::try_from(newest.len()).unwrap_or_default();
    if more > 0 {
        let _ = writeln!(text, "… and {more} more.");
    }
    let _ = writeln!(text, "{}", times(message));
    if let Some(how_many) = how_many(message) {
        let _ = writeln!(text, "How many: {how_many}");
    }
    if message.event != AlertEvent::Over {
        let _ = writeln!(text, "What to do: {}", escaped(&message.advice));
    }
    if let Some(link) = link(message, public_url) {
        let _ = writeln!(text, "<{}|Open in CallScript>", escaped(&link));
    }
    json!({ "text": text.trim_end() })
}

/// The same as data. `id` stays when the message has to be sent again.
pub fn for_webhook(message: &AlertMessage, public_url: Option<&Url>) -> Value {
    json!({
        "id": message.message_id,
        "event": message.event,
        "kind": message.kind,
        "title": message.title,
        "level": message.level,
        "alerts": message.alerts,
        "affected": message.affected,
        "since": message.since,
        "until": message.until,
        "link": link(message, public_url),
        "advice": message.advice,
        "newest": message.newest,
    })
}

fn link(message: &AlertMessage, public_url: Option<&Url>) -> Option<String> {
    Some(public_url?.join(&message.page).ok()?.into())
}

fn times(message: &AlertMessage) -> String {
    match message.until {
        Some(until) if message.event == AlertEvent::Over => {
            format!(
                "From {} to {} ({}).",
                minute(message.since),
                minute(until),
                length(until - message.since)
            )
        }
        _ => format!("Since {}.", minute(message.since)),
    }
}

fn minute(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn length(length: TimeDelta) -> String {
    match (length.num_hours(), length.num_minutes()) {
        (_, 0) => format!("{} s", length.num_seconds()),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {} min", minutes - hours * 60),
    }
}

fn how_many(message: &AlertMessage) -> Option<String> {
    let calls = message.affected.map(|calls| match calls {
        1 => "1 call".to_owned(),
        // The database counts no further.
        10_001.. => "more than 10000 calls".to_owned(),
        calls => format!("{calls} calls"),
    });
    let alerts = (message.alerts > 1).then(|| format!("{} alerts", message.alerts));
    match (alerts, calls) {
        (Some(alerts), Some(calls)) => Some(format!("{alerts}, {calls}")),
        (one, other) => one.or(other),
    }
}

fn shortened(sentence: &str) -> String {
    match sentence.char_indices().nth(LONGEST_SENTENCE_CHARS) {
        Some((end, _)) => format!("{}…", &sentence[..end]),
        None => sentence.to_owned(),
    }
}

/// Slack takes these three for its own.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn message(event: AlertEvent, alerts: i64, affected: Option<i64>) -> AlertMessage {
        let newest = (1..=alerts.min(5)).rev().map(|alert_id| ToldAlert {
            alert_id,
            subject: format!("call {alert_id}"),
            level: AlertLevel::Critical,
            message: format!("Gone: {alert_id} <!channel> & more."),
            affected: None,
            since: at("2026-11-28T10:00:00Z"),
            until: None,
        });
        AlertMessage {
            lease_token: Uuid::nil(),
            message_id: Uuid::max(),
            event,
            kind: "recording_gone".to_owned(),
            title: "Recordings are gone".to_owned(),
            level: AlertLevel::Critical,
            alerts,
            affected,
            since: at("2026-11-28T10:00:00Z"),
            until: (event == AlertEvent::Over).then(|| at("2026-11-28T11:02:30Z")),
            page: "/?state=failed".to_owned(),
            advice: "Ask Ringba.".to_owned(),
            newest: newest.collect(),
        }
    }

    fn text(message: &AlertMessage) -> String {
        let url = "https://calls.example.com/app".parse().unwrap();
        for_slack(message, Some(&url))["text"].as_str().unwrap().to_owned()
    }

    #[test]
    fn one_alert_says_what_since_when_how_many_where_and_what_to_do() {
        assert_eq!(
            text(&message(AlertEvent::Opened, 1, Some(131))),
            ":red_circle: *Recordings are gone* (critical)\n\
             Gone: 1 &lt;!channel&gt; &amp; more.\n\
             Since 2026-11-28 10:00 UTC.\n\
             How many: 131 calls\n\
             What to do: Ask Ringba.\n\
             <https://calls.example.com/?state=failed|Open in CallScript>"
        );
    }

    #[test]
    fn a_storm_is_told_with_counts() {
        assert_eq!(
            text(&message(AlertEvent::Changed, 50, None)),
            ":red_circle: *Worse: Recordings are gone* (critical)\n\
             • Gone: 5 &lt;!channel&gt; &amp; more.\n\
             • Gone: 4 &lt;!channel&gt; &amp; more.\n\
             • Gone: 3 &lt;!channel&gt; &amp; more.\n\
             • Gone: 2 &lt;!channel&gt; &amp; more.\n\
             • Gone: 1 &lt;!channel&gt; &amp; more.\n\
             … and 45 more.\n\
             Since 2026-11-28 10:00 UTC.\n\
             How many: 50 alerts\n\
             What to do: Ask Ringba.\n\
             <https://calls.example.com/?state=failed|Open in CallScript>"
        );
    }

    #[test]
    fn what_is_over_says_how_long_it_lasted() {
        assert_eq!(
            text(&message(AlertEvent::Over, 1, Some(10_001))),
            ":white_check_mark: *Over: Recordings are gone* (critical)\n\
             Gone: 1 &lt;!channel&gt; &amp; more.\n\
             From 2026-11-28 10:00 UTC to 2026-11-28 11:02 UTC (1 h 2 min).\n\
             How many: more than 10000 calls\n\
             <https://calls.example.com/?state=failed|Open in CallScript>"
        );
    }

    #[test]
    fn without_an_address_of_the_app_there_is_no_link() {
        let message = message(AlertEvent::Opened, 1, None);
        assert!(!for_slack(&message, None)["text"].as_str().unwrap().contains("Open in CallScript"));
        assert_eq!(for_webhook(&message, None)["link"], Value::Null);
    }

    #[test]
    fn data_keeps_the_secret_of_the_lease() {
        let data = for_webhook(&message(AlertEvent::Opened, 1, None), None);
        assert_eq!(data["id"], json!(Uuid::max()));
        assert!(!data.to_string().contains(&Uuid::nil().to_string()), "{data}");
    }

    #[test]
    fn sentences_of_others_are_shortened() {
        let long = "é".repeat(LONGEST_SENTENCE_CHARS + 1);
        assert_eq!(shortened(&long).chars().count(), LONGEST_SENTENCE_CHARS + 1);
        assert_eq!(shortened("short"), "short");
    }
}
