//! A server process, which dies with the test.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use ringba_simulator::{DEMO_ACCOUNT, DEMO_TOKEN, Simulator};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::scene::{PATIENCE, eventually};

pub struct Server {
    process: Child,
    log: mpsc::UnboundedReceiver<String>,
}

/// The variables with which a server finds its Supabase and Ringba, and free ports.
pub fn settings(supabase: &str, simulator: &Simulator) -> Vec<(&'static str, String)> {
    let host = simulator.address().to_string();
    vec![
        ("CALLSCRIPT_ENVIRONMENT", "local".to_owned()),
        ("CALLSCRIPT_SUPABASE_URL", supabase.to_owned()),
        ("CALLSCRIPT_SUPABASE_PUBLISHABLE_KEY", supabase_local::PUBLISHABLE_KEY.to_owned()),
        ("CALLSCRIPT_SUPABASE_SECRET_KEY", supabase_local::SECRET_KEY.to_owned()),
        ("CALLSCRIPT_SERVER_LISTEN", "127.0.0.1:0".to_owned()),
        ("CALLSCRIPT_SERVER_MONITORING_LISTEN", "127.0.0.1:0".to_owned()),
        ("CALLSCRIPT_RINGBA_URL", simulator.base_url()),
        ("CALLSCRIPT_RINGBA_ACCOUNT", DEMO_ACCOUNT.to_owned()),
        ("CALLSCRIPT_RINGBA_TOKEN", DEMO_TOKEN.to_owned()),
        ("CALLSCRIPT_INGEST_INTERVAL_SECONDS", "1".to_owned()),
        ("CALLSCRIPT_VAULT_PLAIN_HTTP_HOSTS", host),
    ]
}

/// The program with these settings and no others of ours.
pub fn program(arguments: &[&str], settings: &[(&str, String)]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_callscript-server"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CALLSCRIPT_")) {
        program.env_remove(name);
    }
    program.args(arguments).envs(settings.iter().map(|(name, value)| (name, value))).env("NO_COLOR", "1");
    program
}

impl Server {
    pub fn start(settings: &[(&str, String)]) -> Self {
        let mut process = program(&[], settings).stdout(Stdio::piped()).spawn().unwrap();
        let stdout = process.stdout.take().unwrap();
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

    /// Waits until the server says it, and gives the address at the end of the line.
    pub async fn address_of(&mut self, words: &str) -> String {
        let said = async {
            while let Some(line) = self.log.recv().await {
                if line.contains(words) {
                    let (_, address) = line.split_once("http://").unwrap();
                    return address.split('/').next().unwrap().to_owned();
                }
            }
            panic!("the server ended without saying: {words}");
        };
        timeout(PATIENCE, said).await.unwrap()
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub async fn ends_within(&mut self, limit: Duration) -> ExitStatus {
        let ended = eventually(|| {
            let ended = self.process.try_wait().unwrap();
            async move { ended }
        });
        timeout(limit, ended).await.expect("the server ends in time")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gone already is as good as killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
