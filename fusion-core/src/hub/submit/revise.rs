//! Revisions: everything that a digest binds, and who has to agree.

use crate::{
    approval::{DigestParts, PolicyRecord, Request, Revision, Terms},
    canonical,
    error::{Error, ErrorKind, Result},
    hub::{Hub, facts::change_facts, session::Session},
    plugin::{Command, Preview, Snapshot, Target},
    storage::Versioned,
    tenant::Actor,
};

impl Hub {
    /// A revision of `request` with what the machine has to know about it.
    #[expect(clippy::too_many_arguments, reason = "everything that a digest binds meets here")]
    pub(in crate::hub) async fn revise(
        &self,
        by: &Actor,
        request: &Request,
        policy: &Versioned<PolicyRecord>,
        command: &Command,
        session: &Session<'_>,
        target: &Target,
        snapshot: Snapshot,
        preview: Preview,
    ) -> Result<(Revision, Terms)> {
        let inner = &*self.0;
        let now = inner.clock.now();
        let route =
            policy.value.policy.route(&change_facts(by, request, command, target, &snapshot, &preview))?;
        self.check_people(by.tenant(), request, &route).await?;
        let bytes = String::from_utf8(canonical::bytes(command)?)
            .map_err(|_| Error::new(ErrorKind::Internal, "canonical bytes are no text"))?;
        let decide_by = now + inner.periods.decide_within;
        let execute_by = decide_by + inner.periods.execute_within;
        let account = session.connection.account.clone().unwrap_or_default();
        let plugin_version = session.plugin().manifest().version;
        let listing_ref = target.refs.current().first().map(ToString::to_string);
        let parts = DigestParts {
            tenant: by.tenant(),
            request: request.id,
            number: request.revision,
            platform: request.platform.as_ref(),
            plugin_version,
            account: &account,
            store: request.store,
            operation: request.operation,
            listing: request.listing,
            listing_ref: listing_ref.as_deref(),
            command: &bytes,
            snapshot: &snapshot,
            preview: &preview,
            decide_by,
            execute_by,
        };
        let digest = parts.digest()?;
        let revision = Revision {
            request: request.id,
            number: request.revision,
            command: bytes,
            snapshot,
            preview,
            plugin_version: plugin_version.to_owned(),
            account,
            listing_ref,
            decide_by,
            execute_by,
            author: by.signature().clone(),
            at: now,
            digest,
        };
        Ok((revision, Terms { digest, route, decide_by, execute_by }))
    }
}
