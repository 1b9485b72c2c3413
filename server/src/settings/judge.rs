//! Settings of the judge.

use std::time::Duration;

use clap::{ArgAction, Args};
use rust_decimal::Decimal;
use secrecy::SecretString;
use supabase_client::http::settings::refuse_half_set;
use supabase_client::model_use::ModelLimits;
use url::Url;

use super::Environment;
use crate::lanes::judge::model::endpoint::EndpointSettings;
use crate::lanes::judge::model::tokens::Vocabulary;
use crate::lanes::judge::model::{ModelSettings, Prices, RequestLimits};

/// A smaller request has no room for the prompt, a rule and a few lines.
const SMALLEST_REQUEST_TOKENS: u32 = 2_000;

#[derive(Debug, Args)]
#[expect(clippy::struct_field_names, reason = "they are the names of the flags")]
pub struct JudgeFlags {
    /// How many calls are judged at a time.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_JUDGE_CALLS",
        default_value = "8",
        value_parser = clap::value_parser!(u16).range(1..=256)
    )]
    pub judge_calls: u16,

    /// Address of an OpenAI-compatible endpoint, above /chat/completions. Without it, rules of the kind
    /// judged stay undecided.
    #[arg(long, global = true, env = "CALLSCRIPT_JUDGE_URL")]
    judge_url: Option<Url>,
    /// Its key, if it wants one.
    #[arg(long, global = true, env = "CALLSCRIPT_JUDGE_KEY", hide_env_values = true)]
    judge_key: Option<SecretString>,
    /// The model to ask for.
    #[arg(long, global = true, env = "CALLSCRIPT_JUDGE_MODEL")]
    judge_model: Option<String>,
    /// How the model's tokens are counted.
    #[arg(long, global = true, env = "CALLSCRIPT_JUDGE_TOKENIZER", value_enum, default_value = "by-model")]
    judge_tokenizer: Vocabulary,
    /// How many tokens a request and its answer may have together.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_JUDGE_REQUEST_TOKENS",
        default_value = "4000",
        value_parser = clap::value_parser!(u32).range(i64::from(SMALLEST_REQUEST_TOKENS)..=1_000_000)
    )]
    judge_request_tokens: u32,
    /// How many of them are left to the answer.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_JUDGE_ANSWER_TOKENS",
        default_value = "800",
        value_parser = clap::value_parser!(u32).range(200..=32_000)
    )]
    judge_answer_tokens: u32,
    /// Requests to the endpoint at a time, of all calls together.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_JUDGE_REQUESTS",
        default_value = "16",
        value_parser = clap::value_parser!(u16).range(1..=256)
    )]
    judge_requests: u16,
    /// How long one request may take.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_JUDGE_TIMEOUT_SECONDS",
        default_value = "60",
        value_parser = clap::value_parser!(u64).range(1..=120)
    )]
    judge_timeout_seconds: u64,
    /// US dollars for a million tokens sent.
    #[arg(long, global = true, env = "CALLSCRIPT_JUDGE_USD_PER_MILLION_TOKENS_IN", default_value = "0")]
    judge_usd_per_million_tokens_in: Decimal,
    /// US dollars for a million tokens received.
    #[arg(long, global = true, env = "CALLSCRIPT_JUDGE_USD_PER_MILLION_TOKENS_OUT", default_value = "0")]
    judge_usd_per_million_tokens_out: Decimal,
    /// Tokens a day (UTC) after which only phrase rules go on. No limit without it.
    #[arg(long, global = true, env = "CALLSCRIPT_JUDGE_TOKENS_PER_DAY")]
    judge_tokens_per_day: Option<u32>,
    /// US dollars a day after which only phrase rules go on. No limit without it.
    #[arg(long, global = true, env = "CALLSCRIPT_JUDGE_USD_PER_DAY")]
    judge_usd_per_day: Option<Decimal>,
    /// Whether numbers that could be a card's, a social security or a bank account's are masked before a
    /// transcript is sent to the endpoint.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_JUDGE_MASK_NUMBERS",
        default_value = "true",
        action = ArgAction::Set
    )]
    judge_mask_numbers: bool,
    /// Allows an endpoint without encryption (http) on another machine.
    #[arg(
        long,
        global = true,
        env = "CALLSCRIPT_JUDGE_PLAIN_HTTP",
        default_value = "false",
        action = ArgAction::Set
    )]
    judge_plain_http: bool,
}

impl JudgeFlags {
    /// The language model, if one is configured.
    pub fn model(self, environment: Environment) -> Result<Option<ModelSettings>, String> {
        refuse_half_set(&[
            ("CALLSCRIPT_JUDGE_URL", self.judge_url.is_some()),
            ("CALLSCRIPT_JUDGE_MODEL", self.judge_model.is_some()),
        ])?;
        let Some((url, model)) = self.judge_url.zip(self.judge_model) else {
            return match self.judge_key {
                Some(_) => Err("CALLSCRIPT_JUDGE_KEY is set, but CALLSCRIPT_JUDGE_URL is not.".to_owned()),
                None => Ok(None),
            };
        };
        if self.judge_answer_tokens > self.judge_request_tokens / 4 {
            return Err("CALLSCRIPT_JUDGE_ANSWER_TOKENS must be at most a quarter of \
                        CALLSCRIPT_JUDGE_REQUEST_TOKENS."
                .to_owned());
        }
        if self.judge_tokens_per_day.is_some_and(|tokens| tokens < self.judge_request_tokens) {
            return Err("CALLSCRIPT_JUDGE_TOKENS_PER_DAY is less than one request may take \
                        (CALLSCRIPT_JUDGE_REQUEST_TOKENS)."
                .to_owned());
        }
        let prices = Prices {
            usd_per_million_tokens_in: self.judge_usd_per_million_tokens_in,
            usd_per_million_tokens_out: self.judge_usd_per_million_tokens_out,
        };
        if prices.usd_per_million_tokens_in.is_sign_negative()
            || prices.usd_per_million_tokens_out.is_sign_negative()
        {
            return Err(
                "A price of CALLSCRIPT_JUDGE_USD_PER_MILLION_TOKENS_IN or _OUT is negative.".to_owned()
            );
        }
        let is_free =
            prices.usd_per_million_tokens_in.is_zero() && prices.usd_per_million_tokens_out.is_zero();
        if self.judge_usd_per_day.is_some() && is_free {
            return Err("CALLSCRIPT_JUDGE_USD_PER_DAY limits nothing while the prices \
                        (CALLSCRIPT_JUDGE_USD_PER_MILLION_TOKENS_IN and _OUT) are 0."
                .to_owned());
        }
        refuse_open_line(&url, self.judge_plain_http || environment == Environment::Local)?;
        Ok(Some(ModelSettings {
            endpoint: EndpointSettings {
                url,
                key: self.judge_key,
                model,
                timeout: Duration::from_secs(self.judge_timeout_seconds),
            },
            vocabulary: self.judge_tokenizer,
            limits: RequestLimits {
                request_tokens: self.judge_request_tokens as usize,
                answer_tokens: self.judge_answer_tokens as usize,
            },
            requests: usize::from(self.judge_requests),
            prices,
            per_day: ModelLimits {
                tokens_per_day: self.judge_tokens_per_day.map(i64::from),
                usd_per_day: self.judge_usd_per_day,
            },
            mask: self.judge_mask_numbers,
        }))
    }
}

/// Transcripts travel to the endpoint, and its key.
fn refuse_open_line(url: &Url, plain_http: bool) -> Result<(), String> {
    let is_this_machine = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_this_machine || plain_http => Ok(()),
        "http" => Err(
            "CALLSCRIPT_JUDGE_URL must begin with https://: transcripts travel to it. For an endpoint in \
                       your own network set CALLSCRIPT_JUDGE_PLAIN_HTTP=true."
                .to_owned(),
        ),
        _ => Err("CALLSCRIPT_JUDGE_URL must begin with https://.".to_owned()),
    }
}
