//! A whole stack: started, asked for its addresses, stopped.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::auth::{self, Auth};
use crate::config::{Durability, StackConfig};
use crate::data_dir::{DataDir, remove_if_there};
use crate::error::Error;
use crate::keys::{ANON_KEY, JWT_SECRET, Keys, PUBLISHABLE_KEY, SECRET_KEY, SERVICE_ROLE_KEY};
use crate::migrations::apply_migrations;
use crate::postgres::{Installation, Postgres, SUPERUSER, choose_port};
use crate::project::Project;
use crate::storage::{self, Storage};
use crate::{gateway, rest, template};

/// How long requests in flight may take to end when the stack stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections that Auth and Storage share out each.
const POOL_SIZE: u32 = 8;
/// Name of the temporary folders of test stacks; what a killed test left behind is found by it.
const TEST_PREFIX: &str = "supabase-local-test-";

/// A running stack. Dropping it stops it, PostgreSQL included.
pub struct Stack {
    api_port: u16,
    // In the order in which they end: the services, then the database, then its folder.
    server: Option<JoinHandle<()>>,
    reloader: JoinHandle<()>,
    stop_server: Option<oneshot::Sender<()>>,
    pools: Vec<PgPool>,
    owner: PgPool,
    pub(crate) postgres: Postgres,
    pub(crate) installation: Installation,
    pub(crate) data_dir: DataDir,
    _test_dir: Option<TempDir>,
}

impl Stack {
    /// Starts a stack: the first time on a data folder with a fresh database, afterwards with what is there
    /// and the migrations that are new.
    ///
    /// # Errors
    /// One of [`Error`]'s sentences; nothing keeps running then.
    pub async fn start(config: StackConfig) -> Result<Stack, Error> {
        let project = Project::load(&config.project_dir)?;
        let installation = Installation::find(config.postgres_bin.as_deref())?;
        let data_dir = DataDir::hold(&config.data_dir, installation.user)?;
        let listener = listen(config.api_port).await?;
        let (data, log) = (data_dir.postgres().to_owned(), data_dir.postgres_log());
        let postgres = if data_dir.prepared_mark().exists() {
            let postgres = installation.start(&data, &log, config.db_port, config.durability).await?;
            let mut owner = PgConnection::connect_with(&postgres.options("postgres")).await?;
            let fresh = apply_migrations(&mut owner, &project).await?;
            owner.close().await?;
            tracing::info!(fresh, "migrations are up to date");
            postgres
        } else {
            // Also what an interrupted first start left.
            data_dir.empty()?;
            choose_port(config.db_port, "SUPABASE_LOCAL_DB_PORT")?;
            template::prepare(
                &installation,
                &project,
                &data,
                &log,
                config.db_port,
                config.seed,
                config.durability,
            )
            .await?
        };
        let mark = data_dir.prepared_mark();
        std::fs::write(&mark, "").map_err(Error::io("cannot write", &mark))?;
        Stack::serve(&project, listener, installation, postgres, data_dir, None).await
    }

    /// Starts a stack for one test: on free ports, in a temporary folder, migrated and seeded. The prepared
    /// database is copied from a template, so only the first start after a change of the project's SQL
    /// takes seconds. `SUPABASE_LOCAL_POSTGRES_BIN` chooses the PostgreSQL.
    ///
    /// The stack ends with the value, with a panic of the test and with the death of the process.
    ///
    /// # Errors
    /// One of [`Error`]'s sentences.
    pub async fn for_test(project_dir: impl AsRef<Path>) -> Result<Stack, Error> {
        remove_abandoned();
        let project = Project::load(project_dir.as_ref())?;
        let chosen = std::env::var_os("SUPABASE_LOCAL_POSTGRES_BIN").map(PathBuf::from);
        let installation = Installation::find(chosen.as_deref())?;
        let dir = tempfile::Builder::new().prefix(TEST_PREFIX).tempdir();
        let dir = dir.map_err(Error::io("cannot make a folder in", &std::env::temp_dir()))?;
        // The database's user must get through; its own folder inside is closed to others.
        open_to_all(dir.path())?;
        let data_dir = DataDir::hold(dir.path(), installation.user)?;
        template::copy_to(&installation, &project, true, data_dir.postgres()).await?;
        let listener = listen(0).await?;
        let log = data_dir.postgres_log();
        let postgres = installation.start(data_dir.postgres(), &log, 0, Durability::Fast).await?;
        let stack = Stack::serve(&project, listener, installation, postgres, data_dir, Some(dir)).await?;
        stack.watch_for_nothing().await;
        Ok(stack)
    }

    async fn serve(
        project: &Project,
        listener: TcpListener,
        installation: Installation,
        postgres: Postgres,
        data_dir: DataDir,
        test_dir: Option<TempDir>,
    ) -> Result<Stack, Error> {
        let api_port =
            listener.local_addr().map_err(Error::io("cannot listen for", &data_dir.storage()))?.port();
        let keys = Keys::local();
        let rest = rest::start(&postgres, project).await?;
        let auth_pool = pool(postgres.options("supabase_auth_admin"), POOL_SIZE);
        let storage_pool = pool(postgres.options("supabase_storage_admin"), POOL_SIZE);
        let owner = pool(postgres.options(SUPERUSER).options([("role", "postgres")]), 1);
        let own = [auth_pool.clone(), storage_pool.clone(), owner.clone()];
        let pools = rest.pools.into_iter().chain(own).collect();
        let auth = auth::router(Auth {
            pool: auth_pool,
            keys: keys.clone(),
            issuer: format!("http://127.0.0.1:{api_port}/auth/v1"),
            access_token_seconds: project.access_token_seconds,
            refresh_reuse_seconds: project.refresh_reuse_seconds,
            minimum_password_length: project.minimum_password_length,
        });
        let storage = storage::router(Storage::new(
            storage_pool,
            keys,
            data_dir.storage(),
            project.file_size_limit_bytes,
        )?);
        let router = gateway::router(rest.router, auth, storage);
        let (stop_server, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(async move {
            let serving = axum::serve(listener, router).with_graceful_shutdown(async {
                let _ = stopped.await;
            });
            if let Err(error) = serving.await {
                tracing::error!(%error, "the gateway ended");
            }
        });
        data_dir.announce(api_port, postgres.port)?;
        Ok(Stack {
            api_port,
            server: Some(server),
            reloader: rest.reloader,
            stop_server: Some(stop_server),
            pools,
            owner,
            postgres,
            installation,
            data_dir,
            _test_dir: test_dir,
        })
    }

    /// `http://127.0.0.1:…`, without a slash at the end.
    pub fn api_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.api_port)
    }

    /// A connection URI of the role `postgres`.
    pub fn db_url(&self) -> String {
        self.postgres.uri("postgres")
    }

    /// A connection URI of another role with the local password, for example `supabase_admin`.
    pub fn db_url_as(&self, role: &str) -> String {
        self.postgres.uri(role)
    }

    /// The browser's key.
    pub fn publishable_key(&self) -> &'static str {
        PUBLISHABLE_KEY
    }

    /// The server's key.
    pub fn secret_key(&self) -> &'static str {
        SECRET_KEY
    }

    /// The older form of the browser's key.
    pub fn anon_key(&self) -> &'static str {
        ANON_KEY
    }

    /// The older form of the server's key.
    pub fn service_role_key(&self) -> &'static str {
        SERVICE_ROLE_KEY
    }

    /// The secret of HS256 tokens.
    pub fn jwt_secret(&self) -> &'static str {
        JWT_SECRET
    }

    /// A connection as `postgres`, which a statement can leave for the superuser with `set local role none`.
    pub(crate) fn owner(&self) -> &PgPool {
        &self.owner
    }

    /// Resolves when PostgreSQL has ended although nobody asked it to.
    pub async fn database_ended(&self) {
        self.postgres.ended().await;
    }

    /// Lets requests in flight end (at most some seconds), then stops everything.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop_server.take() {
            let _ = stop.send(());
        }
        if let Some(mut server) = self.server.take()
            && tokio::time::timeout(DRAIN_TIMEOUT, &mut server).await.is_err()
        {
            server.abort();
        }
        self.reloader.abort();
        let closing = futures::future::join_all(self.pools.iter().map(PgPool::close));
        let _ = tokio::time::timeout(DRAIN_TIMEOUT, closing).await;
        // The rest ends by drop, which blocks while PostgreSQL writes its last.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.reloader.abort();
        if let Some(server) = self.server.take() {
            server.abort();
        }
        self.postgres.stop();
    }
}

async fn listen(port: u16) -> Result<TcpListener, Error> {
    let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await;
    listener.map_err(|_| Error::PortTaken { port, setting: "SUPABASE_LOCAL_API_PORT" })
}

/// Connections that are opened when they are first needed.
fn pool(options: PgConnectOptions, size: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(Duration::from_secs(10))
        .connect_lazy_with(options)
}

fn open_to_all(dir: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    let rights = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(dir, rights).map_err(Error::io("cannot set the rights of", dir))
}

/// Removes the folders of test stacks whose processes were killed. A folder in use is locked by its process.
fn remove_abandoned() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(TEST_PREFIX) {
            continue;
        }
        // Without its lock file a folder is being made by somebody right now.
        if entry.path().join("stack.lock").exists() && crate::remove_data(&entry.path()).is_ok() {
            let _ = remove_if_there(&entry.path());
        }
    }
}
