use super::{AuditEntry, Head, TrustedCheckpoint};
use crate::{
    error::{Error, ErrorKind},
    tenant::Tenant,
};
use std::{borrow::Borrow, fmt, ops::RangeInclusive};

/// Where a verification begins.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// At the tenant's first entry.
    Genesis,
    /// Behind a signed end; what lies before isn't looked at.
    Checkpoint(&'a TrustedCheckpoint),
}

/// A range of entries that hang together, and what is known about its end.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The entries that were checked, first and last included.
    pub range: RangeInclusive<u64>,
    /// The end that was reached.
    pub head: Head,
    /// Whether more could have followed.
    pub tail: Tail,
}

/// What is known about the end of a consistent range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// The last entry is the one that was signed.
    Proved,
    /// Up to this entry everything is as it was signed; later ones only hang together.
    ProvedUpTo(u64),
    /// Consistent, end unproved: entries may have been cut off, or all of them written anew.
    Unproved,
}

/// Why a range isn't verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotVerified {
    /// No entry was given, so nothing is known: this isn't validity.
    NothingToCheck,
    /// The checkpoints don't belong to this tenant, or the end lies before the start.
    WrongCheckpoint,
    /// The chain breaks.
    Broken {
        /// The first entry that can't be believed; all before it in the range hold.
        sequence: u64,
        /// What is wrong there.
        fault: Fault,
    },
}

/// What is wrong at one place of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another number stands here: an entry was taken out, put in twice or moved.
    Misplaced {
        /// The number that was found.
        found: u64,
    },
    /// It doesn't follow on the entry before it: one of the two was replaced, or belongs to another chain.
    Unlinked,
    /// Its content isn't what was hashed.
    Altered,
    /// The entries end before the signed end.
    CutTail {
        /// The number of the last entry that was signed.
        signed: u64,
    },
    /// Another entry stands where the signed one stood: the chain was written anew.
    NotAsSigned,
}

/// Verifies a chain page by page, in order.
///
/// Without a checkpoint as its end it can't see that the last entries are missing, nor that somebody who may
/// write to the database has computed the whole chain anew.
#[derive(Clone, Debug)]
pub struct Verifier {
    head: Head,
    first: u64,
    end: Option<Head>,
    fault: Option<NotVerified>,
}

impl Verifier {
    /// Begins behind `start`; the chain must go through `end` where one is given.
    ///
    /// # Errors
    /// [`NotVerified::WrongCheckpoint`].
    pub fn new(
        tenant: &Tenant,
        start: Start<'_>,
        end: Option<&TrustedCheckpoint>,
    ) -> Result<Self, NotVerified> {
        let head = match start {
            Start::Genesis => Head::genesis(tenant),
            Start::Checkpoint(checkpoint) => checkpoint.head(),
        };
        let end = end.map(TrustedCheckpoint::head);
        let usable = |end: &Head| {
            end.tenant == *tenant
                && (end.sequence > head.sequence || (end.sequence == head.sequence && end.hash == head.hash))
        };
        if head.tenant != *tenant || !end.as_ref().is_none_or(usable) {
            return Err(NotVerified::WrongCheckpoint);
        }
        Ok(Self { first: head.sequence.saturating_add(1), head, end, fault: None })
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// [`NotVerified::Broken`] at the first entry that can't be believed, and again for every one after it.
    pub fn push(&mut self, entry: &AuditEntry) -> Result<(), NotVerified> {
        if self.fault.is_none() {
            let sequence = self.head.sequence.saturating_add(1);
            match self.judge(entry, sequence) {
                None => {
                    self.head.sequence = sequence;
                    self.head.hash = entry.hash;
                }
                Some(fault) => self.fault = Some(NotVerified::Broken { sequence, fault }),
            }
        }
        self.fault.map_or(Ok(()), Err)
    }

    fn judge(&self, entry: &AuditEntry, sequence: u64) -> Option<Fault> {
        if entry.sequence != sequence {
            return Some(Fault::Misplaced { found: entry.sequence });
        }
        if entry.previous != self.head.hash {
            return Some(Fault::Unlinked);
        }
        // What has no canonical form was never hashed.
        if self.head.hash_next(entry.id, &entry.entry).ok() != Some(entry.hash) {
            return Some(Fault::Altered);
        }
        let signed = self.end.as_ref().filter(|end| end.sequence == sequence);
        if signed.is_some_and(|end| end.hash != entry.hash) {
            return Some(Fault::NotAsSigned);
        }
        None
    }

    /// Says what the entries given so far amount to.
    ///
    /// # Errors
    /// [`NotVerified`]: they don't amount to anything.
    pub fn finish(self) -> Result<Verified, NotVerified> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let last = self.head.sequence;
        let tail = match &self.end {
            Some(end) if end.sequence > last => {
                let fault = Fault::CutTail { signed: end.sequence };
                return Err(NotVerified::Broken { sequence: last.saturating_add(1), fault });
            }
            _ if last < self.first => return Err(NotVerified::NothingToCheck),
            Some(end) if end.sequence == last => Tail::Proved,
            Some(end) if end.sequence >= self.first => Tail::ProvedUpTo(end.sequence),
            Some(_) | None => Tail::Unproved,
        };
        Ok(Verified { range: self.first..=last, head: self.head, tail })
    }
}

/// Verifies `entries`, which come in the order of their numbers; [`Verifier`] takes them page by page.
///
/// # Errors
/// [`NotVerified`]: empty, broken, or not ending where it was signed.
pub fn verify(
    tenant: &Tenant,
    entries: impl IntoIterator<Item = impl Borrow<AuditEntry>>,
    start: Start<'_>,
    end: Option<&TrustedCheckpoint>,
) -> Result<Verified, NotVerified> {
    let mut verifier = Verifier::new(tenant, start, end)?;
    for entry in entries {
        verifier.push(entry.borrow())?;
    }
    verifier.finish()
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entries {} to {} are consistent, ", self.range.start(), self.range.end())?;
        match self.tail {
            Tail::Proved => f.write_str("end proved"),
            Tail::ProvedUpTo(signed) => write!(f, "proved up to {signed}"),
            Tail::Unproved => f.write_str("end unproved (a signed checkpoint proves that none was cut off)"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misplaced { found } => write!(f, "entry {found} stands in its place"),
            Self::Unlinked => f.write_str("it doesn't follow on the entry before it"),
            Self::Altered => f.write_str("its content was changed"),
            Self::CutTail { signed } => write!(f, "it and what follows up to {signed} are missing"),
            Self::NotAsSigned => f.write_str("it isn't the entry that was signed"),
        }
    }
}

impl fmt::Display for NotVerified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingToCheck => {
                f.write_str("there is no entry to check: nothing was recorded in this range")
            }
            Self::WrongCheckpoint => f.write_str("the checkpoints don't fit this tenant and range"),
            Self::Broken { sequence, fault } => write!(f, "the chain breaks at entry {sequence}: {fault}"),
        }
    }
}

impl std::error::Error for NotVerified {}

impl From<NotVerified> for Error {
    fn from(reason: NotVerified) -> Self {
        let kind = match reason {
            NotVerified::NothingToCheck => ErrorKind::NotFound,
            NotVerified::WrongCheckpoint => ErrorKind::InvalidInput,
            NotVerified::Broken { .. } => ErrorKind::Refused,
        };
        Self::new(kind, reason.to_string())
    }
}
