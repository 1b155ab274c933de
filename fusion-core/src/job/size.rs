//! How large what a queue keeps may be.

use super::{JobEnd, NewJob, Settlement};
use crate::error::{Error, ErrorKind, Problem, Result};
use serde::Serialize;
use serde_json::Value;
use std::io;

/// Bytes of a job's payload as JSON. Each claim carries it to a worker, which has many in hands at once; what is larger
/// belongs where files are kept.
pub const MAX_PAYLOAD_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of the jobs that one call puts in: their payloads as JSON, and [`JOB_BYTES`] for what else each has. A server
/// of PostgreSQL's takes a thousand million by one statement; a quarter of it leaves room for how they are written.
pub const MAX_CALL_BYTES: usize = 256 * 1024 * 1024;

/// What counts for a job beside its payload: more than most have.
pub const JOB_BYTES: usize = 1_024;

/// Bytes of a result, and of a failure, as JSON. Whoever looks at a job or is a child of it reads it.
pub const MAX_RESULT_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of a job's kind and of its serial key: what the indexes of every back-end can hold.
pub const MAX_KEY_BYTES: usize = 2_000;

/// Levels of arrays and objects in a payload or a result. Readers of JSON give up at 128, with what stands around it, and
/// what they can't read would stop everybody's claims.
pub const MAX_DEPTH: usize = 100;

/// Checks the sizes of jobs that are put in by one call, before anything is stored.
///
/// # Errors
/// [`ErrorKind::InvalidInput`]: a payload has more than [`MAX_PAYLOAD_BYTES`] or [`MAX_DEPTH`], or a kind or serial key more than
/// [`MAX_KEY_BYTES`]; the problem's place begins with the job's in the call. Or all of them have more than
/// [`MAX_CALL_BYTES`]: put them in by several calls.
pub fn check_sizes(jobs: &[NewJob]) -> Result<()> {
    check_within(jobs, MAX_CALL_BYTES)
}

fn check_within(jobs: &[NewJob], limit: usize) -> Result<()> {
    let mut most_of_all = jobs.len().saturating_mul(JOB_BYTES);
    for (nth, job) in jobs.iter().enumerate() {
        let too_large = |field: &str, has: usize, limit: usize, mend: &str| {
            let what = format!("the {field} of job {}", job.id);
            too_large(&format!("jobs[{nth}].{field}"), &what, has, limit, mend)
        };
        let shorter = "make it shorter, as by a hash of it";
        let (kind, serial) = (job.kind.as_str().len(), job.serial.as_ref().map_or(0, String::len));
        if kind > MAX_KEY_BYTES {
            return Err(too_large("kind", kind, MAX_KEY_BYTES, shorter));
        }
        if serial > MAX_KEY_BYTES {
            return Err(too_large("serial", serial, MAX_KEY_BYTES, shorter));
        }
        if is_deeper(&job.payload, MAX_DEPTH) {
            return Err(too_deep(&format!("jobs[{nth}].payload"), &format!("the payload of job {}", job.id)));
        }
        let within = bounds(&job.payload);
        most_of_all = most_of_all.saturating_add(within.1);
        if let Some(payload) = beyond(MAX_PAYLOAD_BYTES, &job.payload, within)? {
            let mend = "store it elsewhere and let the payload name it";
            return Err(too_large("payload", payload, MAX_PAYLOAD_BYTES, mend));
        }
    }
    if most_of_all > limit {
        let mut all = jobs.len().saturating_mul(JOB_BYTES);
        for job in jobs {
            all = all.saturating_add(bytes(&job.payload)?);
        }
        if all > limit {
            return Err(too_large("jobs", "the call", all, limit, "put them in by several calls"));
        }
    }
    Ok(())
}

/// Checks what attempts leave at their jobs, before anything is stored.
///
/// # Errors
/// [`ErrorKind::InvalidInput`]: a result or failure has more than [`MAX_RESULT_BYTES`], or a result more than
/// [`MAX_DEPTH`]. The problem's place begins with the settlement's among them.
pub fn check_ends(settlements: &[Settlement]) -> Result<()> {
    for (nth, Settlement { lease, end }) in settlements.iter().enumerate() {
        let (field, has, mend) = match end {
            JobEnd::Completed(result) => {
                if is_deeper(result, MAX_DEPTH) {
                    let what = format!("the result of job {}", lease.job);
                    return Err(too_deep(&format!("settlements[{nth}].result"), &what));
                }
                let mend = "store it elsewhere and return a reference to it";
                ("result", beyond(MAX_RESULT_BYTES, result, bounds(result))?, mend)
            }
            JobEnd::Retry { failure, .. } | JobEnd::Dead(failure) => {
                let has = bytes(failure)?;
                ("failure", Some(has).filter(|has| *has > MAX_RESULT_BYTES), "say in a sentence what failed")
            }
            JobEnd::Snooze { .. } | JobEnd::Cancelled => continue,
        };
        if let Some(has) = has {
            let what = format!("the {field} of job {}", lease.job);
            return Err(too_large(
                &format!("settlements[{nth}].{field}"),
                &what,
                has,
                MAX_RESULT_BYTES,
                mend,
            ));
        }
    }
    Ok(())
}

fn too_large(place: &str, what: &str, has: usize, limit: usize, mend: &str) -> Error {
    let message = format!("{what} has {has} bytes or more, and at most {limit} are kept; {mend}");
    Error::new(ErrorKind::InvalidInput, "the queue can't keep what is too large")
        .with_problems([Problem::error(place, "too_large", message)])
}

fn too_deep(place: &str, what: &str) -> Error {
    let message = format!(
        "{what} has more than {MAX_DEPTH} levels of arrays and objects; make it flatter, or text of it"
    );
    Error::new(ErrorKind::InvalidInput, "the queue can't keep what is nested too deeply")
        .with_problems([Problem::error(place, "too_deep", message)])
}

/// Whether there are more levels of arrays and objects; what lies deeper isn't looked at.
fn is_deeper(value: &Value, levels: usize) -> bool {
    let Some(left) = levels.checked_sub(1) else { return value.is_array() || value.is_object() };
    match value {
        Value::Array(values) => values.iter().any(|value| is_deeper(value, left)),
        Value::Object(fields) => fields.values().any(|value| is_deeper(value, left)),
        _ => false,
    }
}

/// The bytes of `value` as JSON, which are between those bounds, where they are more than `limit`; of what is far beyond
/// it at least so many. What is small, as nearly everything, is never written for it.
fn beyond(limit: usize, value: &Value, (least, most): (usize, usize)) -> Result<Option<usize>> {
    if least > limit || most <= limit {
        return Ok(Some(least).filter(|least| *least > limit));
    }
    Ok(Some(bytes(value)?).filter(|has| *has > limit))
}

/// Between which lengths `value` is as JSON.
fn bounds(value: &Value) -> (usize, usize) {
    /// `\u0000` for one byte.
    const LONGEST_ESCAPE: usize = 6;
    /// A float with its sign, digits and exponent has fewer.
    const LONGEST_NUMBER: usize = 40;
    let text = |text: &str| (text.len() + 2, text.len() * LONGEST_ESCAPE + 2);
    // Each with a comma or a bracket.
    let add =
        |(least, most): (usize, usize), (more, at_most): (usize, usize)| (least + more, most + at_most + 1);
    match value {
        Value::Null | Value::Bool(_) => (4, 5),
        Value::Number(_) => (1, LONGEST_NUMBER),
        Value::String(string) => text(string),
        Value::Array(values) => values.iter().map(bounds).fold((2, 2), add),
        Value::Object(fields) => {
            fields.iter().fold((2, 2), |sum, (name, value)| add(add(sum, text(name)), bounds(value)))
        }
    }
}

/// How long `value` is as JSON.
fn bytes(value: &impl Serialize) -> Result<usize> {
    let mut counted = Counted(0);
    serde_json::to_writer(&mut counted, value).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "what can't be written as JSON can't be kept").with_source(source)
    })?;
    Ok(counted.0)
}

/// Keeps the length of what is written alone.
struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, written: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(written.len());
        Ok(written.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
