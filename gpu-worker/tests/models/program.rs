//! What the program says about models.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use gpu_worker::models::find;
use tempfile::TempDir;

use crate::mirror::Mirror;

/// Runs the program with these variables and no others of ours.
fn gpu_worker(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_gpu-worker"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CALLSCRIPT_")) {
        worker.env_remove(name);
    }
    worker.args(arguments).envs(variables.iter().copied()).output().expect("the worker runs")
}

/// Runs the program with this folder of models: exit code, standard output, standard error.
fn said(folder: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = gpu_worker(arguments, &[("CALLSCRIPT_WORKER_MODELS", folder)]);
    let text = |bytes| String::from_utf8(bytes).expect("text").trim_end().to_owned();
    (status.code(), text(stdout), text(stderr))
}

/// A folder with a damaged tiny.en of the right size, a base.en of the wrong one, and half a small.en.
fn damaged_models() -> (TempDir, String) {
    let root = tempfile::tempdir().expect("a folder");
    let create = |name: &str, bytes: u64| {
        let file = fs::File::create(root.path().join(name)).expect("created");
        file.set_len(bytes).expect("as long as it should be");
    };
    create("ggml-tiny.en-q5_1.bin", find("tiny.en-q5_1").expect("known").bytes);
    create("ggml-base.en.bin", 1_000);
    create("ggml-small.en.bin.part", find("small.en").expect("known").bytes / 2);
    let folder = root.path().to_str().expect("text").to_owned();
    (root, folder)
}

#[test]
fn the_list_shows_what_is_here() {
    let (_root, folder) = damaged_models();
    let (code, list, _) = said(&folder, &["model", "list"]);
    assert_eq!(code, Some(0));
    let rows: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    for expected in [
        &["NAME", "SIZE", "LANGUAGES", "HERE"][..],
        &["tiny.en-q5_1", "32.17", "MB", "English", "yes"],
        &["base.en", "147.96", "MB", "English", "damaged"],
        &["small.en", "487.61", "MB", "English", "49", "%"],
        &["large-v3-turbo", "1.62", "GB", "many", "no"],
        &["Models", "are", "kept", "in", &folder],
    ] {
        assert!(rows.iter().any(|row| row == expected), "{expected:?} is not in:\n{list}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut worker = Command::new(env!("CARGO_BIN_EXE_gpu-worker"));
    let output = worker.args(["model", "list"]).stdout(writer).output().expect("the worker runs");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn the_folder_is_the_users_own_where_none_is_named() {
    for (variables, folder) in [
        ([("XDG_DATA_HOME", "/data"), ("HOME", "/home/worker")], "/data/callscript/models"),
        ([("XDG_DATA_HOME", ""), ("HOME", "/home/worker")], "/home/worker/.local/share/callscript/models"),
    ] {
        let list = gpu_worker(&["model", "list"], &variables).stdout;
        let list = String::from_utf8(list).expect("text");
        assert!(list.ends_with(&format!("\nModels are kept in {folder}\n")), "{list}");
    }
}

#[test]
fn a_check_names_each_damaged_model() {
    let (_root, folder) = damaged_models();
    let damaged =
        "The model tiny.en-q5_1 is damaged. Fetch it again with: gpu-worker model fetch tiny.en-q5_1";
    let both = format!(
        "{damaged}\nThe model base.en is damaged. Fetch it again with: gpu-worker model fetch base.en"
    );
    let ending = format!("gpu-worker: Damaged models in {folder}: 2 of 2");
    assert_eq!(said(&folder, &["model", "check"]), (Some(1), both, ending));
    let ending = format!("gpu-worker: Damaged models in {folder}: 1 of 1");
    assert_eq!(said(&folder, &["model", "check", "tiny.en-q5_1"]), (Some(1), damaged.to_owned(), ending));

    let absent = format!(
        "gpu-worker: The model small.en is not in {folder}. Fetch it with: gpu-worker model fetch small.en"
    );
    assert_eq!(said(&folder, &["model", "check", "small.en"]), (Some(1), String::new(), absent));

    let empty = tempfile::tempdir().expect("a folder");
    let empty = empty.path().to_str().expect("text");
    assert_eq!(said(empty, &["model", "check"]), (Some(0), format!("No model is in {empty}"), String::new()));
}

#[tokio::test]
async fn the_program_fetches_only_what_the_catalogue_knows() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().to_str().expect("text").to_owned();
    let unknown = "There is no model \"base-en\" in the catalogue; see: gpu-worker model list";
    for command in ["fetch", "check"] {
        let (code, _, sentence) = said(&folder, &["model", command, "base-en"]);
        assert_eq!((code, sentence.as_str()), (Some(2), unknown));
    }
    let (code, _, sentence) =
        said(&folder, &["model", "fetch", "base.en", "--mirror", "ftp://mirror.example"]);
    assert_eq!(code, Some(2));
    assert!(sentence.contains("CALLSCRIPT_WORKER_MODEL_MIRROR (--mirror"), "{sentence}");

    // A file that is not the catalogue's is refused, whoever serves it.
    let mirror = Mirror::start(b"lmgg", []).await;
    let url = mirror.url.to_string();
    let fetch = move || said(&folder, &["model", "fetch", "base.en", "--mirror", &url]);
    let (code, _, sentence) = tokio::task::spawn_blocking(fetch).await.expect("ran");
    assert_eq!(code, Some(1));
    assert!(
        sentence.starts_with("gpu-worker: base.en cannot be fetched from http://127.0.0.1:")
            && sentence.contains("the file there has 4 bytes instead of 147964211."),
        "{sentence}"
    );
    assert_eq!(mirror.asked()[0].path, "/models/ggml-base.en.bin");
}

#[test]
fn a_model_that_is_not_here_refuses_to_start() {
    let (_root, folder) = damaged_models();
    let start = |model: &str| said(&folder, &["transcribe", "/nowhere/call.mp3", "--model", model]);
    let refused = |sentence: String| (Some(2), String::new(), sentence);
    for absent in ["tiny.en", "small.en"] {
        let sentence =
            format!("The model {absent} is not in {folder}. Fetch it with: gpu-worker model fetch {absent}");
        assert_eq!(start(absent), refused(sentence));
    }
    let damaged = format!(
        "The model base.en in {folder} is damaged: it has 1000 bytes instead of 147964211. Fetch it again \
         with: gpu-worker model fetch base.en; `gpu-worker model check` looks at all models"
    );
    assert_eq!(start("base.en"), refused(damaged));
    let unknown = "There is no model \"nowhere\" in the catalogue; see: gpu-worker model list. A file of that \
                   name is given by its path: ./nowhere";
    assert_eq!(start("nowhere"), refused(unknown.to_owned()));

    // The next thing missing is named: these are files, or a model that is here.
    for model in ["./nowhere", "nowhere.bin", "tiny.en-q5_1"] {
        let (code, _, sentence) = start(model);
        assert_eq!(code, Some(1), "{sentence}");
        assert!(sentence.contains("/nowhere/call.mp3 cannot be opened"), "{sentence}");
    }
}

#[test]
fn the_worker_loads_a_model_by_the_path_of_a_file_here() {
    let root = tempfile::tempdir().expect("a folder");
    let demo = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("model/ggml-micro-call-en.bin");
    fs::copy(demo, root.path().join("micro")).expect("copied");
    let silence = root.path().join("silence.wav");
    fs::write(&silence, wav_of_silence()).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_gpu-worker"))
        .current_dir(root.path())
        .args(["transcribe", "silence.wav", "--format", "vtt", "--model", "micro"])
        .env("CALLSCRIPT_WORKER_MODELS", "nowhere")
        .output()
        .expect("the worker runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "WEBVTT\n\n", "{output:?}");
}

/// A second of nothing: 16-bit PCM, one channel, 8000 Hz.
fn wav_of_silence() -> Vec<u8> {
    let data = [0; 16_000];
    let mut file =
        b"RIFF\xa4\x3e\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data".to_vec();
    file.extend_from_slice(&16_000_u32.to_le_bytes());
    file.extend_from_slice(&data);
    file
}
