//! How the last failure of a job reads that the queue has given up.

use fusion_core::error::{ErrorKind, Failure, Fate, Retry};

/// Why nobody runs a job any more whose workers were lost with it.
pub(crate) fn quarantined() -> Failure {
    Failure {
        kind: ErrorKind::Internal,
        retry: Retry::AfterUserAction,
        fate: Fate::Unknown,
        message: "its workers were lost too often while they ran it; look at it before it is requeued"
            .to_owned(),
        platform_code: None,
        request_id: None,
        problems: Vec::new(),
    }
}
