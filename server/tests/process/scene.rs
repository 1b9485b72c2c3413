//! What the server has around it, and how the tests look at that.

use std::future::Future;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use ringba_simulator::LedgerCall;
use secrecy::SecretString;
use supabase_client::call::{CallStatus, CallSummary};
use supabase_client::http::{Api, AutoSession, Supabase, SupabaseConfig};
use supabase_client::queue::QueueFilter;

/// Ends a test that hangs. A lane that has failed for a while looks again within a minute.
pub const PATIENCE: Duration = Duration::from_secs(120);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

pub fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A recorded call that is over.
pub fn recorded_call(id: &str) -> LedgerCall {
    let mut call = LedgerCall::new(id, Utc::now() - TimeDelta::minutes(5), Duration::from_secs(60));
    call.recording = Some(repository("end2end/calls/call4_gift_card.mp3"));
    call
}

pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn signal(kind: &str, process: u32) {
    let told = Command::new("kill").args([kind, &process.to_string()]).status().unwrap();
    assert!(told.success());
}

/// Looks again until there is an answer.
pub async fn eventually<T, F: Future<Output = Option<T>>>(mut look: impl FnMut() -> F) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = look().await {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "what the test waits for did not happen");
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// Status and text of an answer; nothing when nobody answers.
pub async fn get(address: &str, path: &str) -> Option<(u16, String)> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = client.get(format!("http://{address}{path}")).send().await.ok()?;
    Some((answer.status().as_u16(), answer.text().await.ok()?))
}

/// Waits until a probe says it.
pub async fn until_status(address: &str, path: &str, status: u16) -> String {
    eventually(|| async { get(address, path).await.filter(|(is, _)| *is == status).map(|(_, text)| text) })
        .await
}

pub async fn reviewer(url: &str) -> Api {
    let api_key = supabase_local::PUBLISHABLE_KEY.into();
    let supabase = Supabase::new(SupabaseConfig { url: url.parse().unwrap(), api_key }).unwrap();
    let password = SecretString::from("callscript-local");
    let session = AutoSession::sign_in(&supabase, "reviewer@callscript.local".to_owned(), password).await;
    supabase.with_session(session.unwrap())
}

pub async fn until_call(reviewer: &Api, id: &str, status: CallStatus) -> CallSummary {
    eventually(|| async {
        let page = reviewer.queue_page(&QueueFilter::default(), None, 100).await.unwrap();
        page.into_calls().into_iter().find(|call| call.ringba_call_id == id && call.status == status)
    })
    .await
}
