use leptos::prelude::*;
use supabase_client::criterion::Criterion;

use crate::components::moment::Moment;

/// One measured promise: what it is, what was measured, and what stands beside it.
#[component]
pub fn CriterionCard(criterion: Criterion) -> impl IntoView {
    let Criterion { criterion: number, title, subject, measured, target, holds, details } = criterion;
    let (tone, verdict) = if holds { ("tone-safe", "Holds") } else { ("tone-failed", "Broken") };
    view! {
        <article class="criterion">
            <header class="criterion-heading">
                <h2>{format!("{number}. {title}")}</h2>
                <span class=format!("badge {tone}")>{verdict}</span>
            </header>
            <p class="criterion-measured numbers">{measured}</p>
            <p class="criterion-target">"Target: "{target}{(!subject.is_empty()).then(|| format!(", account {subject}"))}</p>
            <dl class="criterion-details">
                {details
                    .into_iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(name, value)| view! {
                        <div>
                            <dt>{readable_name(&name)}</dt>
                            <dd class="numbers">{detail(value)}</dd>
                        </div>
                    })
                    .collect_view()}
            </dl>
        </article>
    }
}

/// `oldest_open_window` as people write it.
fn readable_name(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Times in the viewer's zone, everything else as it is.
fn detail(value: serde_json::Value) -> AnyView {
    match value {
        serde_json::Value::String(text) => match text.parse() {
            Ok(moment) => view! { <Moment moment/> }.into_any(),
            Err(_) => text.into_any(),
        },
        other => other.to_string().into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        assert_eq!(readable_name("oldest_open_window"), "Oldest open window");
        assert_eq!(readable_name(""), "");
    }
}
