//! What the bench has found.

use super::{
    options::Options,
    turns::{About, Seen, Wanted, median},
};
use serde_json::json;

/// Rows in the order in which they were measured.
pub(crate) struct Table {
    bench: &'static str,
    rows: Vec<Row>,
}

/// One comparison.
pub(crate) struct Row {
    about: About,
    ours: Side,
    yardstick: Side,
    /// The median of the turns' ratios.
    ratio: f64,
    /// The same of processor time, the other way round: 2 is half the time.
    by_processor: Option<f64>,
}

/// The medians of one side.
struct Side {
    value: f64,
    processor: Option<f64>,
    server: Option<f64>,
    wal: Option<f64>,
    commits: Option<f64>,
}

impl Side {
    fn of(seen: &[Seen]) -> Self {
        let of = |part: fn(&Seen) -> Option<f64>| median(seen.iter().filter_map(part));
        Self {
            value: of(|seen| Some(seen.value)).unwrap_or_default(),
            processor: of(|seen| seen.processor),
            server: of(|seen| seen.server),
            wal: of(|seen| seen.wal),
            commits: of(|seen| seen.commits),
        }
    }

    /// What a job costs, as far as it was seen.
    fn costs(&self) -> String {
        let parts = [
            self.processor.map(|micros| format!("{micros:.1} us of the processor")),
            self.server.map(|micros| format!("{micros:.1} of them the server's")),
            self.wal.map(|bytes| format!("{bytes:.0} bytes of log")),
            self.commits.map(|commits| format!("{commits:.4} transactions")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Row {
    pub(crate) fn of(about: About, ours: &[Seen], yardstick: &[Seen]) -> Self {
        let pairs = || ours.iter().zip(yardstick);
        let ratio = median(pairs().map(|(ours, yardstick)| ours.value / yardstick.value));
        let by_processor =
            pairs().filter_map(|(ours, yardstick)| Some(yardstick.processor? / ours.processor?));
        Self {
            about,
            ours: Side::of(ours),
            yardstick: Side::of(yardstick),
            ratio: ratio.unwrap_or_default(),
            by_processor: median(by_processor),
        }
    }

    fn is_reached(&self) -> bool {
        match self.about.wanted {
            Wanted::AtLeast(least) => self.ratio >= least,
            Wanted::AtMost(most) => self.ratio <= most,
            Wanted::Value(least) => self.ours.value >= least,
        }
    }

    fn wanted(&self) -> String {
        match self.about.wanted {
            Wanted::AtLeast(least) => format!(">= {least}"),
            Wanted::AtMost(most) => format!("<= {most}"),
            Wanted::Value(least) => format!(">= {} {}", rounded(least), self.about.unit),
        }
    }

    fn goal(&self) -> f64 {
        match self.about.wanted {
            Wanted::AtLeast(goal) | Wanted::AtMost(goal) | Wanted::Value(goal) => goal,
        }
    }
}

impl Table {
    pub(crate) const fn of(bench: &'static str) -> Self {
        Self { bench, rows: Vec::new() }
    }

    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(crate) fn print(&self, options: &Options) {
        if options.json {
            for row in &self.rows {
                let line = json!({
                    "bench": self.bench,
                    "row": row.about.name,
                    "value": row.ours.value,
                    "unit": row.about.unit,
                    "yardstick": row.yardstick.value,
                    "ratio": row.ratio,
                    "ratio_by_processor": row.by_processor,
                    "goal": row.goal(),
                    "reached": row.is_reached(),
                });
                println!("{line}");
            }
            return;
        }
        println!();
        println!(
            "| row | work | yardstick | ours | yardstick's | ratio | by processor time | wanted | reached |"
        );
        println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        for row in &self.rows {
            println!(
                "| {} | {} | {} | {} {unit} | {} {unit} | {:.2} | {} | {} | {} |",
                row.about.name,
                row.about.work,
                row.about.yardstick,
                rounded(row.ours.value),
                rounded(row.yardstick.value),
                row.ratio,
                row.by_processor.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
                row.wanted(),
                if row.is_reached() { "yes" } else { "no" },
                unit = row.about.unit,
            );
        }
        println!();
        for row in self.rows.iter().filter(|row| !row.ours.costs().is_empty()) {
            println!(
                "{}, each: ours {}; yardstick {}",
                row.about.name,
                row.ours.costs(),
                row.yardstick.costs()
            );
        }
    }
}

/// With thousands told apart; small ones with their parts.
fn rounded(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
