//! What the worker hears in the demo calls, and what it says about recordings that are none.
//!
//! The program runs as people run it: `gpu-worker transcribe FILE --format json`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use call_truth::{
    CallErrors, LabelledCall, WordErrors, load_folder, percentile, segment_start_errors_ms, word_errors,
    word_time_errors,
};
use figures::Figure;
use supabase_client::transcript::{Speaker, Transcript};

/// The demo calls hold no word that the model does not know; more errors than this on one call mean
/// that something in front of the model is broken. The best models of this size make 0 to 5 %.
const WORST_CALL_WER: f64 = 0.08;

/// The recording of one channel's sentence is cut at 10 ms by the model; codec and resampling must
/// not add more than the same again.
const WORST_SEGMENT_START_P95_MS: u32 = 50;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn gpu_worker(file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gpu-worker"))
        .args(["transcribe", "--format", "json", "--threads", "1", "--model"])
        .arg(repository("gpu-worker/model/ggml-micro-call-en.bin"))
        .arg(file)
        .output()
        .expect("the worker starts")
}

fn transcribe(file: &Path) -> Transcript {
    let output = gpu_worker(file);
    assert!(output.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a transcript")
}

fn refusal(name: &str, content: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    std::fs::write(&file, content).expect("written");
    let output = gpu_worker(&file);
    assert_eq!(output.status.code(), Some(1), "{name} should be refused without a crash: {output:?}");
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

fn heard(name: &str, content: &[u8]) -> Transcript {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    std::fs::write(&file, content).expect("written");
    transcribe(&file)
}

fn demo_calls() -> Vec<LabelledCall> {
    load_folder(&repository("end2end/calls")).expect("the demo calls")
}

fn demo_call() -> LabelledCall {
    demo_calls().swap_remove(0)
}

#[test]
fn the_demo_calls_are_heard_as_they_were_spoken() {
    let mut of_all = WordErrors::default();
    let (mut segment_starts, mut word_starts) = (Vec::new(), Vec::new());
    for call in demo_calls() {
        let transcript = transcribe(&call.recording);
        let errors: CallErrors = word_errors(&call.truth, &transcript);
        let rate = errors.whole().rate();
        assert!(rate <= WORST_CALL_WER, "{}: word error rate {rate}", call.truth.file);
        of_all = of_all + errors.whole();
        segment_starts.extend(segment_start_errors_ms(&call.truth, &transcript));
        word_starts.extend(word_time_errors(&call.truth, &transcript).iter().map(|error| error.start_ms));
        check_form(&call, &transcript);
    }
    let segment_p95 = percentile(&segment_starts, 95).expect("segments");
    let word_p95 = percentile(&word_starts, 95).expect("words");
    Figure::at_most("engine_demo_wer", of_all.rate(), 0.03).print();
    Figure::at_most("segment_start_p95_ms", f64::from(segment_p95), 50.0).print();
    Figure::report("word_start_p50_ms", f64::from(percentile(&word_starts, 50).expect("words"))).print();
    Figure::at_most("word_start_p95_ms", f64::from(word_p95), 150.0).print();
    assert!(segment_p95 <= WORST_SEGMENT_START_P95_MS, "segments start {segment_p95} ms off");
    assert!(word_starts.len() * 10 >= of_all.words * 9, "most words can be compared");
}

/// What holds for every transcript.
fn check_form(call: &LabelledCall, transcript: &Transcript) {
    let name = &call.truth.file;
    assert!(
        (f64::from(transcript.duration_ms) / 1000.0 - call.truth.duration_s).abs() < 0.1,
        "{name}: length"
    );
    assert_eq!(transcript.model, "ggml-micro-call-en.bin");
    assert_eq!(transcript.peaks.iter().map(Vec::len).collect::<Vec<_>>(), [800, 800], "{name}");
    assert!(transcript.segments.is_sorted_by_key(|segment| segment.start_ms), "{name}: order");
    for segment in &transcript.segments {
        let speaker = if segment.channel == 0 { Speaker::Agent } else { Speaker::Caller };
        assert_eq!(segment.speaker, speaker, "{name}");
        assert!(segment.end_ms <= transcript.duration_ms, "{name}: {segment:?}");
        assert!(!segment.words.is_empty(), "{name}: {segment:?}");
        assert_eq!(segment.words[0].start_ms, segment.start_ms, "{name}: {segment:?}");
        assert!(segment.words.iter().all(|word| word.start_ms <= word.end_ms), "{name}: {segment:?}");
        assert!(
            segment.words.windows(2).all(|pair| pair[0].end_ms <= pair[1].start_ms),
            "{name}: {segment:?}"
        );
        assert!(segment.words.iter().all(|word| word.end_ms <= segment.end_ms), "{name}: {segment:?}");
        for word in &segment.words {
            assert!((0.0..=1.0).contains(&word.probability), "{name}: {word:?}");
            assert!(
                !word.text.contains(|letter: char| letter.is_whitespace() || letter.is_control()),
                "{word:?}"
            );
            assert!(!word.text.contains(['[', ']', '<', '>', '|']), "{name}: special token in {word:?}");
        }
    }
}

/// WAV with the given format tag (1 PCM, 7 µ-law) of one channel. Formats other than PCM announce the
/// length of what follows their description: nothing.
fn wav(format: u16, rate: u32, bytes_per_sample: u16, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("short");
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    let extra: &[u8] = if format == 1 { b"" } else { b"\0\0" };
    let description = 16 + u32::try_from(extra.len()).expect("short");
    file.extend_from_slice(&(length + 20 + description).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&description.to_le_bytes());
    file.extend_from_slice(&format.to_le_bytes());
    file.extend_from_slice(&1_u16.to_le_bytes());
    file.extend_from_slice(&rate.to_le_bytes());
    file.extend_from_slice(&(rate * u32::from(bytes_per_sample)).to_le_bytes());
    file.extend_from_slice(&bytes_per_sample.to_le_bytes());
    file.extend_from_slice(&(bytes_per_sample * 8).to_le_bytes());
    file.extend_from_slice(extra);
    file.extend_from_slice(b"data");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(data);
    file
}

#[test]
fn what_is_no_recording_is_refused_with_a_sentence() {
    let not_audio = "gpu-worker: The recording is not audio: no MP3 or WAV sound was found in the file.";
    let text = "This is a letter and no call. ".repeat(4_000);
    assert_eq!(refusal("letter.mp3", text.as_bytes()), not_audio);
    assert_eq!(refusal("page.wav", b"<!DOCTYPE html><title>404</title>"), not_audio);
    assert_eq!(refusal("short.mp3", b"ID3"), not_audio);
    assert_eq!(refusal("empty.mp3", b""), "gpu-worker: The recording is empty.");
    assert_eq!(refusal("header.wav", &wav(1, 8_000, 2, &[])), "gpu-worker: The recording is empty.");
}

#[test]
fn noise_of_bytes_ends_in_a_sentence_or_a_transcript() {
    // A fixed sequence: random bytes hold what looks like MP3 headers now and then.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    })
    .take(300_000)
    .collect();
    let sentence = refusal("noise.mp3", &noise);
    assert!(sentence.starts_with("gpu-worker: The recording is"), "{sentence}");
}

#[test]
fn half_a_recording_is_heard_up_to_its_end() {
    let call = demo_call();
    let whole = std::fs::read(&call.recording).expect("readable");
    let transcript = heard("half.mp3", &whole[..whole.len() / 2]);
    let length = call.truth.duration_s * 1000.0;
    assert!(
        (0.45..0.55).contains(&(f64::from(transcript.duration_ms) / length)),
        "{}",
        transcript.duration_ms
    );
    assert!(transcript.segments.len() > 10, "{} segments", transcript.segments.len());
}

#[test]
fn the_name_of_a_file_says_nothing() {
    let call = demo_call();
    let content = std::fs::read(&call.recording).expect("readable");
    let transcript = heard("recording.wav", &content);
    assert!(word_errors(&call.truth, &transcript).whole().rate() <= WORST_CALL_WER);
}

#[test]
fn a_fifth_of_a_second_and_silence_make_empty_transcripts() {
    for samples in [1_600, 3_200, 16_000 * 40] {
        let transcript = heard("short.wav", &wav(1, 16_000, 2, &vec![0; samples * 2]));
        assert_eq!(transcript.duration_ms as usize, samples / 16);
        assert_eq!(transcript.segments, []);
    }
    let click: Vec<u8> = (0..3_200_i16).flat_map(|n| (n % 7 * 3_000).to_le_bytes()).collect();
    let transcript = heard("click.wav", &wav(1, 16_000, 2, &click));
    assert!(transcript.segments.iter().all(|segment| segment.end_ms <= 200), "{:?}", transcript.segments);
}

#[test]
fn mu_law_is_audio() {
    let transcript = heard("phone.wav", &wav(7, 8_000, 1, &[0xff; 8_000]));
    assert_eq!(transcript.duration_ms, 1_000);
}

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
            .args([&model, &demo_call().recording])
            .output()
            .expect("the worker starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.starts_with(&format!("gpu-worker: {sentence}")), "{said}");
    }
}
