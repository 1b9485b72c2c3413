//! A backup put into a new project: everything is there, and the lanes go on with it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use futures::TryStreamExt as _;
use ringba_simulator::{Ledger, Options, Simulator};
use supabase_client::call::CallStatus;
use supabase_client::http::{Api, Supabase, SupabaseConfig};
use supabase_client::queue::QueueFilter;
use supabase_local::{SECRET_KEY, Stack};

use crate::scene::{recorded_call, repository, reviewer, until_call};
use crate::server::{Server, program, settings};

/// Where the system keeps `psql`, `pg_dump` and `pg_restore`.
fn path_with_postgres() -> String {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest: Option<PathBuf> = versions.map(|version| version.path().join("bin")).max();
    let path = std::env::var("PATH").unwrap();
    newest.map_or(path.clone(), |newest| format!("{}:{path}", newest.display()))
}

fn script(name: &str, stack: &Stack, folder: &Path) -> Output {
    let mut script = Command::new(repository("supabase").join(name));
    script.arg(stack.db_url()).arg(folder).env("PATH", path_with_postgres());
    let output = script.output().unwrap();
    println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    output
}

fn service(stack: &Stack) -> Api {
    let config = SupabaseConfig { url: stack.api_url().parse().unwrap(), api_key: SECRET_KEY.into() };
    Supabase::new(config).unwrap().as_service()
}

/// Stands in for whatever copies buckets.
async fn copy_recording(from: &Api, to: &Api, path: &str) {
    let content = from.storage().download(path).await.unwrap().map_err(std::io::Error::other);
    to.storage().upload(path, "audio/mpeg", None, content).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_in_a_new_project_is_what_it_was() {
    let (old, new) =
        tokio::join!(Stack::for_test(repository("supabase")), Stack::for_test(repository("supabase")));
    let (old, new) = (old.unwrap(), new.unwrap());
    let simulator =
        Simulator::start(Ledger::from_iter([recorded_call("kept")]), Options::default()).await.unwrap();
    let server = Server::start(&settings(&old.api_url(), &simulator));
    let kept = until_call(&reviewer(&old.api_url()).await, "kept", CallStatus::Downloaded).await;
    old.retitle_rules("common", "Edited by an admin").await;

    let backup = tempfile::tempdir().unwrap();
    assert!(script("backup.sh", &old, backup.path()).status.success(), "while the server runs");
    drop(server);
    assert!(!script("backup.sh", &old, backup.path()).status.success(), "an older backup was written over");
    assert!(script("restore.sh", &new, backup.path()).status.success());
    let again = script("restore.sh", &new, backup.path());
    let sentence = String::from_utf8(again.stderr).unwrap();
    assert!(!again.status.success() && sentence.contains("holds calls"), "{sentence}");

    let audit = || {
        let settings = settings(&new.api_url(), &simulator);
        let Output { status, stdout, .. } =
            program(&["audit", "storage", "--deep"], &settings).output().unwrap();
        (status.success(), String::from_utf8(stdout).unwrap())
    };
    let (well, told) = audit();
    assert!(!well && told.contains("1 recordings looked at by size and hash, 1 missing"), "{told}");
    let page = service(&new).call_page(kept.call_id).await.unwrap().unwrap();
    copy_recording(&service(&old), &service(&new), &page.storage_path.unwrap()).await;
    assert_eq!(
        audit(),
        (true, told.replace("1 missing or", "0 missing or").lines().last().unwrap().to_owned() + "\n")
    );

    let rules = |api: Api| async move { api.rules_in_force().await.unwrap() };
    assert_eq!(rules(service(&new)).await, rules(service(&old)).await);
    assert_eq!(service(&new).call_counts().await.unwrap(), service(&old).call_counts().await.unwrap());

    // The lanes go on where they were: the known call is no new one, and the next gets its own number.
    simulator.change_ledger(|ledger| ledger.add(recorded_call("next"))).unwrap();
    let _server = Server::start(&settings(&new.api_url(), &simulator));
    let people = reviewer(&new.api_url()).await;
    until_call(&people, "next", CallStatus::Downloaded).await;
    let calls = people.queue_page(&QueueFilter::default(), None, 100).await.unwrap().into_calls();
    let mut names: Vec<_> = calls.iter().map(|call| call.ringba_call_id.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["kept", "next"]);
}
