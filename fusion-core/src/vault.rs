//! Secrets and personal values, sealed before any storage sees them.
//!
//! A value is encrypted under a data key of its own, which a [`KeyProvider`](crate::canonical::KeyProvider)
//! wraps. What belongs around it ([`Bound`]: whose it is, of what, for which platform, which version) is bound
//! in, so a sealed value moved to another row doesn't open there.

mod bound;
mod envelope;
mod personal;
mod renewal;
mod stored;

pub use bound::{Bound, Content};
pub use envelope::Envelope;
pub use personal::{Salt, commit_personal};
pub use renewal::Flights;
pub(crate) use stored::{FIRST, credentials_place};
pub use stored::{StoredCredentials, seal_credentials};

#[cfg(test)]
mod tests;
