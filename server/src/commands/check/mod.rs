//! `callscript-server check`: tries every credential and every address that the settings name.
//!
//! Each finding is one line: fine, switched off, or what is wrong and what to do about it. Nothing is changed, but
//! for one small object that is stored and deleted again, and a question to the language model that costs a few tokens.

mod browser_files;
mod collector;
mod model;
mod ringba;
mod storage;
mod supabase;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;
use serde_json::json;
use supabase_client::http::traces::TraceSettings;
use supabase_client::http::{Supabase, SupabaseConfig};
use tokio::time::timeout;
use url::Url;

use super::doctor::Form;
use crate::lanes::Context;
use crate::settings::{LaneSettings, WebSettings};

/// Longer than any answer of somebody who is well.
const LIMIT: Duration = Duration::from_secs(30);

/// What became of one try.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Finding {
    what: &'static str,
    /// The setting that is tried; the first of several.
    variable: &'static str,
    state: State,
    sentence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Fine,
    /// Not set, and nothing has to be.
    Off,
    Wrong,
}

/// What a try answers: a sentence about what is fine, or about what is wrong and what to do.
type Tried = Result<String, String>;

/// Prints every finding. Fails when something is wrong.
pub async fn run(
    context: &Context,
    supabase_url: &Url,
    web: &WebSettings,
    lanes: &LaneSettings,
    collector: Option<&TraceSettings>,
    form: Form,
) -> anyhow::Result<ExitCode> {
    let people = |url: &Url| {
        let api_key = web.publishable_key.clone();
        Supabase::new(SupabaseConfig { url: url.clone(), api_key })
            .context("CALLSCRIPT_SUPABASE_URL or CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY cannot be right")
    };
    let (stranger, browser) =
        (people(supabase_url)?.as_service(), people(&web.supabase_public_url)?.as_service());
    let service = &context.api;
    let (stranger, secret, roles, storage, browser, ringba, model, spans) = tokio::join!(
        tried(
            "publishable key",
            "CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY",
            supabase::publishable_key(&stranger, supabase_url)
        ),
        tried("secret key", "CALLSCRIPT_SUPABASE_SECRET_KEY", supabase::secret_key(service, supabase_url)),
        tried("people and roles", "CALLSCRIPT_SUPABASE_SECRET_KEY", supabase::roles(service, supabase_url)),
        tried(
            "recordings in Storage",
            "CALLSCRIPT_SUPABASE_SECRET_KEY",
            storage::recordings(service, supabase_url)
        ),
        tried(
            "Supabase for browsers",
            "CALLSCRIPT_SUPABASE_PUBLIC_URL",
            supabase::publishable_key(&browser, &web.supabase_public_url)
        ),
        async {
            match lanes.ringba.clone() {
                None => {
                    off("Ringba", "CALLSCRIPT_RINGBA_ACCOUNT", "no calls are read, and no books compared")
                }
                Some(account) => {
                    let trying = ringba::account(account, lanes.ringba_limits, context.clock.clone());
                    tried("Ringba", "CALLSCRIPT_RINGBA_TOKEN", trying).await
                }
            }
        },
        async {
            match lanes.model.clone() {
                None => {
                    off("language model", "CALLSCRIPT_JUDGE_URL", "rules of the kind judged stay undecided")
                }
                Some(model) => {
                    let trying = model::endpoint(model.endpoint, context.clock.clone());
                    tried("language model", "CALLSCRIPT_JUDGE_URL", trying).await
                }
            }
        },
        async {
            let (what, variable) = ("collector of spans", "CALLSCRIPT_SERVER_OTLP_URL");
            match collector {
                None => off(what, variable, "no spans are exported"),
                Some(collector) => tried(what, variable, collector::endpoint(collector)).await,
            }
        },
    );
    let files =
        finding("browser files", "CALLSCRIPT_SERVER_SITE_ROOT", browser_files::are_there(&web.site_root));
    let mut findings = vec![stranger, secret, roles, storage];
    if web.supabase_public_url != *supabase_url {
        findings.push(browser);
    }
    findings.extend([ringba, model, spans, files]);
    let fine = findings.iter().all(|finding| finding.state != State::Wrong);
    match form {
        Form::Json => println!("{:#}", json!({ "fine": fine, "findings": findings })),
        Form::Text => findings.iter().for_each(|finding| println!("{}", line(finding))),
    }
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn tried(what: &'static str, variable: &'static str, trying: impl Future<Output = Tried>) -> Finding {
    let tried = timeout(LIMIT, trying).await;
    let too_late = || Err(format!("no answer within {} s. Does this machine reach it?", LIMIT.as_secs()));
    finding(what, variable, tried.unwrap_or_else(|_| too_late()))
}

fn finding(what: &'static str, variable: &'static str, tried: Tried) -> Finding {
    let (state, sentence) = match tried {
        Ok(sentence) => (State::Fine, sentence),
        Err(sentence) => (State::Wrong, sentence),
    };
    Finding { what, variable, state, sentence }
}

fn off(what: &'static str, variable: &'static str, without: &str) -> Finding {
    Finding { what, variable, state: State::Off, sentence: format!("not set; {without}") }
}

fn line(finding: &Finding) -> String {
    let Finding { what, variable, state, sentence } = finding;
    match state {
        State::Fine => format!("fine   {what}: {sentence}"),
        State::Off => format!("off    {what} ({variable}): {sentence}"),
        State::Wrong => format!("WRONG  {what} ({variable}): {sentence}"),
    }
}

/// An address as it can be shown: without a password, and without what stands behind the path.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_that_names_the_setting() {
        let wrong = finding("secret key", "CALLSCRIPT_SUPABASE_SECRET_KEY", Err("it is refused.".to_owned()));
        assert_eq!(line(&wrong), "WRONG  secret key (CALLSCRIPT_SUPABASE_SECRET_KEY): it is refused.");
        let fine =
            finding("secret key", "CALLSCRIPT_SUPABASE_SECRET_KEY", Ok("the lanes may work".to_owned()));
        assert_eq!(line(&fine), "fine   secret key: the lanes may work");
    }

    #[test]
    fn an_address_is_shown_without_secrets() {
        let url = "https://somebody:secret@host.example/v1?key=secret#secret".parse().unwrap();
        assert_eq!(shown(&url), "https://host.example/v1");
    }
}
