//! A worker puts a review copy beside a recording: on CallScript's own project, through its client.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use futures::TryStreamExt;
use secrecy::SecretString;
use sqlx::{Connection, PgConnection};
use supabase_client::call::{CallPage, CallStatus};
use supabase_client::http::{Api, AutoSession, Error, Supabase, SupabaseConfig};
use supabase_client::lane::{ClaimedCall, Lane};
use supabase_client::review_copy::{ReviewCopy, review_copy_path};
use supabase_client::transcript::Transcript;
use supabase_local::Stack;

/// Password of the users of `supabase/seed.sql`.
const PASSWORD: &str = "callscript-local";
const MP3: &str = "audio/mpeg";

/// A stack with two downloaded calls, of which a worker holds the newer.
struct Scene {
    worker: Api,
    reviewer: Api,
    call: ClaimedCall,
    _stack: Stack,
}

impl Scene {
    async fn new() -> Self {
        let stack = Stack::for_test(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).await.unwrap();
        let mut database = PgConnection::connect(&stack.db_url()).await.unwrap();
        sqlx::raw_sql(
            "insert into core.ingest_accounts (account, reads_from, agent_channel) values ('RA1', now(), 1);
             insert into core.calls (account, ringba_call_id, start_time_utc, storage_path, status) values
               ('RA1', 'RGB0', now() - interval '1 hour', 'RA1/2026/11/23/RGB0.wav', 'downloaded'),
               ('RA1', 'RGB1', now(), 'RA1/2026/11/23/RGB1.wav', 'downloaded')",
        )
        .execute(&mut database)
        .await
        .unwrap();
        let people = Supabase::new(SupabaseConfig {
            url: stack.api_url().parse().unwrap(),
            api_key: stack.publishable_key().into(),
        })
        .unwrap();
        let worker = signed_in(&people, "worker@callscript.local").await;
        let reviewer = signed_in(&people, "reviewer@callscript.local").await;
        let call = worker.claim(Lane::Worker, "gpu-1", 1).await.unwrap().remove(0);
        assert_eq!((&*call.ringba_call_id, call.agent_channel), ("RGB1", Some(1)));
        Self { worker, reviewer, call, _stack: stack }
    }

    async fn upload(&self, path: &str, file: &Arc<File>) -> Result<(), Error> {
        self.worker.storage().upload_file(path, MP3, Arc::clone(file)).await
    }

    async fn complete(&self, copy: Option<&ReviewCopy>) -> Result<CallStatus, Error> {
        self.worker.complete_transcription(self.call.lease_token, &transcript(), copy).await
    }

    async fn page(&self) -> CallPage {
        self.reviewer.call_page(self.call.call_id).await.unwrap().unwrap()
    }
}

async fn signed_in(supabase: &Supabase, email: &str) -> Api {
    let session =
        AutoSession::sign_in(supabase, email.to_owned(), SecretString::from(PASSWORD)).await.unwrap();
    supabase.with_session(session)
}

fn transcript() -> Transcript {
    Transcript {
        model: "m".to_owned(),
        language: "en".to_owned(),
        duration_ms: 1_000,
        segments: Vec::new(),
        peaks: Vec::new(),
        unheard: Vec::new(),
    }
}

/// Larger than what is read of it at once.
fn sound() -> (Arc<File>, Vec<u8>) {
    let bytes = b"\xff\xfb\x90\x64".repeat(150_000);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    (Arc::new(file), bytes)
}

fn copy_at(path: &str, bytes: usize) -> ReviewCopy {
    ReviewCopy {
        path: path.to_owned(),
        bytes: i64::try_from(bytes).unwrap(),
        sha256: "a".repeat(64),
        content_type: MP3.to_owned(),
    }
}

#[tokio::test]
async fn a_copy_is_stored_with_the_transcript() {
    let scene = Scene::new().await;
    let (file, bytes) = sound();
    let path = review_copy_path(scene.call.storage_path.as_ref().unwrap());
    assert_eq!(path, "RA1/2026/11/23/RGB1.review.mp3");
    scene.upload(&path, &file).await.unwrap();
    scene.upload(&path, &file).await.expect("the same again");

    let copy = copy_at(&path, bytes.len());
    assert_eq!(scene.complete(Some(&copy)).await.unwrap(), CallStatus::Transcribed);
    assert_eq!(scene.complete(Some(&copy)).await.unwrap(), CallStatus::Transcribed, "a lost reply");
    let other = ReviewCopy { bytes: 1, ..copy };
    assert!(matches!(scene.complete(Some(&other)).await, Err(Error::LeaseLost)));

    let page = scene.page().await;
    assert_eq!(page.review_path.as_ref(), Some(&path));
    assert_eq!(page.storage_path, scene.call.storage_path, "the original stays what it was");
    let pieces = scene.reviewer.storage().download(&path).await.unwrap();
    let heard: Vec<bytes::Bytes> = pieces.try_collect().await.unwrap();
    assert!(heard.concat() == bytes, "the reviewer gets what the worker sent");
}

#[tokio::test]
async fn a_worker_without_copies_stores_its_transcript() {
    let scene = Scene::new().await;
    assert_eq!(scene.complete(None).await.unwrap(), CallStatus::Transcribed);
    assert_eq!(scene.page().await.review_path, None);
}

#[tokio::test]
async fn a_worker_writes_beside_the_recordings_that_it_holds() {
    let scene = Scene::new().await;
    let (file, bytes) = sound();
    let original = scene.call.storage_path.clone().unwrap();
    let (own, others) = (review_copy_path(&original), review_copy_path("RA1/2026/11/23/RGB0.wav"));
    for path in [&original, &others] {
        assert!(matches!(scene.upload(path, &file).await, Err(Error::Forbidden)), "{path}");
    }

    let refused = scene.complete(Some(&copy_at(&others, bytes.len()))).await.unwrap_err();
    assert_eq!(refused.sentence(), "A review copy lies beside the recording that it was made of.");
    let nameless = ReviewCopy { content_type: String::new(), ..copy_at(&own, bytes.len()) };
    let refused = scene.complete(Some(&nameless)).await.unwrap_err();
    assert_eq!(refused.sentence(), "A review copy is of a type below audio/.");

    scene.upload(&own, &file).await.expect("the call is still held");
    scene.worker.release(scene.call.lease_token).await.unwrap();
    assert!(matches!(scene.upload(&own, &file).await, Err(Error::Forbidden)), "not any more");
}
