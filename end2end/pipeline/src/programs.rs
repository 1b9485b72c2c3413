//! The server and workers as processes that die with the test.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use anyhow::Context;
use ringba_simulator::{DEMO_ACCOUNT, DEMO_TOKEN, Simulator};
use supabase_local::Stack;

use crate::{PASSWORD, workspace};

const WORKER: &str = "worker@callscript.local";

/// A program with its settings, which can be killed and started again.
pub struct Program {
    command: Command,
    running: Option<Child>,
}

impl Program {
    /// The review app and all lanes but the worker, with a free port.
    pub fn server(stack: &Stack, simulator: &Simulator) -> anyhow::Result<Self> {
        let mut command = Command::new(built("callscript-server")?);
        command
            .env("CALLSCRIPT_ENVIRONMENT", "local")
            .env("CALLSCRIPT_SUPABASE_URL", stack.api_url())
            .env("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", stack.publishable_key())
            .env("CALLSCRIPT_SUPABASE_SECRET_KEY", stack.secret_key())
            .env("CALLSCRIPT_SERVER_LISTEN", "127.0.0.1:0")
            .env("CALLSCRIPT_RINGBA_ACCOUNT", DEMO_ACCOUNT)
            .env("CALLSCRIPT_RINGBA_TOKEN", DEMO_TOKEN)
            .env("CALLSCRIPT_RINGBA_URL", simulator.base_url())
            .env("CALLSCRIPT_VAULT_ALLOWED_HOSTS", "127.0.0.1")
            .env("CALLSCRIPT_VAULT_PLAIN_HTTP_HOSTS", "127.0.0.1");
        Ok(Self { command, running: None })
    }

    /// The worker with the demo model.
    pub fn worker(stack: &Stack) -> anyhow::Result<Self> {
        Self::as_worker("gpu-worker", stack)
    }

    /// The worker with an engine that only waits.
    pub fn waiting_worker(stack: &Stack) -> anyhow::Result<Self> {
        Self::as_worker("examples/waiting_worker", stack)
    }

    fn as_worker(program: &str, stack: &Stack) -> anyhow::Result<Self> {
        let mut command = Command::new(built(program)?);
        command
            .env("CALLSCRIPT_ENVIRONMENT", "local")
            .env("CALLSCRIPT_SUPABASE_URL", stack.api_url())
            .env("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", stack.publishable_key())
            .env("CALLSCRIPT_WORKER_EMAIL", WORKER)
            .env("CALLSCRIPT_WORKER_PASSWORD", PASSWORD)
            .env("CALLSCRIPT_WORKER_MODEL", workspace().join("gpu-worker/model/ggml-micro-call-en.bin"));
        Ok(Self { command, running: None })
    }

    /// One more setting.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Begins with these arguments.
    #[must_use]
    pub fn asked(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    /// Writes what it says into a file, from all its lives.
    pub fn logging_to(mut self, file: &Path) -> anyhow::Result<Self> {
        let log = File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
        self.command.stdout(log.try_clone()?).stderr(log);
        Ok(self)
    }

    pub fn start(&mut self) -> anyhow::Result<()> {
        let name = self.command.get_program().display().to_string();
        self.running = Some(self.command.spawn().with_context(|| format!("cannot start {name}"))?);
        Ok(())
    }

    /// Without a word beforehand. Gone already is as good as killed.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.running.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Runs to its end; an error where it says no success.
    pub fn succeeds(&mut self) -> anyhow::Result<()> {
        let status = self.command.status()?;
        anyhow::ensure!(status.success(), "{:?}: {status}", self.command.get_args());
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A program of this workspace, built with the same profile as the running test.
fn built(program: &str) -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let profile =
        test.parent().and_then(|deps| deps.parent()).context("tests run from target/PROFILE/deps")?;
    let path = profile.join(program);
    anyhow::ensure!(
        path.is_file(),
        "{} is not built: run `cargo build --workspace --bins --examples` first",
        path.display()
    );
    Ok(path)
}
