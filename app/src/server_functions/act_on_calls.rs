use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use supabase_client::by_hand::Act;
use supabase_client::lane::Lane;

use crate::server_error::ServerError;

/// What came of an act by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Something was done.
    pub done: bool,
    pub sentence: String,
}

/// Tries calls again, takes them back from whoever works on them, or gives them up with a reason: those named, or those
/// of a lane that the act takes, of one kind of failure if it is given. The database lets only admins, and notes each
/// with who did it.
#[server(endpoint = "act_on_calls")]
pub async fn act_on_calls(
    act: Act,
    #[server(default)] calls: Vec<String>,
    lane: Option<Lane>,
    kind: Option<String>,
    reason: Option<String>,
) -> Result<Told, ServerError> {
    use supabase_client::by_hand::{CallSelection, LaneSelection};
    use supabase_client::http::ActOrder;

    use crate::server_error::Refusal;

    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let selection = match lane {
        Some(lane) => CallSelection::OfLane(Box::new(LaneSelection { kind, ..LaneSelection::all_of(lane) })),
        None => CallSelection::Calls { calls },
    };
    let order = ActOrder { act, operator: None, reason: reason.as_deref(), dry_run: false };
    let (mut done, mut refused, mut why, mut after) = (0, 0, None, None);
    let mut left = false;
    // More would keep somebody waiting; a second press goes on.
    for _ in 0..5 {
        let acted =
            api.act_on_calls(order, &selection, after).await.map_err(|error| asker.answer_to(&error))?;
        for result in acted.results {
            match result.refused {
                None => done += 1,
                Some(sentence) => {
                    refused += 1;
                    why.get_or_insert(sentence);
                }
            }
        }
        after = acted.next_after;
        left = after.is_some();
        if !left {
            break;
        }
    }
    let sentence = sentence(act, done, refused, why, left);
    if done == 0 && refused > 0 {
        return Err(ServerError { sentence, ..asker.refuse(Refusal::Invalid) });
    }
    Ok(Told { done: done > 0, sentence })
}

#[cfg(feature = "ssr")]
fn sentence(act: Act, done: u32, refused: u32, why: Option<String>, left: bool) -> String {
    let (nothing, becomes) = match act {
        Act::Retry => ("Nothing was left to try again.", "tried again"),
        Act::Release => ("No call was chosen that is in work.", "taken back"),
        Act::Fail => ("No call was chosen that could be given up.", "given up"),
    };
    let done = match done {
        0 if refused > 0 => None,
        0 => Some(nothing.to_owned()),
        1 => Some(format!("1 call is {becomes}.")),
        calls => Some(format!("{calls} calls are {becomes}.")),
    };
    let refused = why.map(|why| match refused {
        1 => format!("1 call was refused: {why}"),
        calls => format!("{calls} calls were refused, the first: {why}"),
    });
    let left = left.then(|| "More are left: press again.".to_owned());
    [done, refused, left].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_and_what_was_refused_is_one_sentence_each() {
        let why = || Some("It is safe.".to_owned());
        for (told, expected) in [
            (sentence(Act::Retry, 0, 0, None, false), "Nothing was left to try again."),
            (sentence(Act::Retry, 1, 0, None, false), "1 call is tried again."),
            (
                sentence(Act::Release, 2, 1, why(), false),
                "2 calls are taken back. 1 call was refused: It is safe.",
            ),
            (sentence(Act::Fail, 0, 3, why(), false), "3 calls were refused, the first: It is safe."),
            (
                sentence(Act::Fail, 1000, 0, None, true),
                "1000 calls are given up. More are left: press again.",
            ),
        ] {
            assert_eq!(told, expected);
        }
    }
}
