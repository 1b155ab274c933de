//! What a plugin says about itself and its platform.

use super::Bucket;
use crate::{
    clock::Timestamp,
    model::RefKind,
    verb::{Operation, PlatformSlug},
};
use std::{slice::Chunks, time::Duration};

/// How well a platform can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// The platform has it.
    Native,
    /// The platform lacks it, and the plugin reaches the same end another way.
    Workaround {
        /// Which way, and what is different about it.
        reason: &'static str,
        /// Where the platform says so.
        link: &'static str,
    },
    /// It can't be done.
    Unsupported {
        /// Why not, and what a person can do instead.
        reason: &'static str,
        /// Where the platform says so.
        link: &'static str,
    },
}

/// One row of the capability table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// What is asked for.
    pub operation: Operation,
    /// How well it can be done.
    pub support: Support,
    /// What the plugin does for it, for people.
    pub description: &'static str,
}

/// What a platform demands of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// It must be there and not be empty.
    Required,
    /// The platform has no place for it, and losing it would be wrong: the change is refused.
    Refused,
    /// It arrives changed: how.
    Transformed(&'static str),
    /// At most so many characters (Unicode scalar values).
    MaxChars(usize),
    /// At most so many bytes of UTF-8.
    MaxBytes(usize),
    /// At most so many entries.
    MaxCount(usize),
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// A rule for the fields that a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldRule {
    /// Path into a [`NewListing`](crate::model::NewListing), `[]` standing for each entry: `variants[].sku`.
    pub path: &'static str,
    /// What holds there.
    pub rule: Rule,
    /// Where the platform says so.
    pub link: &'static str,
}

/// How the platform lets a program in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthScheme {
    /// A fixed token or key.
    Token,
    /// OAuth 2 with a code; PKCE where the platform has it.
    AuthorizationCode,
    /// OAuth 2 client credentials, renewed by the program itself.
    ClientCredentials,
}

/// A setting of a connection that people fill in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name in the settings object.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What to write, with an example.
    pub help: &'static str,
}

/// What one write touches, so that two writes of it never overtake each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteUnit {
    /// Listing and stock are written apart; one stock call takes up to so many rows.
    Apart {
        /// Rows that one call may hold.
        stock_rows: usize,
    },
    /// Every write replaces the whole listing, stock included.
    WholeListing,
    /// Listing and stock apart, and every variant is a unit of its own.
    Variant,
}

impl WriteUnit {
    /// What is to be told about stock, in as many parts as it takes calls; one, where a call has no such bound.
    pub fn stock_calls<'r, T>(&self, lines: &'r [T]) -> Chunks<'r, T> {
        lines.chunks(match self {
            Self::Apart { stock_rows } => (*stock_rows).max(1),
            Self::WholeListing | Self::Variant => lines.len().max(1),
        })
    }
}

/// The platform's interface version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiVersion {
    /// As the platform writes it.
    pub version: &'static str,
    /// When it stops working, where the platform tells.
    pub sunset: Option<Timestamp>,
}

/// What a plugin says about itself; made once, read by guard, preview, policy, hub and documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Which platform.
    pub slug: PlatformSlug,
    /// The platform's name for people.
    pub name: &'static str,
    /// The plugin's version; part of what reviewers sign.
    pub version: &'static str,
    /// The interface version it speaks.
    pub api: ApiVersion,
    /// What can be done; an operation without a row is unsupported.
    pub capabilities: Vec<Capability>,
    /// What holds for the fields of a listing.
    pub fields: Vec<FieldRule>,
    /// What limits the calls.
    pub buckets: Vec<Bucket>,
    /// How the platform lets a program in.
    pub auth: Vec<AuthScheme>,
    /// Permissions that an operation needs.
    pub scopes: Vec<(Operation, &'static [&'static str])>,
    /// Settings of a connection.
    pub settings: Vec<Setting>,
    /// Kinds of ids that the platform gives.
    pub refs: Vec<RefKind>,
    /// What one write touches.
    pub write_unit: WriteUnit,
    /// How long a write may take to show up in look-ups.
    pub settle: Duration,
    /// Hosts that get credentials; `*.` at the start stands for any subdomain.
    pub api_hosts: Vec<&'static str>,
    /// Hosts of addresses that the platform or merchant gives: never credentials. The same form.
    pub asset_hosts: Vec<&'static str>,
}

impl Manifest {
    /// How well the platform can do `operation`.
    pub fn support(&self, operation: Operation) -> Support {
        self.capabilities
            .iter()
            .find(|row| row.operation == operation)
            .map_or(Support::Unsupported { reason: "the plugin doesn't offer it", link: "" }, |row| {
                row.support
            })
    }

    /// Whether `operation` can be done at all.
    pub fn supports(&self, operation: Operation) -> bool {
        !matches!(self.support(operation), Support::Unsupported { .. })
    }

    /// Whether `host` gets credentials.
    pub fn is_api_host(&self, host: &str) -> bool {
        self.api_hosts.iter().any(|pattern| host_matches(pattern, host))
    }

    /// Whether bytes may go to `host`, without credentials.
    pub fn is_asset_host(&self, host: &str) -> bool {
        self.asset_hosts.iter().any(|pattern| host_matches(pattern, host))
    }
}

fn host_matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        // `*.myshopify.com`: something, and then the rest with its dot.
        Some(rest) => host.len() > rest.len() && host.ends_with(rest),
        None => host == pattern,
    }
}
