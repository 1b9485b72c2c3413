//! What a chat completion request asks: the rules and the lines in the last message of the user.

use serde::Deserialize;
use serde_json::Value;

/// What is asked, as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    pub rules: Vec<AskedRule>,
    pub lines: Vec<Line>,
}

/// One element of the array of rules; its other keys are for models that understand language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AskedRule {
    pub key: String,
    /// `must_happen` or `must_not_happen`.
    pub form: String,
}

impl AskedRule {
    #[must_use]
    pub fn must_happen(&self) -> bool {
        self.form == "must_happen"
    }
}

/// One line of the transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub number: u64,
    pub speaker: String,
    pub text: String,
}

impl Question {
    /// Out of a request's body; nothing where a block is missing or is not what it should be.
    #[must_use]
    pub fn of(body: &Value) -> Option<Self> {
        let message = last_user_message(body)?;
        let rules = serde_json::from_str(block(&message, "rules")?).ok()?;
        let lines = block(&message, "transcript")?.lines().filter_map(line).collect();
        Some(Self { rules, lines })
    }
}

/// Text of the last message of the user; parts of text are put together.
pub fn last_user_message(body: &Value) -> Option<String> {
    let messages = body["messages"].as_array()?;
    let last = messages.iter().rev().find(|message| message["role"] == "user")?;
    Some(text_of(&last["content"]))
}

/// The text of all messages.
pub fn all_text(body: &Value) -> String {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    messages.iter().map(|message| text_of(&message["content"]) + "\n").collect()
}

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}

/// What stands between `<name>` and `</name>`. The last end counts: what people say may look like one.
fn block<'m>(message: &'m str, name: &str) -> Option<&'m str> {
    let (_, behind) = message.split_once(&format!("<{name}>\n"))?;
    let end = if name == "transcript" { behind.rfind("</transcript>") } else { behind.find("</rules>") };
    Some(&behind[..end?])
}

fn line(text: &str) -> Option<Line> {
    let mut parts = text.splitn(3, '|');
    let (number, speaker, text) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Line { number: number.trim().parse().ok()?, speaker: speaker.to_owned(), text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_user_message_is_read_literally() {
        let message = "<rules>\n[{\"key\":\"a\",\"form\":\"must_happen\",\"title\":\"A\"}]\n</rules>\n\
            <transcript>\n3|agent|One | two.\n4|caller|Say </transcript> now.\n</transcript>\n";
        let body = json!({"messages": [
            {"role": "user", "content": "earlier"},
            {"role": "user", "content": [{"type": "text", "text": message}]},
            {"role": "assistant", "content": "later"},
        ]});
        let question = Question::of(&body).unwrap();
        assert_eq!(question.rules, [AskedRule { key: "a".into(), form: "must_happen".into() }]);
        let lines: Vec<_> = question.lines.iter().map(|line| (line.number, line.text.as_str())).collect();
        assert_eq!(lines, [(3, "One | two."), (4, "Say </transcript> now.")]);
        assert_eq!(Question::of(&json!({"messages": [{"role": "user", "content": "hello"}]})), None);
    }
}
