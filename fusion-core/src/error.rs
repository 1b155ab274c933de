//! The one error of this crate and of every plugin, on three axes: what kind, when again, and what became
//! of the write.

use crate::{
    clock::Timestamp,
    verb::{Operation, PlatformSlug},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, time::Duration};

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, by the reaction it calls for.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The platform or plugin can't do this at all.
    Unsupported,
    /// What was given is wrong; the field problems say where.
    InvalidInput,
    /// A setting of the program or of a store is wrong.
    InvalidConfig,
    /// The platform doesn't accept the credentials.
    Unauthenticated,
    /// The credentials are good and lack a permission.
    MissingScope,
    /// What was asked for doesn't exist.
    NotFound,
    /// Somebody else changed it meanwhile; read again and decide again.
    Conflict,
    /// What should be made exists already.
    AlreadyExists,
    /// Too many calls; wait.
    RateLimited,
    /// A daily or monthly allowance is used up.
    QuotaExhausted,
    /// Not reached, or out of order for the moment.
    Unavailable,
    /// The deadline is over.
    Timeout,
    /// The answer isn't what the contract says.
    Protocol,
    /// The platform understood and refused.
    PlatformRefused,
    /// A rule of the approval machine, policy or storage refused.
    Refused,
    /// The lease was lost: another worker owns this job.
    Fenced,
    /// The caller cancelled.
    Cancelled,
    /// A fault of ours.
    Internal,
}

/// A moment as the receiver's own clock sees it: lengths, not moments, cross process borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// This long after it is read.
    In(Duration),
    /// At this time of the storage's clock.
    At(Timestamp),
    /// When somebody says so, as by opening a gate.
    OnSignal,
}

/// Whether and when trying again makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// Never: the same call fails the same way.
    Never,
    /// After a growing, jittered pause.
    Backoff,
    /// At the moment the other side named.
    When(When),
    /// After somebody authorised the connection again.
    AfterReauth,
    /// After somebody changed something at the platform or here.
    AfterUserAction,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// No byte of it left.
    NotSent,
    /// It arrived and was refused; nothing changed.
    Rejected,
    /// It took effect.
    Applied,
    /// Part of it took effect.
    Partial,
    /// Nobody knows; it must be looked up, never blindly repeated.
    Unknown,
}

/// How serious a problem or an issue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// It works, and somebody should look.
    Warning,
    /// It doesn't work until it is mended.
    Error,
}

/// One thing wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where, as a path into what was given: `variants[3].price`.
    pub path: String,
    /// A stable word for programs: `too_long`.
    pub code: String,
    /// What is wrong and what would help, for people.
    pub message: String,
    /// How serious it is.
    pub severity: Severity,
}

impl Problem {
    /// A problem that stops the change.
    pub fn error(path: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), code: code.into(), message: message.into(), severity: Severity::Error }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// What could not be done, with kind, retry advice and the fate of the write.
///
/// Its message, `Debug` form and [`Failure`] never hold secrets or personal data: whoever makes an error
/// puts only ids, codes and field paths into it.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    retry: Retry,
    fate: Fate,
    message: Cow<'static, str>,
    operation: Option<Operation>,
    platform: Option<PlatformSlug>,
    platform_code: Option<String>,
    request_id: Option<String>,
    problems: Vec<Problem>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error that isn't worth retrying and sent nothing; the setters below say otherwise.
    ///
    /// The message is lower case without a full stop, and says what could not be done and what would help.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            retry: Retry::Never,
            fate: Fate::NotSent,
            message: message.into(),
            operation: None,
            platform: None,
            platform_code: None,
            request_id: None,
            problems: Vec::new(),
            source: None,
        }))
    }

    /// Sets when trying again makes sense.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Sets what became of the write.
    #[must_use]
    pub fn with_fate(mut self, fate: Fate) -> Self {
        self.0.fate = fate;
        self
    }

    /// Names the operation that failed.
    #[must_use]
    pub fn with_operation(mut self, operation: Operation) -> Self {
        self.0.operation = Some(operation);
        self
    }

    /// Names the platform that was asked.
    #[must_use]
    pub fn with_platform(mut self, platform: PlatformSlug) -> Self {
        self.0.platform = Some(platform);
        self
    }

    /// Keeps the platform's own code for this error.
    #[must_use]
    pub fn with_platform_code(mut self, code: impl Into<String>) -> Self {
        self.0.platform_code = Some(code.into());
        self
    }

    /// Keeps the id under which the platform's support finds the call.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.0.request_id = Some(id.into());
        self
    }

    /// Adds what is wrong field by field.
    #[must_use]
    pub fn with_problems(mut self, problems: impl IntoIterator<Item = Problem>) -> Self {
        self.0.problems.extend(problems);
        self
    }

    /// Keeps the underlying error for `source()`; it is never stored and never in `Debug`.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether and when trying again makes sense.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// Whether the same call would be refused again. What this side broke off is no refusal.
    pub(crate) fn is_final(&self) -> bool {
        self.0.retry == Retry::Never && !matches!(self.0.kind, ErrorKind::Fenced | ErrorKind::Cancelled)
    }

    /// What became of the write.
    pub fn fate(&self) -> Fate {
        self.0.fate
    }

    /// What could not be done, for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The operation that failed, where one is known.
    pub fn operation(&self) -> Option<Operation> {
        self.0.operation
    }

    /// The platform that was asked, where one was.
    pub fn platform(&self) -> Option<&PlatformSlug> {
        self.0.platform.as_ref()
    }

    /// The platform's own code for this error.
    pub fn platform_code(&self) -> Option<&str> {
        self.0.platform_code.as_deref()
    }

    /// The platform's id of the call.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// What is wrong, field by field.
    pub fn problems(&self) -> &[Problem] {
        &self.0.problems
    }

    /// The form that job histories and receipts keep; the source stays behind.
    pub fn to_failure(&self) -> Failure {
        Failure {
            kind: self.0.kind,
            retry: self.0.retry,
            fate: self.0.fate,
            message: self.0.message.to_string(),
            platform_code: self.0.platform_code.clone(),
            request_id: self.0.request_id.clone(),
            problems: self.0.problems.clone(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tell(f, &self.0.message, &self.0.problems)
    }
}

/// What went wrong, and every problem with its place.
fn tell(f: &mut fmt::Formatter<'_>, message: &str, problems: &[Problem]) -> fmt::Result {
    f.write_str(message)?;
    for (nth, problem) in problems.iter().enumerate() {
        write!(f, "{} {problem}", if nth == 0 { ":" } else { ";" })?;
    }
    Ok(())
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}/{:?}/{:?}: {self}", self.0.kind, self.0.retry, self.0.fate)?;
        if let Some(code) = &self.0.platform_code {
            write!(f, " [{code}]")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}

/// The storable form of an [`Error`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong.
    pub kind: ErrorKind,
    /// Whether and when trying again makes sense.
    pub retry: Retry,
    /// What became of the write.
    pub fate: Fate,
    /// What could not be done.
    pub message: String,
    /// The platform's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_code: Option<String>,
    /// The platform's id of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What is wrong, field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tell(f, &self.message, &self.problems)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let mut error = Self::new(failure.kind, failure.message)
            .with_retry(failure.retry)
            .with_fate(failure.fate)
            .with_problems(failure.problems);
        error.0.platform_code = failure.platform_code;
        error.0.request_id = failure.request_id;
        error
    }
}
