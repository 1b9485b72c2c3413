//! What is said on a generated call: the same in every run.

use serde_json::{Value, json};

/// Said in the last minute of every call, and nowhere else.
const LAST_WORDS: &str = "the purple lighthouse keeps the receipts";
const TALK: &str = "well so I was looking at the plan you sent me and the monthly payment is not what we said on the phone \
    last week because my doctor is in the network and I really need to know before Friday if that is all right with you \
    thank you for holding let me check that for you now it says here that your coverage would begin on the first";
const FLAGGED: &str = "I guarantee you will never pay anything";
const LINE_WORDS: u32 = 15;
const PEAKS: u32 = 800;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    ThreeHours,
    OneHour,
    ThreeMinutes,
    Short,
}

impl Kind {
    pub fn named(name: &str) -> Option<Self> {
        [Self::ThreeHours, Self::OneHour, Self::ThreeMinutes, Self::Short]
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::ThreeHours => "three-hours",
            Self::OneHour => "one-hour",
            Self::ThreeMinutes => "three-minutes",
            Self::Short => "short",
        }
    }

    pub const fn duration_ms(self) -> u32 {
        1000 * match self {
            Self::ThreeHours => 3 * 3600,
            Self::OneHour => 3600,
            Self::ThreeMinutes => 180,
            Self::Short => 20,
        }
    }

    const fn words(self) -> u32 {
        match self {
            Self::ThreeHours => 30_000,
            Self::OneHour => 10_000,
            Self::ThreeMinutes => 500,
            Self::Short => 45,
        }
    }

    const fn flags(self) -> u32 {
        match self {
            Self::ThreeHours => 200,
            Self::OneHour => 60,
            Self::ThreeMinutes => 4,
            Self::Short => 1,
        }
    }
}

pub struct Story {
    pub transcript: Value,
    pub flags: Value,
    pub rule_results: Value,
}

/// `rules`: the ruleset under which it was judged. `number`: other calls of the kind have other words.
pub fn tell(kind: Kind, number: u32, rules: &Value) -> Story {
    let talk: Vec<&str> = TALK.split_whitespace().collect();
    let flagged: Vec<&str> = FLAGGED.split(' ').collect();
    let last: Vec<&str> = LAST_WORDS.split(' ').collect();
    let lines = kind.words() / LINE_WORDS;
    // A word takes three quarters of its share of the time; the rest is pauses between lines.
    let line_ms = kind.duration_ms() / lines;
    let step_ms = line_ms * 3 / 4 / LINE_WORDS;
    let mut random = 1 + number;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        random
    };
    let every = (lines / kind.flags()).max(1);
    let rule = |flag: u32| {
        let rules = rules.as_array().map(Vec::as_slice).unwrap_or_default();
        rules.get(flag as usize % rules.len().max(1)).cloned().unwrap_or_default()
    };
    let (mut segments, mut flags) = (Vec::new(), Vec::<Value>::new());
    for line in 0..lines {
        let mut said: Vec<&str> = (0..LINE_WORDS).map(|_| talk[next() as usize % talk.len()]).collect();
        let flag = line % every == every / 2 && flags.len() < kind.flags() as usize;
        let agent = line % 2 == 0 || flag;
        // Every eighth line begins late: a silence of more than two seconds where lines are long.
        let start_ms = line * line_ms + if line % 8 == 3 { line_ms / 5 } else { 0 };
        if flag {
            said[4..4 + flagged.len()].copy_from_slice(&flagged);
        }
        if line == lines - 2 {
            said[2..2 + last.len()].copy_from_slice(&last);
        }
        let speaker = if agent { "agent" } else { "caller" };
        let words: Vec<Value> = (0..)
            .zip(&said)
            .map(|(place, word)| {
                let at_ms = start_ms + place * step_ms;
                let probability = if next() % 25 == 0 { 0.3 } else { 0.95 };
                json!([word, at_ms, at_ms + step_ms * 9 / 10, probability])
            })
            .collect();
        if flag {
            let rule = rule(u32::try_from(flags.len()).unwrap_or(0));
            let (first, end) =
                (line * LINE_WORDS + 4, line * LINE_WORDS + 3 + u32::try_from(flagged.len()).unwrap_or(0));
            let start_ms = start_ms + 4 * step_ms;
            flags.push(json!({
                "id": format!("{}:{first}-{end}", rule["key"].as_str().unwrap_or_default()),
                "rule_key": rule["key"], "rule_title": rule["title"], "severity": rule["severity"],
                "speaker": speaker, "quote": FLAGGED, "start_ms": start_ms, "end_ms": start_ms + 7 * step_ms,
                "words": [first, end], "proof": "exact", "doubtful": false,
            }));
        }
        let mut segment = json!({
            "channel": u8::from(!agent), "speaker": speaker, "start_ms": start_ms,
            "end_ms": start_ms + LINE_WORDS * step_ms, "words": words,
        });
        if line % 40 == 7 {
            segment["doubts"] = json!(["low_probability"]);
        }
        segments.push(segment);
    }
    let mut peaks = || (0..PEAKS).map(|_| 40 + next() % 200).collect::<Vec<u32>>();
    let results = rules.as_array().into_iter().flatten().map(|rule| {
        let broken = flags.iter().any(|flag| flag["rule_key"] == rule["key"]);
        json!({ "rule_key": rule["key"], "rule_title": rule["title"], "outcome": if broken { "violation" } else { "pass" }, "reason": null })
    });
    Story {
        rule_results: results.collect(),
        transcript: json!({
            "model": "generated", "language": "en", "duration_ms": kind.duration_ms(), "segments": segments,
            "peaks": [peaks(), peaks()],
        }),
        flags: flags.into(),
    }
}
