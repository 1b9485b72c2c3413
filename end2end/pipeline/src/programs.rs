//! The server and the worker as processes that die with the test.

use std::path::PathBuf;
use std::process::{Child, Command};

use anyhow::Context;
use ringba_simulator::{DEMO_ACCOUNT, DEMO_TOKEN, Simulator};
use supabase_local::Stack;

use crate::{PASSWORD, workspace};

const WORKER: &str = "worker@callscript.local";

pub struct Programs {
    running: Vec<Child>,
}

impl Programs {
    pub fn start(stack: &Stack, simulator: &Simulator) -> anyhow::Result<Self> {
        let mut programs = Self { running: Vec::new() };
        programs.spawn(server(stack, simulator)?)?;
        programs.spawn(worker(stack)?)?;
        Ok(programs)
    }

    fn spawn(&mut self, mut command: Command) -> anyhow::Result<()> {
        let child =
            command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
        self.running.push(child);
        Ok(())
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        for child in &mut self.running {
            // Gone already is as good as killed.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn server(stack: &Stack, simulator: &Simulator) -> anyhow::Result<Command> {
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
    Ok(command)
}

fn worker(stack: &Stack) -> anyhow::Result<Command> {
    let mut command = Command::new(built("gpu-worker")?);
    command
        .env("CALLSCRIPT_ENVIRONMENT", "local")
        .env("CALLSCRIPT_SUPABASE_URL", stack.api_url())
        .env("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", stack.publishable_key())
        .env("CALLSCRIPT_WORKER_EMAIL", WORKER)
        .env("CALLSCRIPT_WORKER_PASSWORD", PASSWORD)
        .env("CALLSCRIPT_WORKER_MODEL", workspace().join("gpu-worker/model/ggml-micro-call-en.bin"));
    Ok(command)
}

/// A program of this workspace, built with the same profile as the running test.
fn built(program: &str) -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let profile =
        test.parent().and_then(|deps| deps.parent()).context("tests run from target/PROFILE/deps")?;
    let path = profile.join(program);
    anyhow::ensure!(path.is_file(), "{} is not built: run `cargo build --workspace` first", path.display());
    Ok(path)
}
