//! How calls are answered that are done together.

use fusion_core::error::{Error, Result};
use tokio::sync::oneshot;

/// Answers a call. Nobody listens when its future was dropped.
pub(crate) fn tell<T>(answer: oneshot::Sender<Result<T>>, told: Result<T>) {
    drop(answer.send(told));
}

/// The same for one more caller.
pub(crate) fn again(error: &Error) -> Error {
    Error::new(error.kind(), error.message().to_owned()).with_retry(error.retry()).with_fate(error.fate())
}
