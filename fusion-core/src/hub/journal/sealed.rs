//! What is kept of steps, sealed.

use super::JobJournal;
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
        let inner = &*self.hub.0;
        let bound = self.bound(content, key);
        Envelope::seal(&*inner.keys, &*inner.clock, &bound, &plain).await?.to_sealed()
    }

    pub(super) async fn unseal<T: DeserializeOwned>(
        &self,
        content: Content,
        key: &StepKey,
        sealed: &Sealed,
    ) -> Result<T> {
        self.hub.unseal_step(self.tenant, self.platform, content, key, sealed).await
    }

    fn bound<'b>(&'b self, content: Content, key: &'b StepKey) -> Bound<'b> {
        bound(self.tenant, self.platform, content, key)
    }
}

impl Hub {
    /// What was kept of a step.
    pub(in crate::hub) async fn unseal_step<T: DeserializeOwned>(
        &self,
        tenant: &Tenant,
        platform: &PlatformSlug,
        content: Content,
        key: &StepKey,
        sealed: &Sealed,
    ) -> Result<T> {
        let bound = bound(tenant, platform, content, key);
        let plain = Envelope::from_sealed(sealed)?.open(&*self.0.keys, &bound).await?;
        serde_json::from_slice(plain.expose_secret())
            .map_err(|_| Error::new(ErrorKind::Internal, "a kept step can't be read"))
    }

    /// Seals what is kept of a step.
    pub(in crate::hub) async fn seal_answer(
        &self,
        tenant: &Tenant,
        platform: &PlatformSlug,
        key: &StepKey,
        answer: &WireResponse,
    ) -> Result<Sealed> {
        let plain = serde_json::to_vec(answer)
            .map_err(|_| Error::new(ErrorKind::Internal, "a step can't be written down"))?;
        let bound = bound(tenant, platform, Content::StepAnswer, key);
        Envelope::seal(&*self.0.keys, &*self.0.clock, &bound, &plain).await?.to_sealed()
    }
}

fn bound<'b>(
    tenant: &'b Tenant,
    platform: &'b PlatformSlug,
    content: Content,
    key: &'b StepKey,
) -> Bound<'b> {
    Bound { tenant, subject: &key.0, platform: Some(platform), content, version: 1 }
}
