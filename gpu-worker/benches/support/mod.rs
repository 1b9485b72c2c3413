//! What the benchmarks of the worker need around them: calls, files, memory.

#[path = "../../tests/support/calls.rs"]
mod calls;
#[path = "../../tests/support/made/wav.rs"]
#[expect(dead_code, reason = "one kind of file is written here, piece by piece")]
mod wav;

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use call_truth::load_folder;
use futures::TryStreamExt;
use gpu_worker::audio::Recording;
use secrecy::SecretString;
use supabase_client::call::CallStatus;
use supabase_client::http::{Api, AutoSession};
use supabase_local::Stack;

const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

pub fn demo_calls() -> Vec<PathBuf> {
    let calls = load_folder(&repository("end2end/calls")).expect("the demo calls");
    calls.into_iter().map(|call| call.recording).collect()
}

/// Downloaded calls that nobody has transcribed yet, each a demo call.
pub struct Calls<'s> {
    stack: &'s Stack,
    service: Api,
    number: usize,
}

impl<'s> Calls<'s> {
    /// Forgets all calls before.
    pub async fn new(stack: &'s Stack, number: usize) -> Self {
        stack.empty().await;
        let service = calls::supabase(stack, stack.secret_key()).as_service();
        let recordings = demo_calls();
        for call in 0..number {
            let recording = std::fs::read(&recordings[call % recordings.len()]).expect("readable");
            calls::download(&service, &call.to_string(), recording).await;
        }
        Self { stack, service, number }
    }

    pub async fn as_worker(&self) -> Api {
        let supabase = calls::supabase(self.stack, self.stack.publishable_key());
        let password = SecretString::from("callscript-local");
        let session = AutoSession::sign_in(&supabase, "worker@callscript.local".to_owned(), password).await;
        supabase.with_session(session.expect("the worker of the seed"))
    }

    pub async fn until_transcribed(&self) {
        loop {
            let counts = self.service.call_counts().await.expect("an answer");
            let count = |status| {
                counts.iter().filter(|count| count.status == status).map(|count| count.calls).sum::<i64>()
            };
            assert_eq!(count(CallStatus::Failed), 0, "a call failed");
            if count(CallStatus::Transcribed) == i64::try_from(self.number).expect("few") {
                return;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}

pub async fn fetch(api: &Api, path: &str) -> File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    let mut download = std::pin::pin!(api.storage().download(path).await.expect("it is there"));
    while let Some(chunk) = download.try_next().await.expect("it comes whole") {
        file.write_all(&chunk).expect("room on the disk");
    }
    file.rewind().expect("rewound");
    file
}

/// A WAV file of two channels at 16 kHz: the recording again and again, until it is so long.
pub fn write_wav(path: &Path, recording: &Recording, seconds: usize) {
    let tracks: Vec<Vec<i16>> = recording
        .tracks
        .iter()
        .map(|track| track.read(&(0..recording.duration_ms)).expect("readable"))
        .collect();
    let bytes = u32::try_from(seconds * 16_000 * 4).expect("below 4 GiB");
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    let mut write = |bytes: &[u8]| file.write_all(bytes).expect("room on the disk");
    write(&wav::header(wav::Coding::Pcm16, 16_000, 2, bytes));
    let (left, right) = (&tracks[0], &tracks[1]);
    for frame in 0..seconds * 16_000 {
        let at = frame % left.len().min(right.len());
        write(&left[at].to_le_bytes());
        write(&right[at].to_le_bytes());
    }
}

/// The most memory that this process has had, in MiB.
pub fn peak_memory_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kibibytes / 1024.0
}
