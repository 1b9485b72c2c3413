//! A prepared database cluster, kept and copied: initialising and migrating takes seconds, copying a
//! moment. Many test processes share the templates; locks keep them from each other's way.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::config::Durability;
use crate::data_dir::remove_if_there;
use crate::error::Error;
use crate::migrations::{PLATFORM, apply_migrations, apply_platform, apply_seeds};
use crate::os_user::hex;
use crate::postgres::{Installation, Postgres, SUPERUSER};
use crate::project::Project;

/// How many templates are kept; each is about 40 MB.
const KEPT: usize = 6;

/// Makes an initialised, migrated and (where asked) seeded cluster in `data` and leaves it running.
pub async fn prepare(
    installation: &Installation,
    project: &Project,
    data: &Path,
    log: &Path,
    port: u16,
    seed: bool,
    durability: Durability,
) -> Result<Postgres, Error> {
    installation.init(data)?;
    let postgres = installation.start(data, log, port, durability).await?;
    let mut superuser = PgConnection::connect_with(&postgres.options(SUPERUSER)).await?;
    apply_platform(&mut superuser).await?;
    superuser.close().await?;
    let mut owner = PgConnection::connect_with(&postgres.options("postgres")).await?;
    apply_migrations(&mut owner, project).await?;
    if seed {
        apply_seeds(&mut owner, project).await?;
    }
    owner.close().await?;
    Ok(postgres)
}

/// Copies the template of `project` to `to`, making the template first when there is none.
pub async fn copy_to(
    installation: &Installation,
    project: &Project,
    seed: bool,
    to: &Path,
) -> Result<(), Error> {
    let root = installation.user.reachable(&templates_dir());
    std::fs::create_dir_all(&root).map_err(Error::io("cannot make", &root))?;
    let key = key(installation, project, seed)?;
    let template = root.join(&key);
    let mut lock = wait_for(lock_file(&root, &key)?, &template, File::lock_shared).await?;
    if !template.exists() {
        lock.unlock().map_err(Error::io("cannot unlock", &template))?;
        lock = wait_for(lock, &template, File::lock).await?;
        if !template.exists() {
            build(installation, project, seed, &root, &template).await?;
            remove_old(&root, &key);
        }
    }
    let copied = copy(&template, to);
    drop(lock);
    copied
}

/// Waits for a lock without holding up the other tasks of this process, one of which may have it.
async fn wait_for(
    file: File,
    template: &Path,
    take: fn(&File) -> std::io::Result<()>,
) -> Result<File, Error> {
    let locked = tokio::task::spawn_blocking(move || take(&file).map(|()| file)).await;
    locked
        .unwrap_or_else(|error| Err(std::io::Error::other(error)))
        .map_err(Error::io("cannot lock", template))
}

async fn build(
    installation: &Installation,
    project: &Project,
    seed: bool,
    root: &Path,
    template: &Path,
) -> Result<(), Error> {
    let unfinished = template.with_extension("unfinished");
    remove_if_there(&unfinished)?;
    let log = root.join("postgres.log");
    let mut postgres = prepare(installation, project, &unfinished, &log, 0, seed, Durability::Fast).await?;
    postgres.stop_cleanly();
    std::fs::rename(&unfinished, template).map_err(Error::io("cannot rename", &unfinished))
}

fn copy(template: &Path, to: &Path) -> Result<(), Error> {
    let mut command = Command::new("cp");
    command.arg("-a");
    if cfg!(target_os = "linux") {
        command.arg("--reflink=auto");
    }
    let output = command.arg(template).arg(to).output().map_err(Error::io("cannot copy", template))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Postgres {
        what: "copying the prepared database failed",
        output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

/// Changes with everything that the template is made of.
fn key(installation: &Installation, project: &Project, seed: bool) -> Result<String, Error> {
    let mut digest = Sha256::new();
    digest.update(installation.version()?);
    digest.update([u8::from(seed)]);
    let seeds = if seed { &project.seeds[..] } else { &[] };
    let own =
        project.migrations.iter().chain(seeds).map(|file| (file.path.to_string_lossy(), file.text.as_str()));
    for (name, text) in PLATFORM.iter().map(|&(name, text)| (name.into(), text)).chain(own) {
        digest.update(name.as_bytes());
        digest.update([0]);
        digest.update(text);
        digest.update([0]);
    }
    Ok(hex(&digest.finalize())[..24].to_owned())
}

/// Cargo's target folder when the program lies in one, otherwise the system's temporary folder.
fn templates_dir() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let target = program.ancestors().find(|dir| dir.join("CACHEDIR.TAG").exists());
    target.map_or_else(std::env::temp_dir, Path::to_owned).join("supabase-local-templates")
}

fn lock_file(root: &Path, key: &str) -> Result<File, Error> {
    let path = root.join(format!("{key}.lock"));
    File::create(&path).map_err(Error::io("cannot write", &path))
}

/// Removes all but the newest templates, leaving out those in use.
fn remove_old(root: &Path, newest: &str) {
    let Ok(entries) = std::fs::read_dir(root) else { return };
    let templates = entries.flatten().filter(|entry| entry.path().is_dir() && entry.file_name() != newest);
    let mut by_age: Vec<(SystemTime, PathBuf)> =
        templates.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    by_age.sort();
    let surplus = by_age.len().saturating_sub(KEPT - 1);
    for (_, template) in by_age.into_iter().take(surplus) {
        let key = template.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let unused = lock_file(root, &key)
            .is_ok_and(|lock| lock.try_lock().is_ok() && remove_if_there(&template).is_ok());
        if !unused {
            tracing::debug!(template = %template.display(), "an old template is still in use");
        }
    }
}
