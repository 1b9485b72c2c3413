//! The worker as a process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;

use supabase_local::Stack;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::scene::{BETWEEN_LOOKS, PATIENCE, repository};

/// A worker process, which dies with the test.
pub struct Worker {
    process: Child,
    log: mpsc::UnboundedReceiver<String>,
}

impl Worker {
    /// With settings of its own besides those that all have.
    pub fn start(stack: &Stack, settings: &[(&str, &str)]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_gpu-worker"))
            .env("CALLSCRIPT_ENVIRONMENT", "local")
            .env("CALLSCRIPT_SUPABASE_URL", stack.api_url())
            .env("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", stack.publishable_key())
            .env("CALLSCRIPT_WORKER_EMAIL", "worker@callscript.local")
            .env("CALLSCRIPT_WORKER_PASSWORD", "callscript-local")
            .env("CALLSCRIPT_WORKER_MODEL", repository("gpu-worker/model/ggml-micro-call-en.bin"))
            .env("CALLSCRIPT_WORKER_THREADS", "1")
            .env("CALLSCRIPT_WORKER_POLL_INTERVAL", "200ms")
            .envs(settings.iter().copied())
            .env("CALLSCRIPT_WORKER_LOG", "warn,gpu_worker=debug")
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the worker starts");
        let stdout = process.stdout.take().expect("a pipe");
        let (lines, log) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                eprintln!("{line}");
                // Nobody reads any more when the test has what it waited for.
                let _ = lines.send(line);
            }
        });
        Self { process, log }
    }

    /// Waits until the worker says it, and gives the whole line.
    pub async fn says(&mut self, words: &str) -> String {
        let said = async {
            while let Some(line) = self.log.recv().await {
                if line.contains(words) {
                    return line;
                }
            }
            panic!("the worker ended without saying: {words}");
        };
        timeout(PATIENCE, said).await.unwrap_or_else(|_| panic!("the worker never said: {words}"))
    }

    /// The lines that it writes from now on, for somebody else to read.
    pub fn take_log(&mut self) -> mpsc::UnboundedReceiver<String> {
        let (_, nothing) = mpsc::unbounded_channel();
        std::mem::replace(&mut self.log, nothing)
    }

    pub fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }

    pub fn terminate(&self) {
        let killed = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        assert!(killed.expect("kill starts").success());
    }

    pub fn is_running(&mut self) -> bool {
        self.process.try_wait().expect("a child").is_none()
    }

    pub async fn ended(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().expect("a child") {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the worker does not end");
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Gone already is as good as killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
