//! The program as people run it: `gpu-worker transcribe FILE --format json`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use supabase_client::transcript::Transcript;

pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

pub fn gpu_worker(recording: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gpu-worker"))
        .args(["transcribe", "--format", "json", "--threads", "1", "--model"])
        .arg(repository("gpu-worker/model/ggml-micro-call-en.bin"))
        .arg(recording)
        .output()
        .expect("the worker starts")
}

pub fn transcribe(recording: &Path) -> Transcript {
    let output = gpu_worker(recording);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {}: {said}", recording.display(), output.status);
    serde_json::from_slice(&output.stdout).expect("a transcript")
}
