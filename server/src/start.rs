//! Starts what the settings ask for, and ends it in good order.

mod ending;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use chrono::Utc;
use supabase_client::backtest::BacktestOrder;
use supabase_client::http::{LogLines, Supabase, SupabaseConfig};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, error, info, info_span, warn};
use url::Url;

use crate::commands::{audit_storage, calls, check, doctor, pause, reingest, rules_backtest, rules_check};
use crate::lanes::clock::SystemClock;
use crate::lanes::ingest::reader::Reader;
use crate::lanes::ingest::ringba::Ringba;
use crate::lanes::judge::model::{Model, ModelSettings};
use crate::lanes::judge::{self, Judge};
use crate::lanes::vault::Vault;
use crate::lanes::vault::fetch::{Fetcher, RingbaToken};
use crate::lanes::{Context, audit, claims, ingest, reconcile, retention, watchdog};
use crate::monitoring::{self, Readiness};
use crate::settings::{
    Audited, CallsCommand, LaneName, LaneSettings, Once, RulesCommand, Settings, WebSettings,
};
use crate::web;

use ending::Parts;

/// Runs until a signal comes. Fails when a part could not start, or ended although nobody asked.
pub async fn run(settings: Settings) -> ExitCode {
    let lines = match settings.log.start() {
        Ok(lines) => lines,
        Err(sentence) => {
            eprintln!("{sentence}");
            return ExitCode::from(2);
        }
    };
    let ending = match settings.once.clone() {
        Some(once) => Box::pin(do_once(once, settings)).await,
        None => parts(settings, lines).await.map(|()| ExitCode::SUCCESS),
    };
    match ending {
        Ok(code) => code,
        Err(failure) => {
            error!("{failure:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does one thing and ends. A signal ends it at once: nothing of it is lost.
async fn do_once(once: Once, settings: Settings) -> anyhow::Result<ExitCode> {
    let Settings { supabase_url, web, lanes: Some(lanes), collector, .. } = settings else {
        bail!("a command was started without its settings")
    };
    let context = lane_context(&lanes, supabase_url.clone(), CancellationToken::new())?;
    let form = |json: bool| if json { doctor::Form::Json } else { doctor::Form::Text };
    match once {
        Once::Doctor { json } => doctor::run(&context.api, form(json)).await,
        Once::Check { json } => {
            let web = web.context("a check was started without the settings of the review app")?;
            Box::pin(check::run(&context, &supabase_url, &web, &lanes, collector.as_ref(), form(json))).await
        }
        Once::Audit { what: Audited::Storage { deep } } => {
            let depth = if deep { audit::Depth::Hash } else { audit::Depth::Size };
            audit_storage::run(&context.api, depth).await
        }
        Once::Rules { what } => {
            let judge = judge_of(lanes.model.clone(), &context)?;
            match what {
                RulesCommand::Backtest { draft, vertical, from, to, calls, json } => {
                    let to = to.unwrap_or_else(Utc::now);
                    let order = BacktestOrder {
                        draft,
                        vertical,
                        from_time: from,
                        to_time: to,
                        most_calls: Some(calls),
                    };
                    rules_backtest::run(&context, &judge, &order, lanes.public_url.as_ref(), json).await
                }
                RulesCommand::Check { folder, vertical } => {
                    rules_check::run(&context.api, judge.model.as_deref(), &folder, &vertical).await
                }
            }
        }
        Once::Calls { what } => do_with_calls(&context, *what).await,
        Once::Pause { lane, operator, json } => {
            let operator = operator.name(&context.worker);
            pause::run(&context.api, lane, true, &operator, json).await
        }
        Once::Resume { lane, operator, json } => {
            let operator = operator.name(&context.worker);
            pause::run(&context.api, lane, false, &operator, json).await
        }
        Once::Reingest { from, to } => {
            let reader = reader(&lanes, &context)?.context("CALLSCRIPT_RINGBA_ACCOUNT is not set")?;
            reingest::run(&context, &reader, from, to).await
        }
    }
}

async fn do_with_calls(context: &Context, what: CallsCommand) -> anyhow::Result<ExitCode> {
    let Context { api, worker: host, .. } = context;
    match what {
        CallsCommand::Retry { chosen, how } => {
            calls::retry::run(api, chosen.selection(None), how, host).await
        }
        CallsCommand::Release { chosen, how } => {
            calls::release::run(api, chosen.selection(None), how, host).await
        }
        CallsCommand::Fail { chosen, state, reason, how } => {
            calls::fail::run(api, chosen.selection(state.map(Into::into)), &reason, how, host).await
        }
        CallsCommand::Show { chosen, state, most, json } => {
            let selection = chosen.selection(state.map(Into::into));
            calls::show::run(api, &selection, most as usize, json).await
        }
    }
}

fn lane_context(lanes: &LaneSettings, url: Url, stop: CancellationToken) -> anyhow::Result<Context> {
    let supabase = Supabase::new(SupabaseConfig { url, api_key: lanes.secret_key.clone() })?;
    Ok(Context {
        api: supabase.as_service(),
        clock: Arc::new(SystemClock),
        worker: lanes.worker.clone(),
        stop,
    })
}

/// Nothing here asks Supabase: the server starts while it is away.
async fn parts(settings: Settings, lines: LogLines) -> anyhow::Result<()> {
    let Settings { supabase_url, web, lanes, monitoring_listen, .. } = settings;
    let mut parts = Parts::default();
    let context = lanes.as_ref().map(|lanes| lane_context(lanes, supabase_url.clone(), parts.stop.clone()));
    let context = context
        .transpose()
        .context("CALLSCRIPT_SUPABASE_URL or CALLSCRIPT_SUPABASE_SECRET_KEY cannot be right")?;
    let people = web.as_ref().map(|web| {
        let api_key = web.publishable_key.clone();
        Supabase::new(SupabaseConfig { url: supabase_url, api_key })
    });
    let people = people
        .transpose()
        .context("CALLSCRIPT_SUPABASE_URL or CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY cannot be right")?;
    let service = context.as_ref().map(|context| context.api.clone());
    let Some(asking) = people.as_ref().map(Supabase::as_service).or_else(|| service.clone()) else {
        bail!("a server was started without anything to do")
    };
    // The review app alone has no key that may write there.
    let writer = context
        .as_ref()
        .map(|context| lines.write_to(context.api.clone(), context.worker.clone(), "watchdog"));
    let readiness = Readiness::new(asking, parts.stop.clone());
    if let Some(address) = monitoring_listen {
        let model = lanes.as_ref().and_then(|lanes| lanes.model.as_ref());
        let limits = model.map(|model| model.per_day).unwrap_or_default();
        monitoring::serve(address, Arc::clone(&readiness), service, limits).await?;
    }
    if let Some((web, supabase)) = web.zip(people) {
        serve_web(web, supabase, readiness, &mut parts).await?;
    }
    if let Some((lanes, context)) = lanes.zip(context) {
        start_lanes(lanes, &context, &mut parts.lanes)?;
    }
    let ending = parts.until_signal_or_end().await;
    if let Some(writer) = writer {
        writer.finish().await;
    }
    ending
}

async fn serve_web(
    settings: WebSettings,
    supabase: Supabase,
    readiness: Arc<Readiness>,
    parts: &mut Parts,
) -> anyhow::Result<()> {
    let WebSettings { supabase_public_url, listen, site_root, studio_url, secure_cookies, .. } = settings;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("CALLSCRIPT_SERVER_LISTEN: cannot listen on {listen}; is the port taken?")
    })?;
    let address = listener.local_addr()?;
    let router = web::router(web::WebConfig {
        supabase,
        supabase_public_url,
        site_root,
        studio_url,
        secure_cookies,
        listen: address,
        readiness,
    });
    info!("the review app is at http://{address}");
    parts.web.spawn(ending::serve_until_closed(listener, router, parts.close.clone()));
    Ok(())
}

fn start_lanes(
    settings: LaneSettings,
    context: &Context,
    parts: &mut JoinSet<anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let reader = reader(&settings, context)?;
    let LaneSettings {
        lanes,
        ringba,
        pace,
        destinations,
        downloads,
        fetch_limits,
        judge_calls,
        model,
        watchdog: watchdog_settings,
        ..
    } = settings;
    for lane in lanes {
        let context = context.clone();
        let span = info_span!("lane", lane = lane.as_str());
        match (lane, reader.clone()) {
            (LaneName::Ingest | LaneName::Reconcile, None) => {
                span.in_scope(|| warn!("the lane stays off: CALLSCRIPT_RINGBA_ACCOUNT is not set"));
                continue;
            }
            (LaneName::Ingest, Some(reader)) => {
                parts.spawn(
                    async move { ingest::run(context, reader, pace).await.context("the lane ingest ended") }
                        .instrument(span.clone()),
                );
            }
            (LaneName::Reconcile, Some(reader)) => {
                parts.spawn(
                    async move { reconcile::run(context, reader).await.context("the lane reconcile ended") }
                        .instrument(span.clone()),
                );
            }
            (LaneName::Vault, _) => {
                let token =
                    ringba.clone().map(|account| RingbaToken { token: account.token, api: account.url });
                let fetcher = Fetcher::new(destinations.clone(), token, fetch_limits)?;
                let vault = Vault { api: context.api.clone(), fetcher };
                parts.spawn(
                    async move {
                        tokio::join!(
                            claims::run(context.clone(), vault, downloads),
                            audit::run(context.clone()),
                            retention::run(context),
                        );
                        Ok(())
                    }
                    .instrument(span.clone()),
                );
            }
            (LaneName::Watchdog, _) => {
                let settings = watchdog_settings.clone();
                parts.spawn(
                    async move { watchdog::run(context, settings).await.context("the lane watchdog ended") }
                        .instrument(span.clone()),
                );
            }
            (LaneName::Judge, _) => {
                let judge = judge_of(model.clone(), &context)?;
                parts.spawn(
                    async move {
                        Box::pin(judge::run(context, judge, judge_calls)).await;
                        Ok(())
                    }
                    .instrument(span.clone()),
                );
            }
        }
        span.in_scope(|| info!("lane started"));
    }
    Ok(())
}

/// The judge with its language model, if one is configured.
fn judge_of(model: Option<ModelSettings>, context: &Context) -> anyhow::Result<Judge> {
    let model = model.map(|settings| Model::new(context.api.clone(), settings, Arc::clone(&context.clock)));
    let model = model.transpose().map_err(anyhow::Error::msg)?.map(Arc::new);
    Ok(Judge { api: context.api.clone(), model })
}

/// One for all lanes that ask Ringba, so that they keep one pace together.
fn reader(settings: &LaneSettings, context: &Context) -> anyhow::Result<Option<Reader>> {
    let Some(account) = settings.ringba.clone() else { return Ok(None) };
    let ringba = Ringba::new(account, settings.ringba_limits, Arc::clone(&context.clock));
    Ok(Some(Reader::new(context.clone(), Arc::new(ringba.map_err(anyhow::Error::msg)?))))
}
