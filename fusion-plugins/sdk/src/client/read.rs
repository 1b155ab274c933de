//! Calls that change nothing, and the one that can't be kept.

use super::{Client, Cost};
use crate::retry::{Effect, Missed, Next};
use fusion_core::{
    error::Result,
    plugin::{WireRequest, WireResponse},
};

impl Client<'_> {
    /// Asks something that changes nothing at the platform; repeats it as the profile says.
    ///
    /// # Errors
    /// [`InvalidConfig`](fusion_core::error::ErrorKind::InvalidConfig): the host gets no credentials.
    /// [`RateLimited`](fusion_core::error::ErrorKind::RateLimited): the budget or the platform says wait.
    /// [`Timeout`](fusion_core::error::ErrorKind::Timeout),
    /// [`Cancelled`](fusion_core::error::ErrorKind::Cancelled),
    /// [`Unavailable`](fusion_core::error::ErrorKind::Unavailable), and what the profile's `judge` says.
    pub async fn read(&self, cost: &[Cost], request: WireRequest) -> Result<WireResponse> {
        self.unjournaled(cost, &request, Effect::Read).await
    }

    /// Exchanges a code, an app's secret or a refresh token for credentials, without sending any.
    ///
    /// Nothing of it is kept, and it is repeated only when it certainly did nothing: codes and rotating tokens
    /// work once.
    ///
    /// # Errors
    /// As [`read`](Self::read); the fate is unknown when no whole answer came.
    pub async fn sign_in(&self, cost: &[Cost], request: WireRequest) -> Result<WireResponse> {
        self.unjournaled(cost, &request, Effect::SignIn).await
    }

    /// Carries bytes to an address that the platform has named for them, without credentials.
    ///
    /// It is no step: what lies there has no effect until a step refers to it, and the journal keeps what steps
    /// send, which bytes are too big for. Sending the same twice is harmless.
    ///
    /// # Errors
    /// [`InvalidConfig`](fusion_core::error::ErrorKind::InvalidConfig): the host isn't among the manifest's
    /// `asset_hosts`. Else as [`read`](Self::read); the fate is always `NotSent`, since nothing has changed.
    pub async fn upload(&self, request: WireRequest) -> Result<WireResponse> {
        self.unjournaled(&[], &request, Effect::Upload).await
    }

    async fn unjournaled(
        &self,
        cost: &[Cost],
        request: &WireRequest,
        effect: Effect,
    ) -> Result<WireResponse> {
        self.retrying(|attempt| async move {
            match self.ask(cost, request, effect, attempt).await {
                Err(Missed { next: Next::Renewed, .. }) => self.ask(cost, request, effect, attempt).await,
                other => other,
            }
        })
        .await
    }

    async fn ask(
        &self,
        cost: &[Cost],
        request: &WireRequest,
        effect: Effect,
        attempt: u32,
    ) -> Result<WireResponse, Missed> {
        self.check_time().map_err(Missed::stop)?;
        let ready = self.prepare(cost, request, effect).await?;
        match self.deliver(&ready, request, effect, attempt).await {
            Ok(answer) => Ok(answer),
            Err(failed) => Err(self.next(failed.error, ready.credentials.as_deref(), effect).await),
        }
    }
}
