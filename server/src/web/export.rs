//! A call's transcript as a file: JSON with everything that is known of the call, or `WebVTT` for players.

use std::fmt::Write as _;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use callscript_app::session::RequestSession;
use callscript_app::state::AppState;
use callscript_app::wording;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use supabase_client::call::CallPage;
use supabase_client::transcript::{Segment, Transcript, Word};

use super::asked_call::{Refused, asked_call};

/// A caption of more words would not be read in time.
const WORDS_PER_CAPTION: usize = 14;

/// `/calls/{id}/transcript.json`
pub async fn transcript_json(
    State(state): State<AppState>,
    Extension(session): Extension<RequestSession>,
    Path(call_id): Path<String>,
) -> Result<Response, Refused> {
    let (page, transcript) = asked_transcript(&state, &session, &call_id).await?;
    let content = json!({
        "call": page.call, "qa_version": page.qa_version, "judge_model": page.judge_model, "rule_results": page.rule_results,
        "reviews": page.reviews, "comments": page.comments, "transcript": transcript,
        "audio_deleted_at": page.audio_deleted_at,
    });
    Ok(file(Json(content).into_response(), &page, "json", "application/json"))
}

/// `/calls/{id}/transcript.vtt`
pub async fn transcript_vtt(
    State(state): State<AppState>,
    Extension(session): Extension<RequestSession>,
    Path(call_id): Path<String>,
) -> Result<Response, Refused> {
    let (page, transcript) = asked_transcript(&state, &session, &call_id).await?;
    Ok(file(captions(&transcript).into_response(), &page, "vtt", "text/vtt; charset=utf-8"))
}

async fn asked_transcript(
    state: &AppState,
    session: &RequestSession,
    call_id: &str,
) -> Result<(CallPage, Transcript), Refused> {
    let mut page = asked_call(state, session, call_id).await?;
    let none = if page.transcript_deleted_at.is_some() { StatusCode::GONE } else { StatusCode::NOT_FOUND };
    let transcript = page.transcript.take().ok_or(Refused(none))?;
    Ok((page, transcript))
}

fn file(mut response: Response, page: &CallPage, ending: &str, content_type: &'static str) -> Response {
    let name = format!("attachment; filename=\"callscript-call-{}.{ending}\"", page.call.call_id);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

fn captions(transcript: &Transcript) -> String {
    let mut captions = String::from("WEBVTT\n");
    let pieces = transcript
        .segments
        .iter()
        .flat_map(|line| line.words.chunks(WORDS_PER_CAPTION).map(move |words| (line, words)));
    // Players expect captions in the order of time; two channels may speak at once.
    let mut pieces: Vec<(&Segment, &[Word])> = pieces.collect();
    pieces.sort_by_key(|(_, words)| words.first().map_or(0, |word| word.start_ms));
    for (line, words) in pieces {
        let (Some(first), Some(last)) = (words.first(), words.last()) else { continue };
        let text: Vec<String> = words.iter().map(|word| escaped(&word.text)).collect();
        let ends_ms = last.end_ms.max(first.start_ms + 1);
        let _ = write!(
            captions,
            "\n{} --> {}\n<v {}>{}\n",
            moment(first.start_ms),
            moment(ends_ms),
            wording::speaker(line.speaker),
            text.join(" ")
        );
    }
    captions
}

fn moment(milliseconds: u32) -> String {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    format!("{:02}:{:02}:{:02}.{rest:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// What was said is data: it can neither end a caption nor open a tag.
fn escaped(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    for letter in word.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            letter if letter.is_control() => text.push(' '),
            letter => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use supabase_client::transcript::Speaker;

    use super::*;

    fn line(speaker: Speaker, words: &[(&str, u32)]) -> Segment {
        let word = |(text, start_ms): &(&str, u32)| Word {
            text: (*text).to_owned(),
            start_ms: *start_ms,
            end_ms: start_ms + 200,
            probability: 0.9,
        };
        let words: Vec<Word> = words.iter().map(word).collect();
        Segment { channel: 0, speaker, start_ms: words[0].start_ms, end_ms: 0, words, doubts: Vec::new() }
    }

    fn captions_of(segments: Vec<Segment>) -> String {
        captions(&Transcript {
            model: "m".to_owned(),
            language: "en".to_owned(),
            duration_ms: 1,
            segments,
            peaks: Vec::new(),
            unheard: Vec::new(),
        })
    }

    #[test]
    fn captions_stand_in_the_order_of_time_under_their_speaker() {
        let text = captions_of(vec![
            line(Speaker::Agent, &[("Hello", 3_661_002), ("there", 3_661_500)]),
            line(Speaker::Caller, &[("Hi", 1000)]),
        ]);
        assert_eq!(
            text,
            "WEBVTT\n\n00:00:01.000 --> 00:00:01.200\n<v Caller>Hi\n\n01:01:01.002 --> 01:01:01.700\n<v Agent>Hello there\n"
        );
    }

    #[test]
    fn what_was_said_cannot_break_out_of_its_caption() {
        let text =
            captions_of(vec![line(Speaker::Agent, &[("a\n\n00:00:09.000", 0), ("-->", 300), ("<b>&", 600)])]);
        assert!(text.ends_with("<v Agent>a  00:00:09.000 --&gt; &lt;b&gt;&amp;\n"), "{text}");
    }

    #[test]
    fn long_lines_become_several_captions() {
        let words: Vec<(&str, u32)> = (0..30).map(|number| ("word", number * 300)).collect();
        assert_eq!(captions_of(vec![line(Speaker::Agent, &words)]).matches("-->").count(), 3);
    }
}
