//! What a person sees: bars on a terminal, plain lines elsewhere.

use crate::{args::Args, report::Report};
use fusion_core::error::{Error, ErrorKind};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};

/// Where lines and bars go.
pub(crate) struct Screen {
    /// Standard output belongs to the JSON object.
    to_stderr: bool,
    /// Whether the reviewer sits before it.
    asks: bool,
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
    pub(crate) fn new(args: &Args) -> Self {
        let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        Self { to_stderr: args.json, asks: is_terminal && !args.yes && !args.json }
    }

    /// Asks the reviewer, where there is one: an empty line, `y` or `yes` agree.
    pub(crate) async fn agrees(&self, question: &str) -> Result<bool, Error> {
        if !self.asks {
            return Ok(true);
        }
        let question = format!("{question} [Y/n] ");
        // Reading from a terminal blocks, so it has a thread of its own.
        let answered = tokio::task::spawn_blocking(move || {
            print!("{question}");
            std::io::stdout().flush()?;
            let mut answer = String::new();
            // The end of input is no answer.
            let is_answer = std::io::stdin().read_line(&mut answer)? > 0;
            Ok(is_answer && matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
        });
        let failed = |source: std::io::Error| {
            Error::new(ErrorKind::InvalidConfig, "the terminal can't be read; say --yes").with_source(source)
        };
        answered.await.map_err(|error| failed(std::io::Error::other(error)))?.map_err(failed)
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
