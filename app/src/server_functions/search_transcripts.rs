use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use supabase_client::call::{CallId, CallStatus};
use supabase_client::flag::Severity;
use supabase_client::judgement::Verdict;
use supabase_client::search::{SearchProblem, SpokenLine};

use crate::server_error::ServerError;

/// Calls of one page.
#[cfg(feature = "ssr")]
const PAGE_SIZE: u32 = 20;

/// What a search found, ready to be shown: the browser has nothing left to work out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Newest first.
    pub calls: Vec<FoundCall>,
    /// In a few words, for everybody and for those who cannot see the list.
    pub summary: String,
    /// Where the list goes on; absent at its end.
    pub older: Option<String>,
    /// The beginning of the list; absent there.
    pub newest: Option<String>,
    /// The search gave up before the page was full.
    pub cut: bool,
    /// Why nothing was looked for.
    pub problem: Option<SearchProblem>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundCall {
    pub call_id: CallId,
    pub name: String,
    pub status: CallStatus,
    pub settled_as: Option<Verdict>,
    pub severity: Option<Severity>,
    pub facts: Vec<String>,
    pub start: DateTime<Utc>,
    pub length: Option<String>,
    pub link: String,
    pub hits: Vec<FoundPlace>,
    /// In how many stretches of the call more is to be found, where that is more than is shown.
    pub stretches: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundPlace {
    pub link: String,
    /// `12:34`
    pub clock: String,
    pub lines: Vec<SpokenLine>,
}

/// Searches all transcripts for what the address of the search page asks for (the part behind its question mark).
#[server(endpoint = "search_transcripts")]
pub async fn search_transcripts(#[server(default)] address: String) -> Result<Results, ServerError> {
    use crate::search_address::SearchAddress;

    let asker = crate::asker::Asker::of_this_request();
    let api = asker.api()?;
    let wanted = SearchAddress::read(&address);
    let found = api.search_transcripts(&wanted.words, &wanted.filter, wanted.after.as_ref(), PAGE_SIZE).await;
    let page = found.map_err(|error| asker.answer_to(&error))?;
    let calls: Vec<FoundCall> = page.calls.into_iter().map(|found| shown(found, &wanted.words)).collect();
    Ok(Results {
        summary: if page.problem.is_some() {
            String::new()
        } else {
            summary(&calls, page.after.is_some(), wanted.after.is_some())
        },
        older: page.after.as_ref().map(|after| wanted.behind(after)),
        newest: wanted.after.is_some().then(|| wanted.from_the_newest()),
        cut: page.cut,
        problem: page.problem,
        calls,
    })
}

#[cfg(feature = "ssr")]
fn shown(found: supabase_client::search::FoundCall, words: &str) -> FoundCall {
    use crate::search_address::call_link;
    use crate::{format, wording};

    let supabase_client::search::FoundCall { call, hits, stretches } = found;
    let places = hits.into_iter().map(|hit| FoundPlace {
        link: call_link(call.call_id, Some(hit.start_ms), &hit.matched),
        clock: format::clock(hit.start_ms),
        lines: hit.lines,
    });
    let hits: Vec<FoundPlace> = places.collect();
    let facts = [
        wording::vertical_beside_name(&call),
        call.publisher_name.clone(),
        call.buyer_name.clone().or_else(|| call.target_name.clone()),
    ];
    FoundCall {
        call_id: call.call_id,
        name: wording::call_name(&call),
        status: call.status,
        settled_as: call.settled_as,
        severity: call.worst_severity,
        facts: facts.into_iter().flatten().collect(),
        start: call.start_time_utc,
        length: call.call_length_seconds.map(format::length),
        link: hits.first().map_or_else(|| call_link(call.call_id, None, words), |hit| hit.link.clone()),
        stretches: Some(stretches)
            .filter(|stretches| usize::try_from(*stretches).is_ok_and(|n| n > hits.len())),
        hits,
    }
}

#[cfg(feature = "ssr")]
fn summary(calls: &[FoundCall], more: bool, further_back: bool) -> String {
    let counted =
        |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let hits = counted(calls.iter().map(|call| call.hits.len()).sum(), "place", "places");
    let first = if further_back { "older " } else { "" };
    match (calls.len(), more) {
        (0, _) => "No calls found".to_owned(),
        (n, false) => format!("{}, {hits}", counted(n, &format!("{first}call"), &format!("{first}calls"))),
        (n, true) => format!(
            "{}, {hits}, and there is more",
            counted(n, &format!("{first}call"), &format!("{first}calls"))
        ),
    }
}
