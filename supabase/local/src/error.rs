//! What can go wrong while the stack starts or stops. Errors of single HTTP requests live beside their
//! service (`auth::errors`, `storage::errors`). Every text is a sentence for the developer.

use std::path::{Path, PathBuf};

/// Why the stack could not start, stop or be prepared.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable PostgreSQL installation was found.
    #[error(
        "PostgreSQL 15 or newer was not found (looked in {searched}); install it, for example with \
         `apt-get install postgresql postgresql-15-cron`, or set SUPABASE_LOCAL_POSTGRES_BIN to the folder of its programs"
    )]
    PostgresMissing {
        /// The folders that were tried, separated by commas.
        searched: String,
    },
    /// Another program listens on a port that was asked for.
    #[error("port {port} is already taken; stop the program that uses it or set {setting} to another port")]
    PortTaken {
        /// The taken port.
        port: u16,
        /// The setting that chooses it.
        setting: &'static str,
    },
    /// Another process runs a stack on the same data folder.
    #[error("a stack is already running on {} (process {pid}); `supabase-local stop` ends it", .data_dir.display())]
    AlreadyRunning {
        /// The data folder.
        data_dir: PathBuf,
        /// The process that holds it.
        pid: i32,
    },
    /// A migration or seed file failed.
    #[error("{}:{line}: {sentence}", .file.display())]
    Sql {
        /// The SQL file.
        file: PathBuf,
        /// Line of the failing statement, counted from 1.
        line: usize,
        /// The database's own sentence, with detail and hint.
        sentence: String,
    },
    /// A migration that is already applied no longer has the text that was applied.
    #[error("{} has changed since it was applied; run `supabase-local reset`", .file.display())]
    MigrationChanged {
        /// The migration file.
        file: PathBuf,
    },
    /// `config.toml` cannot be used.
    #[error("{}: {message}", .file.display())]
    Project {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A program of PostgreSQL failed.
    #[error("{what}: {output}")]
    Postgres {
        /// What was tried.
        what: &'static str,
        /// The end of what it wrote.
        output: String,
    },
    /// A file or process operation failed.
    #[error("{context}: {source}")]
    Io {
        /// What was tried, with the path.
        context: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The database refused something that the stack itself needs.
    #[error("the local database answered: {0}")]
    Database(#[from] sqlx::Error),
    /// The REST server could not be built.
    #[error("the REST server did not start: {0}")]
    Rest(String),
}

impl Error {
    /// An [`Error::Io`] that names the path.
    pub(crate) fn io(what: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        let context = format!("{what} {}", path.display());
        move |source| Error::Io { context, source }
    }
}
