//! What the jobs did, line by line, in a file that nobody rewrites.

use fusion_core::{
    error::{Error, ErrorKind, Result},
    model::JobId,
};
use std::{collections::BTreeMap, fs::OpenOptions, io::Write, path::Path};

/// Which workers performed each job, in their order.
pub(crate) type Performed = BTreeMap<String, Vec<String>>;

fn unusable(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "the ledger can't be read or written").with_source(error)
}

/// Adds a line in one write, so that lines of several processes don't mix.
pub(crate) fn note(path: &Path, job: JobId, worker: &str) -> Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(unusable)?;
    file.write_all(format!("{job} {worker}\n").as_bytes()).map_err(unusable)
}

pub(crate) fn read(path: &Path) -> Result<Performed> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        text => text.map_err(unusable)?,
    };
    let mut performed = Performed::new();
    for line in text.lines() {
        let Some((job, worker)) = line.split_once(' ') else {
            return Err(Error::new(ErrorKind::InvalidInput, format!("the ledger has a line `{line}`")));
        };
        performed.entry(job.to_owned()).or_default().push(worker.to_owned());
    }
    Ok(performed)
}
