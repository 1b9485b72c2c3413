//! The folder of one stack: who holds it, where its parts lie, how it is emptied.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::os_user::OsUser;

/// How long a running stack may take to stop before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(50);

/// What a running stack tells about itself in `stack.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunningStack {
    /// The process that holds the stack.
    pub pid: i32,
    /// Port of the API on 127.0.0.1.
    pub api_port: u16,
    /// Port of the database on 127.0.0.1.
    pub db_port: u16,
}

/// A data folder that this process holds; the hold ends with the process at the latest.
pub struct DataDir {
    dir: PathBuf,
    postgres: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the folder where it is missing and takes hold of it.
    pub fn hold(dir: &Path, postgres_user: OsUser) -> Result<DataDir, Error> {
        std::fs::create_dir_all(dir).map_err(Error::io("cannot make", dir))?;
        let dir = dir.canonicalize().map_err(Error::io("cannot find", dir))?;
        let Some(lock) = try_lock(&dir)? else {
            let pid = read_running(&dir).map_or(0, |running| running.pid);
            return Err(Error::AlreadyRunning { data_dir: dir, pid });
        };
        let _ = std::fs::remove_file(dir.join("stack.json"));
        let inside = dir.join("postgres");
        let postgres = postgres_user.reachable(&inside);
        if postgres != inside && !inside.is_symlink() {
            std::os::unix::fs::symlink(&postgres, &inside).map_err(Error::io("cannot make", &inside))?;
        }
        Ok(DataDir { dir, postgres, _lock: lock })
    }

    /// PostgreSQL's folder: `postgres` in the data folder, or what that links to.
    pub fn postgres(&self) -> &Path {
        &self.postgres
    }

    /// PostgreSQL's own log.
    pub fn postgres_log(&self) -> PathBuf {
        self.dir.join("postgres.log")
    }

    /// The files of Storage.
    pub fn storage(&self) -> PathBuf {
        self.dir.join("storage")
    }

    /// Present once the database is initialised, migrated and seeded.
    pub fn prepared_mark(&self) -> PathBuf {
        self.dir.join("prepared")
    }

    /// Tells other processes where the stack is.
    pub fn announce(&self, api_port: u16, db_port: u16) -> Result<(), Error> {
        let running = RunningStack { pid: std::process::id().cast_signed(), api_port, db_port };
        let path = self.dir.join("stack.json");
        let text = serde_json::to_vec(&running).unwrap_or_default();
        std::fs::write(&path, text).map_err(Error::io("cannot write", &path))
    }

    /// Removes everything but the hold itself.
    pub fn empty(&self) -> Result<(), Error> {
        remove_if_there(&self.prepared_mark())?;
        remove_if_there(&self.postgres)?;
        remove_if_there(&self.storage())?;
        remove_if_there(&self.postgres_log())
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.dir.join("stack.json"));
    }
}

/// The stack that runs on `dir`, if one does.
pub fn running_stack(dir: &Path) -> Option<RunningStack> {
    let held = dir.exists() && matches!(try_lock(dir), Ok(None));
    held.then(|| read_running(dir)).flatten()
}

/// Ends the stack that runs on `dir` and waits for its end. `false` when none runs.
///
/// # Errors
/// When the process cannot be signalled.
pub fn stop_running(dir: &Path) -> Result<bool, Error> {
    let Some(running) = running_stack(dir) else { return Ok(false) };
    let Some(pid) = Pid::from_raw(running.pid) else { return Ok(false) };
    for signal in [Signal::TERM, Signal::KILL] {
        kill_process(pid, signal).map_err(|error| Error::Io {
            context: format!("cannot stop process {}", running.pid),
            source: error.into(),
        })?;
        let deadline = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < deadline {
            if try_lock(dir)?.is_some() {
                return Ok(true);
            }
            std::thread::sleep(POLL);
        }
    }
    Err(Error::AlreadyRunning { data_dir: dir.to_owned(), pid: running.pid })
}

/// Removes the data of a stack that does not run.
///
/// # Errors
/// [`Error::AlreadyRunning`] when it does run.
pub fn remove_data(dir: &Path) -> Result<(), Error> {
    if dir.exists() { DataDir::hold(dir, OsUser::for_postgres()?)?.empty() } else { Ok(()) }
}

fn read_running(dir: &Path) -> Option<RunningStack> {
    serde_json::from_slice(&std::fs::read(dir.join("stack.json")).ok()?).ok()
}

/// The lock file, held; `None` when another process holds it.
fn try_lock(dir: &Path) -> Result<Option<File>, Error> {
    let path = dir.join("stack.lock");
    let file = File::create(&path).map_err(Error::io("cannot write", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(Error::io("cannot lock", &path)(error)),
    }
}

/// Removes a file or a folder with everything in it.
pub fn remove_if_there(path: &Path) -> Result<(), Error> {
    let result = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("cannot remove", path)(error))
        }
        _ => Ok(()),
    }
}
