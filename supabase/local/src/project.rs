//! The Supabase project on disk: the part of `config.toml` that the embedded stack understands, the
//! migrations and the seed files.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::Error;

/// `[storage] file_size_limit` when config.toml says nothing (the CLI's default).
const DEFAULT_FILE_SIZE_LIMIT: &str = "50MiB";

/// A project folder, read once.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder itself.
    pub dir: PathBuf,
    /// `[api] port`.
    pub api_port: u16,
    /// `[db] port`.
    pub db_port: u16,
    pub(crate) schemas: Vec<String>,
    pub(crate) extra_search_path: Vec<String>,
    pub(crate) max_rows: i64,
    pub(crate) access_token_seconds: i64,
    pub(crate) refresh_reuse_seconds: i64,
    pub(crate) minimum_password_length: usize,
    pub(crate) file_size_limit_bytes: u64,
    pub(crate) migrations: Vec<SqlFile>,
    pub(crate) seeds: Vec<SqlFile>,
}

/// One SQL file with its text.
#[derive(Clone, Debug)]
pub struct SqlFile {
    pub path: PathBuf,
    pub text: String,
}

impl SqlFile {
    fn read(path: PathBuf) -> Result<SqlFile, Error> {
        let text = std::fs::read_to_string(&path).map_err(Error::io("cannot read", &path))?;
        Ok(SqlFile { path, text })
    }

    /// Version and name of a migration: `20250102030405_first_tables.sql` is
    /// (`20250102030405`, `first_tables`). `None` when the file is not named so.
    pub fn version_and_name(&self) -> Option<(&str, &str)> {
        let (version, name) = self.path.file_stem()?.to_str()?.split_once('_')?;
        (!version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit())).then_some((version, name))
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ConfigToml {
    api: ApiToml,
    db: DbToml,
    auth: AuthToml,
    storage: StorageToml,
}

#[derive(Deserialize)]
#[serde(default)]
struct ApiToml {
    port: u16,
    schemas: Vec<String>,
    extra_search_path: Vec<String>,
    max_rows: i64,
}

impl Default for ApiToml {
    fn default() -> ApiToml {
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        ApiToml {
            port: 54321,
            schemas: names(["public", "graphql_public"]),
            extra_search_path: names(["public", "extensions"]),
            max_rows: 1000,
        }
    }
}

#[derive(Deserialize)]
#[serde(default)]
struct DbToml {
    port: u16,
    seed: SeedToml,
}

impl Default for DbToml {
    fn default() -> DbToml {
        DbToml { port: 54322, seed: SeedToml::default() }
    }
}

#[derive(Deserialize)]
#[serde(default)]
struct SeedToml {
    enabled: bool,
    sql_paths: Vec<PathBuf>,
}

impl Default for SeedToml {
    fn default() -> SeedToml {
        SeedToml { enabled: true, sql_paths: vec![PathBuf::from("./seed.sql")] }
    }
}

#[derive(Deserialize)]
#[serde(default)]
struct AuthToml {
    jwt_expiry: i64,
    refresh_token_reuse_interval: i64,
    minimum_password_length: usize,
}

impl Default for AuthToml {
    fn default() -> AuthToml {
        AuthToml { jwt_expiry: 3600, refresh_token_reuse_interval: 10, minimum_password_length: 6 }
    }
}

#[derive(Deserialize)]
#[serde(default)]
struct StorageToml {
    file_size_limit: String,
}

impl Default for StorageToml {
    fn default() -> StorageToml {
        StorageToml { file_size_limit: DEFAULT_FILE_SIZE_LIMIT.to_owned() }
    }
}

impl Project {
    /// Reads the project. A missing `config.toml` means the CLI's defaults; a missing folder is an error.
    pub fn load(dir: &Path) -> Result<Project, Error> {
        let dir = dir.canonicalize().map_err(Error::io("cannot find the project folder", dir))?;
        let file = dir.join("config.toml");
        let refuse = |message: String| Error::Project { file: file.clone(), message };
        let config: ConfigToml = match std::fs::read_to_string(&file) {
            Ok(text) => toml::from_str(&text).map_err(|error| refuse(error.to_string()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => ConfigToml::default(),
            Err(error) => return Err(Error::io("cannot read", &file)(error)),
        };
        let file_size_limit_bytes = parse_size(&config.storage.file_size_limit).ok_or_else(|| {
            refuse(format!(
                "storage.file_size_limit = \"{}\" is no size such as 50MiB",
                config.storage.file_size_limit
            ))
        })?;
        if config.api.schemas.is_empty() {
            return Err(refuse("api.schemas names no schema".to_owned()));
        }
        let migrations = migration_files(&dir.join("migrations"))?;
        let seeds =
            if config.db.seed.enabled { seed_files(&dir, &config.db.seed.sql_paths)? } else { Vec::new() };
        Ok(Project {
            dir,
            api_port: config.api.port,
            db_port: config.db.port,
            schemas: config.api.schemas,
            extra_search_path: config.api.extra_search_path,
            max_rows: config.api.max_rows,
            access_token_seconds: config.auth.jwt_expiry,
            refresh_reuse_seconds: config.auth.refresh_token_reuse_interval,
            minimum_password_length: config.auth.minimum_password_length,
            file_size_limit_bytes,
            migrations,
            seeds,
        })
    }
}

fn migration_files(dir: &Path) -> Result<Vec<SqlFile>, Error> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("cannot read", dir)(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::io("cannot read", dir))?.path();
        if path.extension().is_none_or(|extension| extension != "sql") {
            continue;
        }
        let file = SqlFile::read(path)?;
        if file.version_and_name().is_none() {
            return Err(Error::Project {
                file: file.path,
                message: "a migration's name is <digits>_<name>.sql".to_owned(),
            });
        }
        files.push(file);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// A seed file that config.toml names but that does not exist is left out, as the CLI does.
fn seed_files(dir: &Path, paths: &[PathBuf]) -> Result<Vec<SqlFile>, Error> {
    paths.iter().map(|path| dir.join(path)).filter(|path| path.exists()).map(SqlFile::read).collect()
}

/// Bytes of `50MiB`, `1GiB`, `10MB`, `512KB` or `1048576`. As for the CLI, MB and MiB are the same.
fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let factor: u64 = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        "t" | "tb" | "tib" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_config_toml_writes_them() {
        assert_eq!(parse_size("50MiB"), Some(52_428_800));
        assert_eq!(parse_size("1 GB"), Some(1_073_741_824));
        assert_eq!(parse_size("17"), Some(17));
        assert_eq!(parse_size("many"), None);
        assert_eq!(parse_size("3XB"), None);
    }

    #[test]
    fn a_migration_name_has_a_version() {
        let file = |name: &str| SqlFile { path: PathBuf::from(name), text: String::new() };
        assert_eq!(file("m/20250102_first_one.sql").version_and_name(), Some(("20250102", "first_one")));
        assert_eq!(file("m/first_one.sql").version_and_name(), None);
    }
}
