//! What a caller can choose about a stack.

use std::path::PathBuf;

/// How hard the database holds on to what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Survives a power cut: for data that somebody wants to keep.
    Kept,
    /// For tests: survives an orderly stop only. A killed PostgreSQL forgets its last half second.
    Fast,
}

/// Settings of one stack.
#[derive(Clone, Debug)]
pub struct StackConfig {
    /// Folder for everything the stack writes. Made when missing.
    pub data_dir: PathBuf,
    /// The Supabase project: the folder with `config.toml`, `migrations/` and `seed.sql`.
    pub project_dir: PathBuf,
    /// Port of the API on 127.0.0.1; 0 takes a free one.
    pub api_port: u16,
    /// Port of the database on 127.0.0.1; 0 takes a free one.
    pub db_port: u16,
    /// Folder with `postgres` and `initdb`; `None` looks in the usual places.
    pub postgres_bin: Option<PathBuf>,
    /// Whether a fresh database gets the project's seed files.
    pub seed: bool,
    /// Whether writes wait for the disk.
    pub durability: Durability,
}

impl StackConfig {
    /// The CLI's local ports, seeded, kept on disk.
    pub fn new(project_dir: impl Into<PathBuf>, data_dir: impl Into<PathBuf>) -> StackConfig {
        StackConfig {
            data_dir: data_dir.into(),
            project_dir: project_dir.into(),
            api_port: 54321,
            db_port: 54322,
            postgres_bin: None,
            seed: true,
            durability: Durability::Kept,
        }
    }
}
