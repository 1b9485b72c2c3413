//! Models that are none.

use std::path::PathBuf;
use std::process::Command;

use crate::program::repository;

#[test]
fn a_damaged_model_refuses_to_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = std::fs::read(repository("gpu-worker/model/ggml-micro-call-en.bin")).expect("readable");
    let cut = folder.path().join("cut.bin");
    std::fs::write(&cut, &model[..model.len() / 2]).expect("written");
    let letter = folder.path().join("letter.bin");
    std::fs::write(&letter, b"no model").expect("written");
    let cases = [
        (cut.clone(), format!("The model {} is damaged or not complete.", cut.display())),
        (letter.clone(), format!("The file {} is not a whisper.cpp model.", letter.display())),
        (PathBuf::from("nowhere.bin"), "The model nowhere.bin cannot be opened: ".to_owned()),
    ];
    for (model, sentence) in cases {
        let output = Command::new(env!("CARGO_BIN_EXE_gpu-worker"))
            .args(["transcribe", "--model"])
            .args([&model, &repository("end2end/calls/call1_compliant_enrollment.mp3")])
            .output()
            .expect("the worker starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.starts_with(&format!("gpu-worker: {sentence}")), "{said}");
    }
}
