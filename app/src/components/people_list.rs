use leptos::prelude::*;
use supabase_client::admin::{People, Person};
use supabase_client::user::Role;

use crate::components::moment::Moment;

/// Everybody who can sign in, and what they may do.
pub fn people_list(people: People) -> AnyView {
    let left_out = people.total - i64::try_from(people.people.len()).unwrap_or(people.total);
    let rows = people.people.into_iter().map(person).collect_view();
    view! {
        <div class="people-frame" tabindex="0" role="group" aria-label="People">
            <table class="people">
                <thead><tr><th scope="col">"E-mail"</th><th scope="col">"Role"</th><th scope="col">"Last sign-in"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {(left_out > 0).then(|| view! { <p class="admin-none">{format!("and {left_out} more, in Studio")}</p> })}
    }
    .into_any()
}

fn person(person: Person) -> AnyView {
    let (role, tone) = match person.role {
        Some(Role::Admin) => ("Admin", "tone-working"),
        Some(Role::Reviewer) => ("Reviewer", "tone-none"),
        Some(Role::Worker) => ("Worker", "tone-none"),
        None => ("No role: may do nothing", "tone-major"),
    };
    view! {
        <tr>
            <th scope="row">{person.email.unwrap_or_else(|| person.user_id.to_string())}</th>
            <td>
                <span class=format!("badge {tone}")>{role}</span>
                {person.banned_until.map(|_| view! { <span class="badge tone-failed">"Locked out"</span> })}
            </td>
            <td>
                {match person.last_sign_in_at {
                    Some(moment) => view! { <Moment moment/> }.into_any(),
                    None => view! { <span class="admin-none">"never"</span> }.into_any(),
                }}
            </td>
        </tr>
    }
    .into_any()
}
