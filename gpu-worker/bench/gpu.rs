//! `gpu-worker/bench/gpu.sh`: how many seconds of sound a GPU hears in a second, by slots.

mod busy;
mod model;
mod slots;

use std::io::{BufWriter, Write as _};
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use busy::{Busy, Watch};
use clap::{Parser, ValueEnum};
use figures::Figure;
use model::Shape;
use slots::Work;
use whisper_rs::{WhisperContext, WhisperContextParameters};

/// large-v3-turbo: 1.6 GB.
const TURBO: Shape = Shape { state: 1280, heads: 20, audio_layers: 32, text_layers: 4 };

const ON_GPU: bool = cfg!(feature = "cuda");

/// Measures a model of random weights on synthetic calls.
#[derive(Parser)]
struct Options {
    #[arg(long, value_enum, default_value_t = if ON_GPU { Name::Turbo } else { Name::Tiny })]
    shape: Name,
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 4, 8])]
    slots: Vec<usize>,
    /// Calls of each slot.
    #[arg(long, default_value_t = if ON_GPU { 4 } else { 1 })]
    calls: usize,
    /// In one piece, so that whisper.cpp sees nothing but full windows.
    #[arg(long, default_value_t = if ON_GPU { 300 } else { 60 }, value_parser = clap::value_parser!(u32).range(1..))]
    call_seconds: u32,
    /// Text tokens in each window of 30 s: a hundred are about 75 words.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(2..=200))]
    tokens: u16,
    /// cargo says so.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    Turbo,
    Tiny,
}

fn main() {
    let options = Options::parse();
    let shape = match options.shape {
        Name::Turbo => TURBO,
        Name::Tiny => Shape::TINY,
    };
    whisper_rs::install_logging_hooks();
    let model = load(shape);
    let device = if ON_GPU { "gpu" } else { "cpu" };
    println!("| slots | audio seconds per second | GPU busy | GPU memory | tokens per window |");
    println!("|---|---|---|---|---|");
    let mut figures = Vec::new();
    for slots in options.slots {
        let work = Work {
            calls: options.calls,
            call_seconds: options.call_seconds as usize,
            tokens: options.tokens,
            threads: threads(slots),
        };
        let watch = if ON_GPU { Watch::start() } else { None };
        let outcome = slots::run(&model, slots, work);
        let busy = watch.and_then(Watch::stop);
        let speed = outcome.audio_seconds_per_second();
        let tokens = outcome.tokens_per_window;
        println!("| {slots} | {speed:.1} | {} | {tokens:.1} |", cells(busy));
        assert!(
            (tokens - f64::from(options.tokens)).abs() < 1e-9,
            "{tokens} tokens per window are not the {} that were asked for",
            options.tokens
        );
        assert!(busy.is_none_or(|busy| busy.percent > 0.0), "The GPU did nothing: the model ran on the CPU.");
        figures.push(Figure::report(format!("{device}_audio_seconds_per_second_{slots}_slots"), speed));
        if let Some(Busy { percent, .. }) = busy {
            figures.push(Figure::report(format!("{device}_busy_percent_{slots}_slots"), percent));
        }
    }
    figures.iter().for_each(Figure::print);
}

/// Writes the model, lets whisper.cpp read it, and removes it again.
fn load(shape: Shape) -> WhisperContext {
    let began = Instant::now();
    let mut file = tempfile::Builder::new()
        .prefix("random-model-")
        .tempfile_in(Path::new(env!("CARGO_TARGET_TMPDIR")))
        .expect("a file");
    let mut buffered = BufWriter::with_capacity(1 << 20, &mut file);
    model::write(&mut buffered, shape).and_then(|()| buffered.flush()).expect("room on the disk");
    drop(buffered);
    let written = began.elapsed();
    let bytes = file.as_file().metadata().expect("a file").len();
    let began = Instant::now();
    let context = WhisperContext::new_with_params(file.path(), WhisperContextParameters::default())
        .expect("whisper.cpp loads the model");
    let loaded = began.elapsed();
    println!(
        "A model of {} MB, written in {:.1} s and loaded in {:.1} s.\n",
        bytes / 1_000_000,
        written.as_secs_f64(),
        loaded.as_secs_f64()
    );
    context
}

/// The slots share half of the cores, as the worker does: threads of whisper.cpp that have to wait for a
/// core make the others wait, too. More than four do not help one slot.
fn threads(slots: usize) -> u16 {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    u16::try_from((cores / 2 / slots).clamp(1, 4)).unwrap_or(1)
}

fn cells(busy: Option<Busy>) -> String {
    busy.map_or_else(
        || "not measured | not measured".to_owned(),
        |Busy { percent, memory_mib }| format!("{percent:.0} % | {memory_mib:.0} MiB"),
    )
}
