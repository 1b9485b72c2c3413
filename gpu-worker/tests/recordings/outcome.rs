//! What the program makes of the content of a file.

use std::path::Path;

use supabase_client::transcript::Transcript;

use crate::program::{gpu_worker, transcribe};

/// The transcript.
pub fn heard(name: &str, content: &[u8]) -> Transcript {
    with_file(name, content, transcribe)
}

/// The sentence with which the program ends instead of a transcript.
pub fn refusal(name: &str, content: &[u8]) -> String {
    let output = with_file(name, content, gpu_worker);
    assert_eq!(output.status.code(), Some(1), "{name} should be refused without a crash: {output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    let sentence = said.trim();
    assert!(output.stdout.is_empty(), "{name}: {output:?}");
    assert!(!sentence.contains('\n'), "{name} should be refused with one sentence: {sentence}");
    let sentence = sentence.strip_prefix("gpu-worker: ").expect("the name of the program");
    sentence.to_owned()
}

fn with_file<T>(name: &str, content: &[u8], run: impl FnOnce(&Path) -> T) -> T {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    std::fs::write(&file, content).expect("written");
    run(&file)
}
