//! Measuring two sides in turn.

use super::{Result, options::Options, table::Row};
use std::time::Duration;

/// What one turn of one side has shown.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen {
    /// In the unit of the row.
    pub(crate) value: f64,
    /// Microseconds of the processor for each job, program and server together.
    pub(crate) processor: Option<f64>,
    /// The part of it that the server's sessions took.
    pub(crate) server: Option<f64>,
    /// Bytes of PostgreSQL's log for each job.
    pub(crate) wal: Option<f64>,
    /// Transactions for each job.
    pub(crate) commits: Option<f64>,
}

impl Seen {
    /// So many `jobs` in `span`.
    pub(crate) fn rate(jobs: usize, span: Duration) -> Self {
        Self { value: jobs as f64 / span.as_secs_f64(), ..Self::default() }
    }

    /// Microseconds of the processor that were taken for `jobs` in all.
    #[must_use]
    pub(crate) fn with_processor(mut self, micros: f64, jobs: usize) -> Self {
        self.processor = Some(micros / jobs as f64).filter(|micros| *micros > 0.0);
        self
    }
}

/// What a row promises, of its ratio where nothing else is said.
#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    AtLeast(f64),
    AtMost(f64),
    /// Of our own value, whatever the yardstick's is.
    Value(f64),
}

/// What a row is about.
pub(crate) struct About {
    pub(crate) name: &'static str,
    pub(crate) work: String,
    pub(crate) yardstick: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) wanted: Wanted,
}

/// Lets both sides have their turns, each going first in every second one.
pub(crate) async fn in_turn(
    options: &Options,
    about: About,
    ours: impl AsyncFn() -> Result<Seen>,
    yardstick: impl AsyncFn() -> Result<Seen>,
) -> Result<Row> {
    let (mut mine, mut theirs) = (Vec::new(), Vec::new());
    for turn in 0..options.turns {
        if turn % 2 == 0 {
            theirs.push(yardstick().await?);
            mine.push(ours().await?);
        } else {
            mine.push(ours().await?);
            theirs.push(yardstick().await?);
        }
        let (Some(mine), Some(theirs)) = (mine.last(), theirs.last()) else { continue };
        let (unit, ratio) = (about.unit, mine.value / theirs.value);
        eprintln!(
            "{} {}/{}: {:.0} of {:.0} {unit}, {ratio:.2}",
            about.name,
            turn + 1,
            options.turns,
            mine.value,
            theirs.value
        );
    }
    Ok(Row::of(about, &mine, &theirs))
}

/// The middle one; of an even number the mean of the middle two.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = *values.get((values.len() - 1) / 2)?;
    Some(f64::midpoint(lower, upper))
}

/// The value that the given part of all isn't above.
pub(crate) fn quantile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len().saturating_sub(1) as f64 * part).round();
    values.get(at as usize).copied().unwrap_or_default()
}
