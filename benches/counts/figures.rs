//! What was counted before, and what is too much of a change.

use fusion_core::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/counts.json");

/// In hundredths: eight times the most that five runs of one program differed by.
const TOLERANCE: f64 = 5.0;

/// In hundredths, under another compiler or target than the figures are of: enough for other inlining, too little
/// for a path that does its work twice.
const TOLERANCE_ELSEWHERE: f64 = 40.0;

#[derive(Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Compiler and target that they hold for.
    pub(crate) compiler: String,
    /// Growth that isn't an error yet, in hundredths.
    tolerance_percent: f64,
    /// Instructions for each item, by path.
    instructions: BTreeMap<String, u64>,
}

/// From harmless to harmful.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Alike,
    Less,
    More,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alike => "",
            Self::Less => "cheaper",
            Self::More => "DEARER",
        })
    }
}

impl Figures {
    pub(crate) fn of(compiler: String, instructions: BTreeMap<String, u64>) -> Self {
        Self { compiler, tolerance_percent: TOLERANCE, instructions }
    }

    pub(crate) fn read() -> Result<Self> {
        let text = std::fs::read_to_string(FILE).map_err(unusable)?;
        serde_json::from_str(&text).map_err(unusable)
    }

    pub(crate) fn write(&self) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(unusable)?;
        std::fs::write(FILE, text + "\n").map_err(unusable)
    }

    pub(crate) fn recorded(&self, path: &str) -> Option<u64> {
        self.instructions.get(path).copied()
    }

    /// Growth under `compiler` that isn't an error yet, in hundredths.
    pub(crate) fn tolerance(&self, compiler: &str) -> f64 {
        if compiler == self.compiler { self.tolerance_percent } else { TOLERANCE_ELSEWHERE }
    }
}

/// What to think of `counted`, and how far it is from `recorded` in hundredths.
pub(crate) fn judge(recorded: u64, counted: u64, tolerance: f64) -> (Verdict, f64) {
    let change = (counted as f64 / recorded.max(1) as f64 - 1.0) * 100.0;
    let verdict = match change {
        change if change > tolerance => Verdict::More,
        change if change < -tolerance => Verdict::Less,
        _ => Verdict::Alike,
    };
    (verdict, change)
}

fn unusable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("{FILE} can't be used; write it anew with `-- --update`"))
        .with_source(error)
}
