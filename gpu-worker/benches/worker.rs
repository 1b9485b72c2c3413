//! `make bench NAME=worker`: how much of its time the engine works, what the worker gains over one thing
//! after the other, and its memory. Ratios within one run; the engine only waits, as a GPU looks to the
//! processors, except where it says whisper.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use figures::Figure;
use gpu_worker::audio::channels::AgentChannel;
use gpu_worker::audio::resample::Converter;
use gpu_worker::audio::{self, Recording, SAMPLE_RATE, review_copy};
use gpu_worker::engine::slots::EngineHandle;
use gpu_worker::engine::stop::Stop;
use gpu_worker::engine::whisper::{Whisper, WhisperSettings};
use gpu_worker::engine::{Care, Engine, EngineError, HeardSegment};
use gpu_worker::lane::{self, Lane};
use gpu_worker::transcript::{ModelName, transcribe};
use supabase_client::lane::Lane as LaneName;
use supabase_client::review_copy::{ReviewCopy, review_copy_path};
use supabase_client::transcript::Transcript;
use supabase_local::Stack;
use support::{Calls, repository};
use tokio_util::sync::CancellationToken;

const CALLS: usize = 20;

/// Times real time, as a large model runs on one GPU.
const GPU_SPEED: f64 = 40.0;

/// Waits as long as a GPU would be at it.
struct Waiting {
    speed: f64,
}

impl Engine for Waiting {
    fn hear(&mut self, sound: &[f32], _: Care, _: &Stop) -> Result<Vec<HeardSegment>, EngineError> {
        let seconds = sound.len() as f64 / f64::from(SAMPLE_RATE);
        std::thread::sleep(Duration::from_secs_f64(seconds / self.speed));
        Ok(Vec::new())
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    if let [_, command, file, ..] = &arguments[..]
        && command == "memory"
    {
        return runtime.block_on(hear_one(Path::new(file)));
    }
    runtime.block_on(async {
        let stack = Stack::for_test(repository("supabase")).await.expect("the stack starts");
        rates(&stack).await;
    });
    shares(&runtime);
    memory();
}

fn model() -> ModelName {
    ModelName { file_name: "waiting".into(), language: "en".into() }
}

async fn waiting_engine(speed: f64) -> EngineHandle {
    EngineHandle::start(move || Ok(vec![Waiting { speed }])).await.expect("it waits")
}

async fn hear(recording: Arc<Recording>, engine: &EngineHandle) -> Transcript {
    let heard = transcribe(recording, engine, &model(), &Arc::default(), &|_| (), || ()).await;
    heard.expect("heard").transcript
}

/// The worker, its engine alone, and one thing after the other, over the same calls.
async fn rates(stack: &Stack) {
    let engine = waiting_engine(GPU_SPEED).await;
    let recordings: Vec<Arc<Recording>> = demo_recordings();
    let began = Instant::now();
    for number in 0..CALLS {
        let recording = Arc::clone(&recordings[number % recordings.len()]);
        hear(recording, &engine).await;
    }
    let alone = began.elapsed().as_secs_f64();
    drop(recordings);

    let calls = Calls::new(stack, CALLS).await;
    let ending = CancellationToken::new();
    let worker = Lane {
        api: calls.as_worker().await,
        engine: engine.clone(),
        model: model(),
        worker_id: "benchmark".to_owned(),
        agent: AgentChannel(0),
        poll_interval: Duration::from_millis(100),
        grace: Duration::from_secs(60),
    };
    let began = Instant::now();
    let running = tokio::spawn(lane::run(worker, ending.clone()));
    calls.until_transcribed().await;
    let whole = began.elapsed().as_secs_f64();
    ending.cancel();
    running.await.expect("no panic").expect("it ends in order");

    let calls = Calls::new(stack, CALLS).await;
    let began = Instant::now();
    one_after_the_other(&calls, &engine).await;
    let sequential = began.elapsed().as_secs_f64();
    calls.until_transcribed().await;

    println!(
        "{CALLS} calls: engine alone {alone:.2} s, worker {whole:.2} s, one after the other {sequential:.2} s"
    );
    Figure::at_least("worker_vs_engine", alone / whole, 0.97).print();
    Figure::at_least("worker_vs_sequential", sequential / whole, 1.0).print();
}

/// Claims, fetches, decodes, hears, copies and stores one call, then the next.
async fn one_after_the_other(calls: &Calls<'_>, engine: &EngineHandle) {
    let api = calls.as_worker().await;
    for _ in 0..CALLS {
        let call = api.claim(LaneName::Worker, "sequential", 1).await.expect("an answer").remove(0);
        let path = call.storage_path.expect("it is downloaded");
        let file = support::fetch(&api, &path).await;
        let recording = audio::decode(file, AgentChannel(0), &|| false).expect("a recording");
        let recording = Arc::new(recording);
        let transcript = hear(Arc::clone(&recording), engine).await;
        let copy = review_copy::encode(&recording, &|| false).expect("encoded");
        let copied = ReviewCopy {
            path: review_copy_path(&path),
            bytes: i64::try_from(copy.bytes).expect("small"),
            sha256: copy.sha256,
            content_type: review_copy::CONTENT_TYPE.to_owned(),
        };
        api.storage().upload_file(&copied.path, &copied.content_type, copy.file).await.expect("uploaded");
        api.complete_transcription(call.lease_token, &transcript, Some(&copied)).await.expect("stored");
    }
}

fn demo_recordings() -> Vec<Arc<Recording>> {
    let decode = |path: PathBuf| {
        let file = std::fs::File::open(path).expect("readable");
        Arc::new(audio::decode(file, AgentChannel(0), &|| false).expect("a recording"))
    };
    support::demo_calls().into_iter().map(decode).collect()
}

/// Where the processors' time goes when whisper runs on them, over the demo calls, one thing at a time.
fn shares(runtime: &tokio::runtime::Runtime) {
    let settings = WhisperSettings {
        model: repository("gpu-worker/model/ggml-micro-call-en.bin"),
        language: "en".to_owned(),
        slots: 1,
        threads: 1,
    };
    let engine =
        runtime.block_on(EngineHandle::start(move || Whisper::load(&settings))).expect("the demo model");
    let seconds = |work: &mut dyn FnMut()| {
        let began = Instant::now();
        work();
        began.elapsed().as_secs_f64()
    };
    let mut recordings = Vec::new();
    let decode = seconds(&mut || recordings = demo_recordings());
    let resample = seconds(&mut || {
        for recording in &recordings {
            // The demo calls have 8 or 16 kHz; this is as if all had 8.
            let half = recording.duration_ms as usize * 8;
            let mut converter = Converter::new(8_000, 2).expect("a usual rate");
            for _ in 0..half / 1_000 {
                converter.push(vec![vec![0.1; 1_000]; 2]).expect("converts");
            }
        }
    });
    let encode = seconds(&mut || {
        for recording in &recordings {
            review_copy::encode(recording, &|| false).expect("encoded");
        }
    });
    let inference = seconds(&mut || {
        for recording in &recordings {
            runtime.block_on(hear(Arc::clone(recording), &engine));
        }
    });
    let sound: f64 = recordings.iter().map(|recording| f64::from(recording.duration_ms) / 1000.0).sum();
    let all = decode + encode + inference;
    println!("{sound:.0} s of calls with whisper on one core: {:.1} times real time", sound / all);
    Figure::report("worker_share_decode", (decode - resample).max(0.0) / all).print();
    Figure::report("worker_share_resample", resample / all).print();
    Figure::report("worker_share_inference", inference / all).print();
    Figure::report("worker_share_encode", encode / all).print();
}

/// Peak memory for three hours and for three minutes, in processes of their own.
fn memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let peak = |name: &str, seconds: usize| -> f64 {
        let file = folder.path().join(name);
        support::write_wav(&file, &demo_recordings()[0], seconds);
        let itself = std::env::current_exe().expect("this program");
        let output = Command::new(itself).arg("memory").arg(&file).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().parse().expect("mebibytes")
    };
    let short = peak("3-minutes.wav", 180);
    let long = peak("3-hours.wav", 3 * 3_600);
    println!("peak memory: {short:.1} MiB for 3 minutes, {long:.1} MiB for 3 hours");
    Figure::at_most("worker_memory_3h_vs_3min", long / short, 1.5).print();
}

/// What the lane does with a recording, then how much memory that took.
async fn hear_one(file: &Path) {
    let file = std::fs::File::open(file).expect("readable");
    let decode = move || audio::decode(file, AgentChannel(0), &|| false).expect("a recording");
    let recording = Arc::new(tokio::task::spawn_blocking(decode).await.expect("decoded"));
    let engine = waiting_engine(100_000.0).await;
    let copied = Arc::clone(&recording);
    let copying =
        tokio::task::spawn_blocking(move || review_copy::encode(&copied, &|| false).expect("encoded"));
    hear(recording, &engine).await;
    copying.await.expect("copied");
    println!("{}", support::peak_memory_mib());
}
