//! What a person sees: bars on a terminal, plain lines elsewhere.

use crate::report::Report;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};

/// Where lines and bars go.
pub(crate) struct Screen {
    /// Standard output belongs to the JSON object.
    to_stderr: bool,
}

/// A running count of one stage.
pub(crate) struct Counter {
    bar: Option<ProgressBar>,
    name: &'static str,
    total: u64,
    /// Quarters that were told, where there is no bar.
    told: u64,
}

impl Screen {
    pub(crate) fn new(json: bool) -> Self {
        Self { to_stderr: json }
    }

    pub(crate) fn line(&self, text: &str) {
        // A closed pipe is no reason to stop publishing.
        let _written = if self.to_stderr {
            writeln!(std::io::stderr(), "{text}")
        } else {
            writeln!(std::io::stdout(), "{text}")
        };
    }

    pub(crate) fn banner(&self, text: &str) {
        self.line(text);
        self.line("");
    }

    /// Counts to `total`; unknown when it is zero.
    pub(crate) fn count(&self, name: &'static str, total: u64) -> Counter {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = if total == 0 { ProgressBar::new_spinner() } else { ProgressBar::new(total) };
            let form = if total == 0 { "{spinner} {msg} {pos}" } else { "{msg:28} [{bar:30}] {pos}/{len}" };
            if let Ok(style) = ProgressStyle::with_template(form) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_message(name);
            bar
        });
        Counter { bar, name, total, told: 0 }
    }

    pub(crate) fn table(&self, report: &Report) {
        self.line("");
        for (what, value) in report.rows() {
            self.line(&format!("  {what:<46} {value}"));
        }
        self.line("");
        self.line(&report.verdict());
    }
}

impl Counter {
    pub(crate) fn set(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            return;
        }
        let quarter = (done * 4).checked_div(self.total).unwrap_or(0);
        if quarter > self.told {
            self.told = quarter;
            eprintln!("{}: {done} of {}", self.name, self.total);
        }
    }

    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
