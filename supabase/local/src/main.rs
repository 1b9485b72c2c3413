//! `supabase-local`: the embedded stack from the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use supabase_local::{Error, Project, Stack, StackConfig};
use tokio::signal::unix::{SignalKind, signal};

/// A local Supabase without Docker: PostgreSQL, REST, Auth and Storage.
#[derive(Parser)]
#[command(name = "supabase-local", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
struct Settings {
    /// Folder for the database, the files and the logs.
    #[arg(long, global = true, env = "SUPABASE_LOCAL_DATA_DIR", default_value = ".callscript/stack")]
    data_dir: PathBuf,
    /// The Supabase project: the folder with config.toml, migrations and seed.sql.
    #[arg(long, global = true, env = "SUPABASE_LOCAL_PROJECT_DIR", default_value = "supabase")]
    project_dir: PathBuf,
    /// Port of the API on 127.0.0.1; config.toml's without it, 0 for a free one.
    #[arg(long, global = true, env = "SUPABASE_LOCAL_API_PORT")]
    api_port: Option<u16>,
    /// Port of the database on 127.0.0.1; config.toml's without it, 0 for a free one.
    #[arg(long, global = true, env = "SUPABASE_LOCAL_DB_PORT")]
    db_port: Option<u16>,
    /// Folder with PostgreSQL's programs; found by itself where distributions put them.
    #[arg(long, global = true, env = "SUPABASE_LOCAL_POSTGRES_BIN")]
    postgres_bin: Option<PathBuf>,
    /// Leave a fresh database without the seed files.
    #[arg(long, global = true, env = "SUPABASE_LOCAL_NO_SEED")]
    no_seed: bool,
}

/// Every variable that the binary reads; others with the prefix are typing mistakes.
const KNOWN_VARIABLES: [&str; 6] = [
    "SUPABASE_LOCAL_DATA_DIR",
    "SUPABASE_LOCAL_PROJECT_DIR",
    "SUPABASE_LOCAL_API_PORT",
    "SUPABASE_LOCAL_DB_PORT",
    "SUPABASE_LOCAL_POSTGRES_BIN",
    "SUPABASE_LOCAL_NO_SEED",
];

#[derive(Subcommand)]
enum Command {
    /// Start and stay until Ctrl-C or `stop`.
    Start,
    /// Stop the stack that runs on the data folder.
    Stop,
    /// Drop all data, then migrate and seed a new database.
    Reset,
    /// Say where the running stack is.
    Status {
        /// `env` prints, as `supabase status -o env` does, `API_URL`, `REST_URL`, `DB_URL`, `PUBLISHABLE_KEY`,
        /// `SECRET_KEY`, `JWT_SECRET`, `ANON_KEY` and `SERVICE_ROLE_KEY`; of the CLI's other variables none.
        #[arg(short, long, value_enum, default_value = "pretty")]
        output: Output,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Output {
    Pretty,
    Env,
}

impl Settings {
    fn stack_config(&self) -> Result<StackConfig, Error> {
        let project = Project::load(&self.project_dir)?;
        let mut config = StackConfig::new(&self.project_dir, &self.data_dir);
        config.api_port = self.api_port.unwrap_or(project.api_port);
        config.db_port = self.db_port.unwrap_or(project.db_port);
        config.postgres_bin.clone_from(&self.postgres_bin);
        config.seed = !self.no_seed;
        Ok(config)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "warn,supabase_local=info,postrust_engine=off".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("supabase-local: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    refuse_unknown_variables()?;
    let settings = &cli.settings;
    match cli.command {
        Command::Start => start(settings.stack_config()?).await,
        Command::Stop => {
            let was_running = supabase_local::stop_running(&settings.data_dir)?;
            println!("{}", if was_running { "stopped" } else { "no stack was running" });
            Ok(())
        }
        Command::Reset => {
            supabase_local::remove_data(&settings.data_dir)?;
            let config = settings.stack_config()?;
            Stack::start(StackConfig { api_port: 0, db_port: 0, ..config }).await?.stop().await;
            println!("the database is new: migrated{}", if settings.no_seed { "" } else { " and seeded" });
            Ok(())
        }
        Command::Status { output } => status(settings, output),
    }
}

async fn start(config: StackConfig) -> anyhow::Result<()> {
    // Before the start: a signal meanwhile ends the start in order, too.
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot watch for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot watch for SIGTERM")?;
    let stack = tokio::select! {
        stack = Stack::start(config) => stack?,
        _ = interrupt.recv() => return Ok(()),
        _ = terminate.recv() => return Ok(()),
    };
    println!("supabase-local is ready: API {} database {}", stack.api_url(), stack.db_url());
    let ended = tokio::select! {
        () = stack.database_ended() => true,
        _ = interrupt.recv() => false,
        _ = terminate.recv() => false,
    };
    stack.stop().await;
    if ended {
        bail!("PostgreSQL ended by itself; its log is postgres.log in the data folder");
    }
    Ok(())
}

fn status(settings: &Settings, output: Output) -> anyhow::Result<()> {
    let Some(running) = supabase_local::running_stack(&settings.data_dir) else {
        bail!("no stack is running on {}", settings.data_dir.display());
    };
    let api = format!("http://127.0.0.1:{}", running.api_port);
    let db = format!("postgresql://postgres:postgres@127.0.0.1:{}/postgres", running.db_port);
    match output {
        Output::Pretty => {
            println!("API       {api}\ndatabase  {db}\nprocess   {}", running.pid);
            println!(
                "publishable key  {}\nsecret key       {}",
                supabase_local::PUBLISHABLE_KEY,
                supabase_local::SECRET_KEY
            );
        }
        Output::Env => {
            let variables = [
                ("API_URL", api.clone()),
                ("REST_URL", format!("{api}/rest/v1")),
                ("DB_URL", db),
                ("PUBLISHABLE_KEY", supabase_local::PUBLISHABLE_KEY.to_owned()),
                ("SECRET_KEY", supabase_local::SECRET_KEY.to_owned()),
                ("JWT_SECRET", supabase_local::JWT_SECRET.to_owned()),
                ("ANON_KEY", supabase_local::ANON_KEY.to_owned()),
                ("SERVICE_ROLE_KEY", supabase_local::SERVICE_ROLE_KEY.to_owned()),
            ];
            for (name, value) in variables {
                println!("{name}=\"{value}\"");
            }
        }
    }
    Ok(())
}

fn refuse_unknown_variables() -> anyhow::Result<()> {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("SUPABASE_LOCAL_") && !KNOWN_VARIABLES.contains(&name.as_ref()) {
            bail!("{name} is not a setting; the settings are {}", KNOWN_VARIABLES.join(", "));
        }
    }
    Ok(())
}
