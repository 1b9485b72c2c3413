//! Starts what the settings ask for, and ends it in good order.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use chrono::Utc;
use supabase_client::backtest::BacktestOrder;
use supabase_client::http::{Supabase, SupabaseConfig};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use tracing_subscriber::EnvFilter;
use url::Url;

use crate::commands::{audit_storage, doctor, reingest, rules_backtest, rules_check};
use crate::lanes::clock::SystemClock;
use crate::lanes::ingest::reader::Reader;
use crate::lanes::ingest::ringba::Ringba;
use crate::lanes::judge::model::{Model, ModelSettings};
use crate::lanes::judge::{self, Judge};
use crate::lanes::vault::Vault;
use crate::lanes::vault::fetch::{Fetcher, RingbaToken};
use crate::lanes::{Context, audit, claims, ingest, reconcile};
use crate::settings::{
    Audited, LaneName, LaneSettings, LogFormat, Once, RulesCommand, Settings, WebSettings,
};
use crate::web;

/// Runs until a signal comes. Fails when a part could not start, or ended although nobody asked.
pub async fn run(settings: Settings) -> ExitCode {
    if let Err(sentence) = start_log(&settings) {
        eprintln!("{sentence}");
        return ExitCode::from(2);
    }
    let ending = match settings.once.clone() {
        Some(once) => do_once(once, settings).await,
        None => parts(settings).await.map(|()| ExitCode::SUCCESS),
    };
    match ending {
        Ok(code) => code,
        Err(failure) => {
            error!("{failure:#}");
            ExitCode::FAILURE
        }
    }
}

fn start_log(settings: &Settings) -> Result<(), String> {
    let filter = EnvFilter::try_new(&settings.log)
        .map_err(|_| "CALLSCRIPT_SERVER_LOG is no log filter: write for example info.".to_owned())?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// Does one thing and ends. A signal ends it at once: nothing of it is lost.
async fn do_once(once: Once, settings: Settings) -> anyhow::Result<ExitCode> {
    let Settings { supabase_url, lanes: Some(lanes), .. } = settings else {
        bail!("a command was started without its settings")
    };
    let context = lane_context(&lanes, supabase_url, CancellationToken::new())?;
    match once {
        Once::Doctor { json } => {
            let form = if json { doctor::Form::Json } else { doctor::Form::Text };
            doctor::run(&context.api, form).await
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
        Once::Reingest { from, to } => {
            let reader = reader(&lanes, &context)?.context("CALLSCRIPT_RINGBA_ACCOUNT is not set")?;
            reingest::run(&context, &reader, from, to).await
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

async fn parts(settings: Settings) -> anyhow::Result<()> {
    let Settings { supabase_url, web, lanes, .. } = settings;
    let stop = CancellationToken::new();
    let mut parts = JoinSet::new();
    if let Some(web) = web {
        let api_key = web.publishable_key.clone();
        let supabase = Supabase::new(SupabaseConfig { url: supabase_url.clone(), api_key })
            .context("CALLSCRIPT_SUPABASE_URL or CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY cannot be right")?;
        serve_web(web, supabase, &stop, &mut parts).await?;
    }
    if let Some(lanes) = lanes {
        let api_key = lanes.secret_key.clone();
        let supabase = Supabase::new(SupabaseConfig { url: supabase_url, api_key })
            .context("CALLSCRIPT_SUPABASE_URL or CALLSCRIPT_SUPABASE_SECRET_KEY cannot be right")?;
        let context = Context {
            api: supabase.as_service(),
            clock: Arc::new(SystemClock),
            worker: lanes.worker.clone(),
            stop: stop.clone(),
        };
        start_lanes(lanes, &context, &mut parts)?;
    }
    until_signal_or_end(&stop, parts).await
}

/// Lets the parts run until a signal comes or the last one has ended by itself; then asks the rest
/// to stop and waits for them.
async fn until_signal_or_end(
    stop: &CancellationToken,
    mut parts: JoinSet<anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut failures = 0;
    loop {
        let ended = tokio::select! {
            ended = parts.join_next() => ended,
            _ = terminate.recv(), if !stop.is_cancelled() => { stop.cancel(); continue }
            _ = interrupt.recv(), if !stop.is_cancelled() => { stop.cancel(); continue }
        };
        match ended {
            None if failures > 0 => bail!("{failures} parts ended although nobody asked them to"),
            None => return Ok(()),
            Some(Ok(Ok(()))) => {}
            // One part down is no reason to stop the others.
            Some(Ok(Err(failure))) => {
                failures += 1;
                error!("{failure:#}");
            }
            Some(Err(panic)) => {
                failures += 1;
                error!("a part broke down: {panic}");
            }
        }
    }
}

async fn serve_web(
    settings: WebSettings,
    supabase: Supabase,
    stop: &CancellationToken,
    parts: &mut JoinSet<anyhow::Result<()>>,
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
    });
    info!("the review app is at http://{address}");
    let stopped = stop.clone().cancelled_owned();
    parts.spawn(async move {
        axum::serve(listener, router).with_graceful_shutdown(stopped).await.context("the review app ended")
    });
    Ok(())
}

fn start_lanes(
    settings: LaneSettings,
    context: &Context,
    parts: &mut JoinSet<anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let reader = reader(&settings, context)?;
    let LaneSettings {
        lanes, ringba, pace, destinations, downloads, fetch_limits, judge_calls, model, ..
    } = settings;
    for lane in lanes {
        let context = context.clone();
        match (lane, reader.clone()) {
            (LaneName::Ingest | LaneName::Reconcile, None) => {
                warn!(?lane, "the lane stays off: CALLSCRIPT_RINGBA_ACCOUNT is not set");
                continue;
            }
            (LaneName::Ingest, Some(reader)) => {
                parts.spawn(async move {
                    ingest::run(context, reader, pace).await.context("the lane ingest ended")
                });
            }
            (LaneName::Reconcile, Some(reader)) => {
                parts.spawn(async move {
                    reconcile::run(context, reader).await.context("the lane reconcile ended")
                });
            }
            (LaneName::Vault, _) => {
                let token =
                    ringba.clone().map(|account| RingbaToken { token: account.token, api: account.url });
                let fetcher = Fetcher::new(destinations.clone(), token, fetch_limits)?;
                let vault = Vault { api: context.api.clone(), fetcher };
                parts.spawn(async move {
                    tokio::join!(claims::run(context.clone(), vault, downloads), audit::run(context));
                    Ok(())
                });
            }
            (LaneName::Judge, _) => {
                let judge = judge_of(model.clone(), &context)?;
                parts.spawn(async move {
                    Box::pin(judge::run(context, judge, judge_calls)).await;
                    Ok(())
                });
            }
        }
        info!(?lane, "lane started");
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
