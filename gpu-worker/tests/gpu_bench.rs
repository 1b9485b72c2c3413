//! The parts of the GPU benchmark (`gpu-worker/bench/`), on the CPU and with the smallest model:
//! whisper.cpp loads what is generated, and every window has the tokens that were asked for.

#[path = "../bench/busy.rs"]
#[expect(dead_code, reason = "the program that it watches with is not started here")]
mod busy;
#[path = "../bench/model.rs"]
mod model;
#[path = "../bench/slots.rs"]
mod slots;

use std::io::{BufWriter, Write as _};

use busy::Busy;
use model::Shape;
use slots::Work;
use whisper_rs::{WhisperContext, WhisperContextParameters};

#[test]
fn each_window_of_each_slot_has_its_tokens() {
    whisper_rs::install_logging_hooks();
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    let mut buffered = BufWriter::new(&mut file);
    model::write(&mut buffered, Shape::TINY).and_then(|()| buffered.flush()).expect("room on the disk");
    drop(buffered);
    let context = WhisperContext::new_with_params(file.path(), WhisperContextParameters::default())
        .expect("whisper.cpp loads the model");
    assert_eq!((context.model_n_vocab(), context.model_n_mels()), (51_866, 128));

    let work = Work { calls: 1, call_seconds: 45, tokens: 10, threads: 1 };
    let outcome = slots::run(&context, 2, work);
    assert!((outcome.tokens_per_window - 10.0).abs() < 1e-9, "{outcome:?}");
    assert!((outcome.audio_seconds - 90.0).abs() < 1e-9, "{outcome:?}");
    assert!(outcome.audio_seconds_per_second() > 0.0, "{outcome:?}");
}

#[test]
fn weights_have_16_bits() {
    let known = [(1.0, 0x3c00), (-1.0, 0xbc00), (0.5, 0x3800), (-1.5, 0xbe00), (0.0, 0), (1e-9, 0)];
    assert_eq!(known.map(|(value, _)| model::half(value)), known.map(|(_, bits)| bits));
}

#[test]
fn what_was_told_about_the_gpu_is_summed_up() {
    let told = ["90, 5000", "100, 5120", "[N/A], 3", "", "No devices were found"];
    let lines: Vec<[f64; 2]> = told.iter().filter_map(|line| busy::numbers(line)).collect();
    assert_eq!(busy::summary(&lines), Some(Busy { percent: 95.0, memory_mib: 5120.0 }));
    assert_eq!(busy::summary(&[]), None);
}
