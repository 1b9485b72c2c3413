//! Calls that wait for a worker.

use chrono::{TimeDelta, Utc};
use futures::StreamExt;
use secrecy::SecretString;
use supabase_client::call::CallId;
use supabase_client::http::{Api, StoredRecording, Supabase, SupabaseConfig};
use supabase_client::ingest::CallRecord;
use supabase_client::lane::Lane;
use supabase_local::Stack;

/// Whose calls these are.
pub const ACCOUNT: &str = "RA0000000000000000000000000000test";

/// A client of the stack with one of its keys.
pub fn supabase(stack: &Stack, key: &str) -> Supabase {
    let url = stack.api_url().parse().expect("an address");
    Supabase::new(SupabaseConfig { url, api_key: SecretString::from(key.to_owned()) }).expect("settings")
}

/// Brings a call with this recording as far as the vault does. `name` is its own.
pub async fn download(service: &Api, name: &str, recording: Vec<u8>) -> CallId {
    let start = Utc::now() - TimeDelta::minutes(5);
    let record = CallRecord {
        ringba_call_id: Some(format!("RGB000000000000000000000000{name:0>9}")),
        start_time_utc: Some(start),
        completed_at: Some(start + TimeDelta::seconds(96)),
        call_length_seconds: Some(96),
        is_live: Some(false),
        has_recording: Some(true),
        audio_url: Some(format!("https://recordings.example/{name}.mp3")),
        ..CallRecord::default()
    };
    let report = service.ingest_calls(ACCOUNT, vec![record]).await.expect("ingested");
    assert_eq!(report.inserted, 1);
    let claimed = service.claim(Lane::Vault, "vault of the test", 1).await.expect("claimed").remove(0);
    let stored = StoredRecording {
        storage_path: format!("{ACCOUNT}/2026/01/01/{name}.mp3"),
        bytes: i64::try_from(recording.len()).expect("small"),
        sha256: "0".repeat(64),
        content_type: "audio/mpeg".to_owned(),
    };
    let length = Some(recording.len() as u64);
    let body = futures::stream::iter([Ok(bytes::Bytes::from(recording))]).boxed();
    service.storage().upload(&stored.storage_path, "audio/mpeg", length, body).await.expect("uploaded");
    service.complete_download(claimed.lease_token, &stored).await.expect("downloaded");
    claimed.call_id
}
