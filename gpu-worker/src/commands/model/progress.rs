//! How far a fetch has come: a bar on a terminal, a line every tenth of the way elsewhere.

use std::cell::Cell;

use indicatif::{DecimalBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::models::{Model, Step};

/// Speed and remaining time stand last: they change their width.
const TEMPLATE: &str =
    "{msg} {wide_bar} {decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}, {eta} left";

pub struct Progress {
    name: &'static str,
    /// Draws nothing where standard error is no terminal.
    bar: ProgressBar,
    tenths: Tenths,
}

impl Progress {
    /// `already` bytes are from an earlier fetch and say nothing about the speed of this one.
    pub fn new(model: &Model, already: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(model.bytes), ProgressDrawTarget::stderr())
            .with_position(already)
            .with_message(model.name);
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        Self { name: model.name, bar, tenths: Tenths::new(model.bytes, already) }
    }

    pub fn show(&self, step: Step) {
        let name = self.name;
        match step {
            Step::Received { bytes } => {
                self.bar.set_position(bytes);
                if let Some(tenths) = self.tenths.reached(bytes)
                    && self.bar.is_hidden()
                {
                    eprintln!("{name}: {} %, {}", 10 * tenths, DecimalBytes(bytes));
                }
            }
            Step::Waiting => self.line(&format!("Another gpu-worker is fetching {name}; waiting for it.")),
            Step::Interrupted { cause, pause } => {
                self.line(&format!("{name}: {cause}; trying again in {:.1} s", pause.as_secs_f32()));
            }
            Step::Checking => self.line(&format!("{name}: checking its SHA-256")),
        }
    }

    /// Leaves the bar where it came to.
    pub fn end(&self) {
        if self.bar.position() > 0 {
            self.bar.abandon();
        }
    }

    fn line(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }
}

/// Says each tenth once.
struct Tenths {
    whole_bytes: u64,
    said: Cell<u64>,
}

impl Tenths {
    fn new(whole_bytes: u64, already: u64) -> Self {
        let tenths = Self { whole_bytes, said: Cell::new(0) };
        tenths.reached(already);
        tenths
    }

    fn reached(&self, bytes: u64) -> Option<u64> {
        let tenth = bytes.saturating_mul(10) / self.whole_bytes.max(1);
        (tenth != self.said.replace(tenth) && tenth > 0).then_some(tenth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tenth_is_said_once() {
        let tenths = Tenths::new(1_000, 150);
        let said: Vec<u64> = (150..=1_000).filter_map(|bytes| tenths.reached(bytes)).collect();
        assert_eq!(said, [2, 3, 4, 5, 6, 7, 8, 9, 10]);
        // A mirror without ranges begins anew.
        assert_eq!((tenths.reached(0), tenths.reached(101)), (None, Some(1)));
    }
}
