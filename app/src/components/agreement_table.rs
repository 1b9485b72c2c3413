use leptos::prelude::*;
use supabase_client::report::RuleAgreement;

use crate::components::figure;
use crate::components::figure_table::figure_table;

/// How often reviewers agree with the judge, rule by rule.
pub fn agreement_table(rules: &[RuleAgreement]) -> AnyView {
    if rules.is_empty() {
        return view! { <p class="report-none">"Nobody has reviewed anything in these days."</p> }.into_any();
    }
    let rows = rules.iter().map(|rule| {
        let share = rule.share();
        view! {
            <tr>
                <th scope="row">{rule.title.clone()}</th>
                <td class="agreement-share">
                    {share.map_or_else(|| "–".into_any(), figure::percent)}
                    {share.map(|share| view! {
                        <svg class="agreement-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                            <rect class="bar open" width="100" height="6"/>
                            <rect class="bar plain" width=format!("{:.1}", share * 100.0) height="6"/>
                        </svg>
                    })}
                </td>
                <td>{figure::count(rule.confirmed)}</td>
                <td>{figure::count(rule.dismissed)}</td>
                <td>{figure::count(rule.missed)}</td>
                <td>{figure::count(rule.settled)}</td>
            </tr>
        }
    }).collect_view();
    figure_table(
        "Agreement".to_owned(),
        "Reviewers' agreement with the judge per rule".to_owned(),
        &["Rule", "Agreement", "Confirmed", "Dismissed", "Missed", "Settled"],
        rows.into_any(),
        None,
    )
}
