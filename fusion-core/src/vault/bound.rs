use crate::{tenant::Tenant, verb::PlatformSlug};

/// What a sealed value is.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// The tokens of a connection.
    Credentials,
    /// The words between authorising at a platform and coming back from there.
    SignIn,
    /// The request of a step, as it is sent.
    StepRequest,
    /// The answer to a step, as it came.
    StepAnswer,
    /// The raw body of a webhook.
    Delivery,
    /// An address, a personalisation, a note.
    Personal,
    /// The key that what is kept of an order's steps is sealed under.
    OrderKey,
    /// The key that what is kept of a tenant's other steps is sealed under.
    JournalKey,
}

impl Content {
    /// The stable name that is bound into the sealed value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::SignIn => "sign_in",
            Self::StepRequest => "step_request",
            Self::StepAnswer => "step_answer",
            Self::Delivery => "delivery",
            Self::Personal => "personal",
            Self::OrderKey => "order_key",
            Self::JournalKey => "journal_key",
        }
    }
}

/// The place of a sealed value; opened anywhere else, it stays shut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound<'a> {
    /// Whose value it is.
    pub tenant: &'a Tenant,
    /// The id of what it belongs to, such as a connection's.
    pub subject: &'a str,
    /// The platform it is for, if it is for one.
    pub platform: Option<&'a PlatformSlug>,
    /// What it is.
    pub content: Content,
    /// The version of the value, counted by whoever replaces it: an older sealing doesn't pass for a newer.
    pub version: u64,
}

impl Bound<'_> {
    /// How an error names it.
    pub(super) fn named(&self) -> String {
        format!("the {} of {}", self.content.as_str().replace('_', " "), self.subject)
    }

    /// Length-prefixed, so that no two places share their bytes.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let platform = self.platform.map(PlatformSlug::as_str);
        let mut bytes = b"fusion.vault.v1\0".to_vec();
        let mut part = |part: &[u8]| {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part);
        };
        part(self.tenant.as_str().as_bytes());
        part(self.subject.as_bytes());
        part(&[u8::from(platform.is_some())]);
        part(platform.unwrap_or_default().as_bytes());
        part(self.content.as_str().as_bytes());
        part(&self.version.to_be_bytes());
        bytes
    }
}
