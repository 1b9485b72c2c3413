//! `gpu-worker run`: the lane.

use std::time::Duration;

use anyhow::Context;
use backon::{ExponentialBuilder, Retryable};
use supabase_client::http::{Api, AutoSession, LogLines};
use supabase_client::lane::Lane as LaneName;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, info, info_span, warn};

use crate::engine::slots::EngineHandle;
use crate::engine::whisper::{Whisper, WhisperSettings};
use crate::engine::{Engine, EngineError};
use crate::lane::{self, Lane};
use crate::monitoring::Monitoring;
use crate::settings::{EngineSettings, RunSettings};

/// Pauses between tries to sign in while Supabase is away.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

pub async fn run(settings: RunSettings, lines: LogLines) -> anyhow::Result<()> {
    with_engine(settings, lines, Whisper::load).await
}

/// The lane with what `load` loads, one part a slot.
pub async fn with_engine<E: Engine + Send + 'static>(
    settings: RunSettings,
    lines: LogLines,
    load: impl FnOnce(&WhisperSettings) -> Result<Vec<E>, EngineError> + Send + 'static,
) -> anyhow::Result<()> {
    let span = info_span!("lane", lane = LaneName::Worker.as_str());
    lane_with(settings, lines, load).instrument(span).await
}

async fn lane_with<E: Engine + Send + 'static>(
    settings: RunSettings,
    lines: LogLines,
    load: impl FnOnce(&WhisperSettings) -> Result<Vec<E>, EngineError> + Send + 'static,
) -> anyhow::Result<()> {
    let RunSettings { supabase, worker_id, email, password, engine, poll_interval, grace, listen } = settings;
    let EngineSettings { whisper, agent_channel } = engine;
    let ending = ending()?;
    let monitoring = Monitoring::start(listen, ending.clone()).await?;
    let model = whisper.model_name();
    info!(model = model.file_name, slots = whisper.slots, threads = whisper.threads, "loading the model");
    let engine = tokio::select! {
        engine = EngineHandle::start(move || load(&whisper)) => engine?,
        () = ending.cancelled() => return Ok(()),
    };
    monitoring.watch(engine.busy());

    let sign_in = || AutoSession::sign_in(&supabase, email.clone(), password.clone());
    let pauses = ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_jitter()
        .without_max_times();
    let signed_in = sign_in
        .retry(pauses)
        .when(supabase_client::http::Error::is_transient)
        .notify(|error, pause| warn!(%error, ?pause, "cannot sign in yet"));
    let session = tokio::select! {
        session = signed_in => session.map_err(|error| anyhow::anyhow!(error.sentence())),
        () = ending.cancelled() => return Ok(()),
    };
    let session = session.context("The worker cannot sign in with CALLSCRIPT_WORKER_EMAIL")?;
    let api: Api = supabase.with_session(session);

    info!(worker = worker_id, "claiming calls");
    monitoring.is_ready();
    // What was logged before the signing in comes along.
    let writer = lines.write_to(api.clone(), worker_id.clone(), LaneName::Worker.as_str());
    let lane = Lane { api, engine, model, worker_id, agent: agent_channel, poll_interval, grace };
    let outcome = lane::run(lane, ending).await;
    writer.finish().await;
    outcome
}

/// Cancelled by SIGTERM and Ctrl-C.
fn ending() -> anyhow::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate()).context("Signals cannot be received")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("Signals cannot be received")?;
    let ending = CancellationToken::new();
    let token = ending.clone();
    let watching = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("told to end");
        token.cancel();
    };
    tokio::spawn(watching.in_current_span());
    Ok(ending)
}
