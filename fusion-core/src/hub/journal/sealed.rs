//! What is kept of steps, sealed.

use super::{JobJournal, StepKeys};
use crate::{
    error::{Error, ErrorKind, Result},
    hub::Hub,
    model::{Sealed, StepKey},
    plugin::WireResponse,
    tenant::Tenant,
    vault::{Bound, Content, Envelope},
    verb::PlatformSlug,
};
use secrecy::ExposeSecret;
use serde::{Serialize, de::DeserializeOwned};

impl JobJournal<'_> {
    pub(super) async fn seal(
        &self,
        content: Content,
        key: &StepKey,
        value: &impl Serialize,
    ) -> Result<Sealed> {
        let plain = serde_json::to_vec(value)
            .map_err(|_| Error::new(ErrorKind::Internal, "a step can't be written down"))?;
        let bound = self.bound(content, key);
        Envelope::seal(&self.keys, &*self.hub.0.clock, &bound, &plain).await?.to_sealed()
    }

    pub(super) async fn unseal<T: DeserializeOwned>(
        &self,
        content: Content,
        key: &StepKey,
        sealed: &Sealed,
    ) -> Result<T> {
        unseal_step(&self.keys, &self.bound(content, key), sealed).await
    }

    fn bound<'b>(&'b self, content: Content, key: &'b StepKey) -> Bound<'b> {
        step_place(self.tenant, self.platform, content, key)
    }
}

impl Hub {
    /// Seals what is kept of a step.
    pub(in crate::hub) async fn seal_answer(
        &self,
        keys: &StepKeys,
        bound: &Bound<'_>,
        answer: &WireResponse,
    ) -> Result<Sealed> {
        let plain = serde_json::to_vec(answer)
            .map_err(|_| Error::new(ErrorKind::Internal, "a step can't be written down"))?;
        Envelope::seal(keys, &*self.0.clock, bound, &plain).await?.to_sealed()
    }
}

/// What was kept of a step.
///
/// # Errors
/// [`ErrorKind::Refused`]: it was erased with the buyer's data.
pub(in crate::hub) async fn unseal_step<T: DeserializeOwned>(
    keys: &StepKeys,
    bound: &Bound<'_>,
    sealed: &Sealed,
) -> Result<T> {
    let plain = Envelope::unseal(sealed, keys, bound).await?;
    serde_json::from_slice(plain.expose_secret())
        .map_err(|_| Error::new(ErrorKind::Internal, "a kept step can't be read"))
}

/// The place of what is kept of a step.
pub(in crate::hub) fn step_place<'b>(
    tenant: &'b Tenant,
    platform: &'b PlatformSlug,
    content: Content,
    key: &'b StepKey,
) -> Bound<'b> {
    Bound { tenant, subject: &key.0, platform: Some(platform), content, version: 1 }
}
