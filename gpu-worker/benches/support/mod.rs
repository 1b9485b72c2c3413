//! What the benchmarks of the worker need around them: calls, files, memory.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use futures::{StreamExt, TryStreamExt};
use gpu_worker::audio::Recording;
use secrecy::SecretString;
use supabase_client::call::CallStatus;
use supabase_client::http::{Api, AutoSession, StoredRecording, Supabase, SupabaseConfig};
use supabase_client::ingest::CallRecord;
use supabase_client::lane::Lane;
use supabase_local::Stack;

const ACCOUNT: &str = "RA000000000000000000000000000bench";
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

pub fn demo_calls() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository("end2end/calls")).expect("the demo calls");
    let mut calls: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "mp3"))
        .collect();
    calls.sort();
    calls
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
        let service = supabase(stack, stack.secret_key()).as_service();
        let recordings = demo_calls();
        for call in 0..number {
            download(&service, call, &recordings[call % recordings.len()]).await;
        }
        Self { stack, service, number }
    }

    pub async fn as_worker(&self) -> Api {
        let supabase = supabase(self.stack, self.stack.publishable_key());
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

fn supabase(stack: &Stack, key: &str) -> Supabase {
    let url = stack.api_url().parse().expect("an address");
    Supabase::new(SupabaseConfig { url, api_key: SecretString::from(key.to_owned()) }).expect("settings")
}

async fn download(service: &Api, number: usize, recording: &Path) {
    let start = Utc::now() - TimeDelta::minutes(5) - TimeDelta::seconds(i64::try_from(number).expect("few"));
    let record = CallRecord {
        ringba_call_id: Some(format!("RGBbench{number:04}")),
        start_time_utc: Some(start),
        completed_at: Some(start + TimeDelta::seconds(90)),
        call_length_seconds: Some(90),
        is_live: Some(false),
        has_recording: Some(true),
        audio_url: Some(format!("https://recordings.example/{number}.mp3")),
        ..CallRecord::default()
    };
    service.ingest_calls(ACCOUNT, vec![record]).await.expect("ingested");
    let claimed = service.claim(Lane::Vault, "benchmark", 1).await.expect("claimed").remove(0);
    let content = std::fs::read(recording).expect("readable");
    let stored = StoredRecording {
        storage_path: format!("{ACCOUNT}/2026/01/01/{number}.mp3"),
        bytes: i64::try_from(content.len()).expect("small"),
        sha256: "0".repeat(64),
        content_type: "audio/mpeg".to_owned(),
    };
    let length = Some(content.len() as u64);
    let body = futures::stream::iter([Ok(bytes::Bytes::from(content))]).boxed();
    service.storage().upload(&stored.storage_path, "audio/mpeg", length, body).await.expect("uploaded");
    service.complete_download(claimed.lease_token, &stored).await.expect("downloaded");
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
    write(b"RIFF");
    write(&(bytes + 36).to_le_bytes());
    write(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    write(&16_000_u32.to_le_bytes());
    write(&64_000_u32.to_le_bytes());
    write(b"\x04\0\x10\0data");
    write(&bytes.to_le_bytes());
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
