//! Starting, stopping, being killed, and what is said when something is in the way.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::*;
use sqlx::{Connection, Executor, PgConnection};
use supabase_local::{Durability, Error, Stack, StackConfig};

fn program(data_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_supabase-local"));
    command.args(arguments).arg("--data-dir").arg(data_dir).arg("--project-dir").arg(fixture());
    command.args(["--api-port", "0", "--db-port", "0"]);
    command
}

fn run(data_dir: &Path, arguments: &[&str]) -> Output {
    program(data_dir, arguments).output().expect("the program runs")
}

/// A started program; it is killed with the test.
struct Started(Child);

impl Started {
    /// Starts and waits for the line that says so.
    fn new(data_dir: &Path) -> Started {
        let mut child =
            program(data_dir, &["start"]).stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("its output")).read_line(&mut line).expect("a line");
        let started = Started(child);
        assert!(line.contains("is ready"), "{line}");
        started
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn db_url(data_dir: &Path) -> String {
    let status = run(data_dir, &["status", "-o", "env"]);
    let text = String::from_utf8(status.stdout).unwrap();
    let line = text.lines().find(|line| line.starts_with("DB_URL=")).expect("DB_URL");
    line.trim_start_matches("DB_URL=").trim_matches('"').to_owned()
}

#[tokio::test]
async fn killed_in_the_middle_it_starts_again_with_its_data() {
    let dir = open_dir();
    let mut started = Started::new(dir.path());
    let first = db_url(dir.path());
    let mut database = PgConnection::connect(&first).await.unwrap();
    database.execute("create table public.kept (n int); insert into public.kept values (41)").await.unwrap();

    let refused = run(dir.path(), &["start"]);
    assert!(!refused.status.success());
    let sentence = String::from_utf8(refused.stderr).unwrap();
    assert!(sentence.contains("a stack is already running"), "{sentence}");

    started.0.kill().unwrap();
    started.0.wait().unwrap();
    let again = Started::new(dir.path());
    let mut database = PgConnection::connect(&db_url(dir.path())).await.unwrap();
    let n: i32 = sqlx::query_scalar("select n from public.kept").fetch_one(&mut database).await.unwrap();
    assert_eq!(n, 41);
    assert!(
        PgConnection::connect(&first).await.is_err() || first == db_url(dir.path()),
        "the first database still runs"
    );

    let stopped = run(dir.path(), &["stop"]);
    assert!(stopped.status.success());
    drop(again);
    assert!(!dir.path().join("postgres/postmaster.pid").exists(), "PostgreSQL was not stopped in order");
    assert!(!run(dir.path(), &["status"]).status.success());

    assert!(run(dir.path(), &["reset"]).status.success());
    let _fresh = Started::new(dir.path());
    let mut database = PgConnection::connect(&db_url(dir.path())).await.unwrap();
    let kept: Option<String> =
        sqlx::query_scalar("select to_regclass('public.kept')::text").fetch_one(&mut database).await.unwrap();
    assert_eq!(kept, None);
    let seeded: i64 =
        sqlx::query_scalar("select count(*) from auth.users").fetch_one(&mut database).await.unwrap();
    assert_eq!(seeded, 1);
}

#[tokio::test]
async fn the_database_dies_with_the_process_that_was_killed() {
    let dir = open_dir();
    let mut started = Started::new(dir.path());
    let url = db_url(dir.path());
    started.0.kill().unwrap();
    started.0.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while PgConnection::connect(&url).await.is_ok() {
        assert!(Instant::now() < deadline, "PostgreSQL outlives its stack");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_taken_port_gets_a_sentence() {
    let dir = open_dir();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for (api_port, db_port, setting) in
        [(port, 0, "SUPABASE_LOCAL_API_PORT"), (0, port, "SUPABASE_LOCAL_DB_PORT")]
    {
        let config = StackConfig { api_port, db_port, ..StackConfig::new(fixture(), dir.path()) };
        let error = Stack::start(config).await.err().expect("the port is taken");
        let sentence = error.to_string();
        assert!(sentence.contains(&port.to_string()) && sentence.contains(setting), "{sentence}");
    }
}

#[tokio::test]
async fn a_failing_migration_names_file_line_and_reason() {
    let project = tempfile::tempdir().unwrap();
    let migrations = project.path().join("migrations");
    std::fs::create_dir(&migrations).unwrap();
    let write = |name: &str, text: &str| std::fs::write(migrations.join(name), text).unwrap();
    write("20250101000000_good.sql", "create table public.t (n int constraint positive check (n > 0));");
    write(
        "20250101000001_bad.sql",
        "insert into public.t values (1);\n\n-- why\ninsert into public.t values (-1);\n",
    );
    let dir = open_dir();
    let config = || StackConfig {
        api_port: 0,
        db_port: 0,
        durability: Durability::Fast,
        ..StackConfig::new(project.path(), dir.path())
    };
    let error = Stack::start(config()).await.err().expect("the migration fails");
    let Error::Sql { file, line, sentence } = &error else { panic!("{error}") };
    assert!(file.ends_with("20250101000001_bad.sql"));
    assert_eq!(*line, 4);
    assert!(sentence.contains("positive"), "{sentence}");

    // Mended, it starts; changed after it was applied, it is refused; added to, it goes on.
    write("20250101000001_bad.sql", "insert into public.t values (2);");
    Stack::start(config()).await.expect("mended").stop().await;
    write("20250101000002_more.sql", "insert into public.t values (3);");
    let stack = Stack::start(config()).await.expect("one more");
    let mut database = PgConnection::connect(&stack.db_url()).await.unwrap();
    let sum: i64 = sqlx::query_scalar("select sum(n) from public.t").fetch_one(&mut database).await.unwrap();
    assert_eq!(sum, 5);
    stack.stop().await;
    write("20250101000001_bad.sql", "insert into public.t values (7);");
    let error = Stack::start(config()).await.err().expect("changed");
    assert!(matches!(error, Error::MigrationChanged { .. }), "{error}");
}

#[tokio::test]
async fn a_panicking_test_leaves_nothing_running() {
    let (url, test) = {
        let stack = start().await;
        let url = stack.db_url();
        let test = tokio::spawn(async move {
            let _stack = stack;
            panic!("on purpose");
        });
        (url, test)
    };
    assert!(test.await.is_err());
    assert!(PgConnection::connect(&url).await.is_err());
}

#[tokio::test]
async fn stacks_beside_each_other_do_not_share_anything() {
    let (one, two) = tokio::join!(start(), start());
    let mut database = PgConnection::connect(&one.db_url()).await.unwrap();
    database.execute("create table public.mine (n int)").await.unwrap();
    let mut database = PgConnection::connect(&two.db_url()).await.unwrap();
    let other: Option<String> =
        sqlx::query_scalar("select to_regclass('public.mine')::text").fetch_one(&mut database).await.unwrap();
    assert_eq!(other, None);
}

#[test]
fn a_variable_that_is_no_setting_is_refused() {
    let dir = open_dir();
    let mut command = program(dir.path(), &["status"]);
    let mut child = command.env("SUPABASE_LOCAL_APIPORT", "1").stderr(Stdio::piped()).spawn().unwrap();
    assert!(!child.wait().unwrap().success());
    let mut sentence = String::new();
    child.stderr.take().unwrap().read_to_string(&mut sentence).unwrap();
    assert!(sentence.contains("SUPABASE_LOCAL_APIPORT is not a setting"), "{sentence}");
}

/// A temporary folder that the database's user can enter when the tests run as root.
fn open_dir() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).expect("its rights");
    dir
}
