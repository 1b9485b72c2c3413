//! An hour of talk on two channels, the same in every run.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use supabase_client::transcript::Speaker::{Agent, Caller};
use supabase_client::transcript::{Segment, Transcript, Word};

pub const WORDS: usize = 9_000;
const HOUR_MS: u32 = 3_600_000;

/// What the words in braces stand for.
const LISTS: [(&str, &str); 8] = [
    (
        "{thing}",
        "plan policy coverage insurance premium deductible copay network doctor hospital pharmacy prescription \
         medication subsidy application enrollment marketplace household income employer pension benefit card \
         letter appointment specialist surgery emergency dental vision hearing therapy diagnosis physician \
         provider referral authorization claim statement account payment discount savings bonus voucher rate \
         quote comparison summary document signature identity verification recording supervisor department \
         company agency license certificate program assistance government disability retirement veteran dependent \
         spouse daughter grandson neighbor apartment mortgage electricity internet computer telephone mailbox",
    ),
    (
        "{quality}",
        "free cheap affordable expensive comprehensive limited temporary permanent private public national local \
         guaranteed approved eligible available preferred different additional complete partial medical financial \
         monthly annual yearly immediate preventive generic chronic serious important wonderful terrible confusing \
         reasonable suitable particular individual special original current previous official necessary",
    ),
    (
        "{verb}",
        "cover include lower increase compare change cancel renew submit review update verify confirm explain \
         schedule transfer activate replace reduce qualify enroll recommend approve continue consider understand \
         remember receive deliver discuss calculate estimate mention guarantee promise deserve decline complete",
    ),
    (
        "{name}",
        "John Maria Robert Linda David Sarah Emily James Patricia Michael Jennifer William Elizabeth Barbara \
         Richard Susan Joseph Jessica Thomas Karen Charles Nancy Christopher Lisa Daniel Margaret Matthew Sandra",
    ),
    (
        "{place}",
        "Florida Texas Georgia Arizona Carolina Tennessee Alabama Ohio Michigan Virginia Miami Houston Atlanta \
         Phoenix Charlotte Nashville Birmingham Columbus Detroit Richmond Orlando Dallas Savannah Tucson Memphis",
    ),
    (
        "{drug}",
        "metformin lisinopril atorvastatin amlodipine omeprazole losartan albuterol gabapentin insulin warfarin \
         levothyroxine prednisone sertraline ibuprofen aspirin antibiotics vitamins",
    ),
    (
        "{number}",
        "two three four five six seven eight nine ten eleven twelve fifteen eighteen twenty thirty forty fifty \
         sixty seventy eighty ninety 25 40 75 120 350",
    ),
    ("{month}", "January February March April May June July August September October November December"),
];

const AGENT: [&str; 24] = [
    "Okay, so let me {verb} the {thing} for you, {name}, and we'll see what is {quality} in {place}.",
    "Now, this {thing} is {quality}, and you would pay {number} hundred and {number} dollars a month.",
    "I can't {verb} that {thing} until we have your {thing}, but you may qualify for a {quality} {thing}.",
    "You will pay {number} dollars for your {drug}, uh, if the {thing} is in the {thing}.",
    "Do you take any {quality} {thing}, for example {drug} or {drug}?",
    "The {quality} {thing} will {verb} your {thing} starting {month} first.",
    "I want to {verb} with you that your {thing} won't {verb} when the {thing} does.",
    "Would you like to {verb} the {thing} today, or would you like to {verb} the {quality} one?",
    "What is your {thing}, and who is the {thing} that you have right now?",
    "We are going to {verb} your {thing} and send you a {quality} {thing} in the mail.",
    "If you {verb} before {month} {number}, the {thing} and the {thing} are {quality}.",
    "That's right, {name}, and I'll {verb} it again: the {thing} isn't {quality}.",
    "Please don't worry about the {thing}, it's {quality} and it doesn't {verb} anything.",
    "There are {number} plans in {place}, and the {thing} of the {quality} one is {number} thousand dollars.",
    "I need to {verb} your {quality} {thing} with the {thing} in {place}.",
    "You can call the {thing} about your {thing} at any time and they will {verb} it.",
    "I am a licensed agent, I work with {number} companies, and I do not work for the government.",
    "Your {thing} depends on how many people live in your {thing} and on your {quality} income.",
    "Give me one moment while I {verb} the {thing}. Thank you for holding.",
    "So you have to {verb} the {thing} now, and the {quality} {thing} comes later.",
    "I found {number} {quality} plans that {verb} {drug} and the {thing} in {place}.",
    "You could save {number} dollars a month if we {verb} your {quality} {thing}.",
    "Is {name} on the {thing}, or does {name} have a {quality} {thing}?",
    "I promise we are almost done with the {thing}, it is only the {quality} {thing} that's left.",
];

const CALLER: [&str; 16] = [
    "Okay.",
    "Yes, that's {quality}.",
    "I see my {thing} in {place} every {month}, and he says I need {drug}.",
    "Well, um, I don't know if I can {verb} the {thing}.",
    "My {thing} was {number} dollars last year and it wasn't {quality}.",
    "No, I have {quality} {thing} from my {thing}.",
    "Is the {thing} {quality}, or do I have to {verb} it?",
    "Does it {verb} my {thing}?",
    "We make about {number} thousand dollars a year, {name} and I.",
    "I want to {verb} about it with my {thing} first.",
    "They told me the {thing} would be {quality}, and then they didn't {verb} it.",
    "How much is the {thing} with the {quality} {thing}?",
    "I already have {number} of those, uh, {quality} ones.",
    "I'm {number} years old and I take {drug}.",
    "Please don't call my {thing} about the {thing}.",
    "Right, right. Go ahead.",
];

/// The call; the agent opens it as the law wants and breaks a rule here and there.
pub fn transcript() -> Transcript {
    let mut random = StdRng::seed_from_u64(9);
    let mut said = vec![
        (
            true,
            "Hello, this call is being recorded for quality. My name is John with Family Care.".to_owned(),
        ),
        (false, "Hello, who is this?".to_owned()),
    ];
    let mut words = 0;
    while words < WORDS {
        let is_agent = random.random_bool(0.55);
        let sentence = match random.random_range(0..120) {
            0 => "I guarantee you will be approved, and this plan is completely free.".to_owned(),
            1 => "Please stop calling me.".to_owned(),
            2 => "I will call you back tomorrow.".to_owned(),
            _ if is_agent => filled(AGENT.choose(&mut random).expect("sentences"), &mut random),
            _ => filled(CALLER.choose(&mut random).expect("sentences"), &mut random),
        };
        words += sentence.split(' ').count();
        said.push((is_agent, sentence));
    }
    let pace_ms = (f64::from(HOUR_MS) / (words + said.len()) as f64) as u32;
    let mut at_ms = 0;
    let segments = said.into_iter().map(|(is_agent, sentence)| {
        let start_ms = at_ms;
        let word = |text: &str| {
            at_ms += pace_ms;
            Word { text: text.to_owned(), start_ms: at_ms - pace_ms, end_ms: at_ms - 20, probability: 0.9 }
        };
        let words: Vec<Word> = sentence.split(' ').map(word).collect();
        let end_ms = at_ms;
        // Now and then somebody thinks for a while.
        at_ms += if random.random_bool(0.2) { 3 * pace_ms } else { pace_ms / 2 };
        let (channel, speaker) = if is_agent { (0, Agent) } else { (1, Caller) };
        Segment { channel, speaker, start_ms, end_ms, words, doubts: Vec::new() }
    });
    Transcript {
        model: "benchmark".to_owned(),
        language: "en".to_owned(),
        segments: segments.collect(),
        duration_ms: HOUR_MS,
        peaks: Vec::new(),
        unheard: Vec::new(),
    }
}

/// A text with words in place of its braces.
pub fn filled(text: &str, random: &mut StdRng) -> String {
    let mut text = text.to_owned();
    for (slot, list) in LISTS {
        let list: Vec<&str> = list.split_whitespace().collect();
        while text.contains(slot) {
            text = text.replacen(slot, list.choose(random).expect("words"), 1);
        }
    }
    text
}
