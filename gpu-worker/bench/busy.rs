//! How busy the GPU is, as `nvidia-smi` tells it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

/// Asks every fifth of a second until it is stopped.
pub struct Watch {
    program: Child,
    lines: JoinHandle<Vec<[f64; 2]>>,
}

/// Over the time that was watched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Busy {
    /// Share of the time in which a kernel ran, in percent: the mean.
    pub percent: f64,
    /// The most memory in use, in MiB.
    pub memory_mib: f64,
}

impl Watch {
    /// None where there is no `nvidia-smi`.
    pub fn start() -> Option<Self> {
        let mut program = Command::new("nvidia-smi")
            .args(["--id=0", "--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits"])
            .arg("--loop-ms=200")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let output = program.stdout.take()?;
        let lines = std::thread::spawn(move || {
            BufReader::new(output).lines().map_while(Result::ok).filter_map(|line| numbers(&line)).collect()
        });
        Some(Self { program, lines })
    }

    /// None when nothing was told.
    pub fn stop(mut self) -> Option<Busy> {
        // It may have ended by itself, where no GPU answers.
        let _ = self.program.kill();
        let _ = self.program.wait();
        summary(&self.lines.join().ok()?)
    }
}

/// One line, as in "97, 5120".
pub fn numbers(line: &str) -> Option<[f64; 2]> {
    let (percent, memory) = line.split_once(',')?;
    Some([percent.trim().parse().ok()?, memory.trim().parse().ok()?])
}

/// None of no lines.
pub fn summary(lines: &[[f64; 2]]) -> Option<Busy> {
    let percent = lines.iter().map(|[percent, _]| percent).sum::<f64>() / lines.len() as f64;
    let memory_mib = lines.iter().map(|[_, memory]| *memory).fold(0.0, f64::max);
    (!lines.is_empty()).then_some(Busy { percent, memory_mib })
}
