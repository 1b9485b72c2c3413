//! PostgreSQL from the system's packages: found, initialised, started and stopped.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::watch;

use crate::config::Durability;
use crate::error::Error;
use crate::os_user::OsUser;

/// Password of every local database user, as with the CLI.
pub const LOCAL_PASSWORD: &str = "postgres";
/// The bootstrap superuser, as on Supabase.
pub const SUPERUSER: &str = "supabase_admin";
/// How long PostgreSQL may take to accept connections (crash recovery included).
const START_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a fast shutdown may take before it becomes an immediate one, and that before SIGKILL.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(15);
/// How often a free port is tried again when somebody takes it between choosing and binding.
const FREE_PORT_TRIES: usize = 5;

/// Where PostgreSQL's programs are and which user runs them.
#[derive(Clone, Debug)]
pub struct Installation {
    bin: PathBuf,
    pub user: OsUser,
    has_pg_cron: bool,
}

impl Installation {
    /// The installation in `chosen`, or the best one in the usual places: one that has `pg_cron` comes
    /// before one that has not, then the newer one.
    pub fn find(chosen: Option<&Path>) -> Result<Installation, Error> {
        let user = OsUser::for_postgres()?;
        let places: Vec<PathBuf> = match chosen {
            Some(bin) => vec![bin.to_owned()],
            None => usual_places(),
        };
        let found = places.iter().filter(|bin| bin.join("postgres").exists() && bin.join("initdb").exists());
        let candidates = found.map(|bin| Installation {
            bin: bin.clone(),
            user,
            has_pg_cron: has_extension(bin, "pg_cron"),
        });
        let mut candidates: Vec<Installation> = candidates.collect();
        // A stable sort: among equals the order of `usual_places`, newest first, stays.
        candidates.sort_by_key(|installation| !installation.has_pg_cron);
        candidates.into_iter().next().ok_or_else(|| Error::PostgresMissing {
            searched: places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", "),
        })
    }

    /// One line that changes when the programs change, for example `postgres (PostgreSQL) 15.18`.
    pub fn version(&self) -> Result<String, Error> {
        let program = self.bin.join("postgres");
        let output = Command::new(&program).arg("--version").output();
        let output = output.map_err(Error::io("cannot run", &program))?;
        Ok(format!("{} pg_cron={}", String::from_utf8_lossy(&output.stdout).trim(), self.has_pg_cron))
    }

    /// Makes an empty cluster in `data`, whose superuser is [`SUPERUSER`].
    pub fn init(&self, data: &Path) -> Result<(), Error> {
        self.user.make_private_dir(data)?;
        let password = tempfile::NamedTempFile::new()
            .map_err(Error::io("cannot make a file in", &std::env::temp_dir()))?;
        std::fs::write(password.path(), LOCAL_PASSWORD)
            .map_err(Error::io("cannot write", password.path()))?;
        self.user.own(password.path())?;
        let mut command = self.user.command(&self.bin.join("initdb"));
        command.args([
            "--username",
            SUPERUSER,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]);
        // Small log segments keep a copied cluster small.
        command.args(["--wal-segsize=1", "--no-sync"]);
        command.arg("--pwfile").arg(password.path()).arg("--pgdata").arg(data);
        let output = command.output().map_err(Error::io("cannot run", &self.bin.join("initdb")))?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error::Postgres {
            what: "initdb failed",
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }

    /// Starts the cluster in `data` on `port` of 127.0.0.1 (0 takes a free one) and waits until it answers.
    pub async fn start(
        &self,
        data: &Path,
        log: &Path,
        port: u16,
        durability: Durability,
    ) -> Result<Postgres, Error> {
        stop_leftover(data)?;
        let mut tries = if port == 0 { FREE_PORT_TRIES } else { 1 };
        loop {
            tries -= 1;
            let port = choose_port(port, "SUPABASE_LOCAL_DB_PORT")?;
            match self.launch(data, log, port, durability)?.answering(log).await {
                Err(Error::PortTaken { .. }) if tries > 0 => {}
                result => return result,
            }
        }
    }

    fn launch(&self, data: &Path, log: &Path, port: u16, durability: Durability) -> Result<Postgres, Error> {
        let log_file = File::create(log).map_err(Error::io("cannot write", log))?;
        let mut command = self.user.command_that_dies_with_us(&self.bin.join("postgres"));
        command.arg("-D").arg(data);
        for setting in self.settings(port, durability) {
            command.arg("-c").arg(setting);
        }
        // A group of its own: Ctrl-C in a terminal reaches the stack, which then stops PostgreSQL in order.
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log_file);
        let (ended_sender, ended) = watch::channel(false);
        let (pid_sender, pid) = std::sync::mpsc::channel();
        // The kernel's signal at a parent's death follows the parent *thread*, so the thread that starts
        // PostgreSQL lives as long as it does.
        let keeper = std::thread::Builder::new().name("postgres-keeper".to_owned()).spawn(move || {
            match command.spawn() {
                Ok(mut child) => {
                    let _ = pid_sender.send(Ok(child.id()));
                    let _ = child.wait();
                    let _ = ended_sender.send(true);
                }
                Err(error) => {
                    let _ = pid_sender.send(Err(error));
                }
            }
        });
        let keeper = keeper.map_err(Error::io("cannot start a thread for", data))?;
        let started = pid.recv().unwrap_or_else(|_| Err(std::io::Error::other("the keeper thread ended")));
        let pid = started.map_err(Error::io("cannot run", &self.bin.join("postgres")))?;
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        Ok(Postgres { port, pid, keeper: Some(keeper), ended, durability })
    }

    fn settings(&self, port: u16, durability: Durability) -> Vec<String> {
        let mut settings = vec![
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            "timezone=UTC".to_owned(),
            "log_timezone=UTC".to_owned(),
            "max_worker_processes=24".to_owned(),
            "max_connections=100".to_owned(),
        ];
        if self.has_pg_cron {
            settings.push("shared_preload_libraries=pg_cron".to_owned());
            settings.push("cron.database_name=postgres".to_owned());
            settings.push("cron.use_background_workers=on".to_owned());
        }
        if durability == Durability::Fast {
            settings.extend(
                ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB"]
                    .map(str::to_owned),
            );
        }
        settings
    }
}

/// Stops a PostgreSQL that an earlier stack left behind on `data` (it was killed without mercy).
fn stop_leftover(data: &Path) -> Result<(), Error> {
    let Some(pid) = leftover_pid(data) else { return Ok(()) };
    tracing::warn!(pid, "stopping a PostgreSQL that an earlier stack left behind");
    let pid = Pid::from_raw(pid).filter(|pid| belongs_to(*pid, data));
    let Some(pid) = pid else { return Ok(()) };
    for signal in [Signal::INT, Signal::QUIT] {
        let _ = kill_process(pid, signal);
        let deadline = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < deadline {
            if rustix::process::test_kill_process(pid).is_err() {
                return Ok(());
            }
            std::thread::sleep(POLL);
        }
    }
    Err(Error::Postgres {
        what: "a PostgreSQL that an earlier stack left behind does not stop",
        output: format!("process {}", pid.as_raw_nonzero()),
    })
}

/// Folders that distributions put PostgreSQL's programs in, newest version first, then those on the path.
fn usual_places() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = [18, 17, 16, 15]
        .iter()
        .flat_map(|version| {
            [format!("/usr/lib/postgresql/{version}/bin"), format!("/usr/pgsql-{version}/bin")]
                .map(PathBuf::from)
        })
        .collect();
    places.push(PathBuf::from("/usr/local/pgsql/bin"));
    places.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    places
}

/// Whether the installation that `bin` belongs to brings `extension`: Debian's layout, then upstream's two.
fn has_extension(bin: &Path, extension: &str) -> bool {
    let control = format!("extension/{extension}.control");
    let Some(home) = bin.parent() else { return false };
    let version = home.file_name().unwrap_or_default();
    let debian = Path::new("/usr/share/postgresql").join(version);
    [debian, home.join("share"), home.join("share/postgresql")]
        .iter()
        .any(|share| share.join(&control).exists())
}

/// `port`, when nobody listens on it; for 0 a free one.
pub fn choose_port(port: u16, setting: &'static str) -> Result<u16, Error> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|_| Error::PortTaken { port, setting })?;
    listener.local_addr().map(|address| address.port()).map_err(|_| Error::PortTaken { port, setting })
}

/// The process that `postmaster.pid` names, if the file is there.
fn leftover_pid(data: &Path) -> Option<i32> {
    std::fs::read_to_string(data.join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
}

/// Whether the process still is a PostgreSQL on `data`, and not a newer one with the same number.
fn belongs_to(pid: Pid, data: &Path) -> bool {
    let command_line = std::fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
    command_line.split(|&byte| byte == 0).any(|argument| argument == data.as_os_str().as_encoded_bytes())
}

/// A running PostgreSQL. Dropping it stops it.
pub struct Postgres {
    pub port: u16,
    pid: Option<Pid>,
    keeper: Option<JoinHandle<()>>,
    ended: watch::Receiver<bool>,
    pub durability: Durability,
}

impl Postgres {
    /// Options for a connection as `user`. Statements are not logged: some carry tokens.
    pub fn options(&self, user: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username(user)
            .password(LOCAL_PASSWORD)
            .database("postgres")
            .ssl_mode(sqlx::postgres::PgSslMode::Disable)
            .disable_statement_logging()
    }

    /// A URI for a connection as `user`.
    pub fn uri(&self, user: &str) -> String {
        format!("postgresql://{user}:{LOCAL_PASSWORD}@127.0.0.1:{}/postgres", self.port)
    }

    async fn answering(self, log: &Path) -> Result<Postgres, Error> {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if let Ok(connection) = PgConnection::connect_with(&self.options(SUPERUSER)).await {
                connection.close().await?;
                return Ok(self);
            }
            let ended = *self.ended.borrow();
            if ended || Instant::now() > deadline {
                let output = std::fs::read_to_string(log).unwrap_or_default();
                if output.contains("could not bind") {
                    return Err(Error::PortTaken { port: self.port, setting: "SUPABASE_LOCAL_DB_PORT" });
                }
                let tail: Vec<&str> = output.lines().rev().take(8).collect();
                let output = tail.into_iter().rev().collect::<Vec<_>>().join("\n");
                return Err(Error::Postgres { what: "PostgreSQL did not start", output });
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Resolves when PostgreSQL has ended, whoever ended it.
    pub async fn ended(&self) {
        let mut ended = self.ended.clone();
        // An error means that the keeper is gone, and PostgreSQL with it.
        let _ = ended.wait_for(|&ended| ended).await;
    }

    /// Kills PostgreSQL as a crash would: nothing is written first, nobody is told. Resolves when it has ended.
    pub async fn crash(&self) {
        if let Some(pid) = self.pid {
            let _ = kill_process(pid, Signal::KILL);
        }
        self.ended().await;
    }

    /// Stops PostgreSQL in order and waits for its end. Blocks the thread, at most some seconds.
    pub fn stop(&mut self) {
        let signals: &[Signal] = match self.durability {
            Durability::Kept => &[Signal::INT, Signal::QUIT, Signal::KILL],
            Durability::Fast => &[Signal::QUIT, Signal::KILL],
        };
        self.stop_with(signals);
    }

    /// Stops PostgreSQL so that its folder can be copied, even where durability is [`Durability::Fast`].
    pub fn stop_cleanly(&mut self) {
        self.stop_with(&[Signal::INT, Signal::QUIT, Signal::KILL]);
    }

    fn stop_with(&mut self, signals: &[Signal]) {
        let Some(keeper) = self.keeper.take() else { return };
        for &signal in signals {
            if keeper.is_finished() {
                break;
            }
            if let Some(pid) = self.pid {
                let _ = kill_process(pid, signal);
            }
            let deadline = Instant::now() + STOP_TIMEOUT;
            while !keeper.is_finished() && Instant::now() < deadline {
                std::thread::sleep(POLL);
            }
        }
        if keeper.is_finished() {
            let _ = keeper.join();
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}
