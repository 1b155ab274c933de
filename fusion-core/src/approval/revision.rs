//! What was shown, byte for byte.

use crate::{
    approval::Request,
    canonical::{self, Hash, Hasher},
    clock::Timestamp,
    error::{Error, ErrorKind, Result},
    model::{ListingId, RequestId, StoreId},
    plugin::{Command, Preview, Snapshot},
    tenant::{Signature, Tenant},
    verb::{Operation, PlatformSlug},
};
use serde::{Deserialize, Serialize};

/// One version of a request; append-only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Of what.
    pub request: RequestId,
    /// Counted from 1; 0 is what was asked for before its store was read, and nobody votes on it.
    pub number: u32,
    /// The canonical command; stored once, never written anew, and what will run.
    pub command: String,
    /// What it reads or overwrites, as it was.
    pub snapshot: Snapshot,
    /// What was shown.
    pub preview: Preview,
    /// The plugin's version that made the preview.
    pub plugin_version: String,
    /// What the platform calls the account.
    pub account: String,
    /// What the platform calls the listing, if it has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing_ref: Option<String>,
    /// Until when people may decide.
    pub decide_by: Timestamp,
    /// Until when it may begin.
    pub execute_by: Timestamp,
    /// Who wrote it.
    pub author: Signature,
    /// When.
    pub at: Timestamp,
    /// What every vote on it has to name.
    pub digest: Hash,
}

/// Everything that a digest binds.
#[derive(Clone, Copy, Debug)]
pub struct DigestParts<'a> {
    /// Whose.
    pub tenant: &'a Tenant,
    /// Of which request.
    pub request: RequestId,
    /// Which revision of it.
    pub number: u32,
    /// On which platform; empty for what concerns the tenant.
    pub platform: Option<&'a PlatformSlug>,
    /// The plugin's version.
    pub plugin_version: &'a str,
    /// What the platform calls the account.
    pub account: &'a str,
    /// In which store.
    pub store: Option<StoreId>,
    /// What is done.
    pub operation: Operation,
    /// To which listing.
    pub listing: Option<ListingId>,
    /// What the platform calls it.
    pub listing_ref: Option<&'a str>,
    /// The canonical command.
    pub command: &'a str,
    /// What it reads or overwrites.
    pub snapshot: &'a Snapshot,
    /// What was shown.
    pub preview: &'a Preview,
    /// Until when people may decide.
    pub decide_by: Timestamp,
    /// Until when it may begin.
    pub execute_by: Timestamp,
}

impl DigestParts<'_> {
    /// SHA-256 over all parts, each with its length before it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): snapshot or preview have no canonical form.
    pub fn digest(&self) -> Result<Hash> {
        let id = |id: Option<uuid::Uuid>| id.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
        Ok(Hasher::new("fusion.approval.v1")
            .part(self.tenant.as_str())
            .part(self.request.as_uuid().as_bytes())
            .part(self.number.to_be_bytes())
            .part(self.platform.map_or("", PlatformSlug::as_str))
            .part(self.plugin_version)
            .part(self.account)
            .part(id(self.store.map(StoreId::as_uuid)))
            .part(self.operation.as_str())
            .part(id(self.listing.map(ListingId::as_uuid)))
            .part(self.listing_ref.unwrap_or(""))
            .part(Hash::of(self.command))
            .part(canonical::hash(self.snapshot)?)
            .part(canonical::hash(self.preview)?)
            .part(self.decide_by.as_micros().to_be_bytes())
            .part(self.execute_by.as_micros().to_be_bytes())
            .finish())
    }
}

impl Revision {
    /// Whether what is stored is still what the votes on `request` were for; its grant vouches for the digest alone.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: it was changed in storage.
    pub fn check(&self, tenant: &Tenant, request: &Request) -> Result<()> {
        let parts = DigestParts {
            tenant,
            request: request.id,
            number: request.revision,
            platform: request.platform.as_ref(),
            plugin_version: &self.plugin_version,
            account: &self.account,
            store: request.store,
            operation: request.operation,
            listing: request.listing,
            listing_ref: self.listing_ref.as_deref(),
            command: &self.command,
            snapshot: &self.snapshot,
            preview: &self.preview,
            decide_by: self.decide_by,
            execute_by: self.execute_by,
        };
        if request.digest == Some(parts.digest()?) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Refused,
            format!(
                "revision {} of request {} isn't what was agreed to: it was changed in storage",
                self.number, self.request
            ),
        ))
    }

    /// The command as a value.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput): damaged, or written by a newer version.
    pub fn open(&self) -> Result<Command> {
        Command::from_bytes(self.command.as_bytes())
    }
}
