use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serde_json::Value;
use supabase_client::criterion::Criterion;

use crate::components::figure;

/// Details that stand large on the card, and their names there.
const TILES: [(&str, &str); 3] = [("p50_seconds", "p50"), ("p95_seconds", "p95"), ("worst_seconds", "Worst")];

/// One measured promise: what it is, what was measured, and what stands beside it.
pub fn criterion_card(criterion: &Criterion) -> AnyView {
    let Criterion { criterion: number, title, subject, measured, target, holds, details, since, .. } =
        criterion;
    let (tone, verdict) = if *holds { ("tone-safe", "Holds") } else { ("tone-failed", "Broken") };
    let tiles = TILES.iter().filter_map(|(name, label)| Some((*label, details.get(*name)?.as_f64()?)));
    let tiles = tiles
        .map(|(label, value)| view! { <div><dt>{label}</dt><dd class="numbers">{figure::seconds(value)}</dd></div> })
        .collect_view();
    let others = details
        .iter()
        .filter(|(name, value)| !value.is_null() && !TILES.iter().any(|(tile, _)| tile == name))
        .map(|(name, value)| {
            view! {
                <div><dt>{readable_name(name)}</dt><dd class="numbers">{detail(name, value)}</dd></div>
            }
        })
        .collect_view();
    let has_tiles = details.get("worst_seconds").is_some_and(Value::is_number);
    view! {
        <article class="criterion" aria-labelledby=format!("criterion-{number}-{subject}")>
            <header class="criterion-heading">
                <h2 id=format!("criterion-{number}-{subject}")>{format!("{number}. {title}")}</h2>
                <span class=format!("badge {tone}")>{verdict}</span>
            </header>
            <p class="criterion-measured numbers">{measured.clone()}</p>
            <p class="criterion-target">
                "Target: "{target.clone()}{(!subject.is_empty()).then(|| format!(", account {subject}"))}
            </p>
            <p class="criterion-target">{verdict}" since "{figure::moment(*since)}</p>
            {has_tiles.then(|| view! { <dl class="criterion-tiles" aria-label="Today">{tiles}</dl> })}
            <dl class="criterion-details">{others}</dl>
        </article>
    }
    .into_any()
}

/// `oldest_open_window` as people write it; the unit stands with the number.
fn readable_name(name: &str) -> String {
    let words = name.trim_end_matches("_seconds").replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn detail(name: &str, value: &Value) -> AnyView {
    if let Some(seconds) = value.as_f64().filter(|_| name.ends_with("_seconds")) {
        return figure::seconds(seconds);
    }
    match value {
        Value::String(text) => match text.parse::<DateTime<Utc>>() {
            Ok(moment) => figure::moment(moment),
            Err(_) => text.clone().into_any(),
        },
        Value::Number(number) if number.is_i64() => figure::count(number.as_i64().unwrap_or_default()),
        other => other.to_string().into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        assert_eq!(readable_name("oldest_open_window"), "Oldest open window");
        assert_eq!(readable_name("link_delay_p95_seconds"), "Link delay p95");
        assert_eq!(readable_name(""), "");
    }
}
