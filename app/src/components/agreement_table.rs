use leptos::prelude::*;
use supabase_client::report::RuleAgreement;

use crate::components::figure;

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
    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label="Agreement, table">
            <table class="figures">
                <caption class="visually-hidden">"Reviewers' agreement with the judge per rule"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Rule"</th><th scope="col">"Agreement"</th><th scope="col">"Confirmed"</th>
                        <th scope="col">"Dismissed"</th><th scope="col">"Missed"</th><th scope="col">"Settled"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
