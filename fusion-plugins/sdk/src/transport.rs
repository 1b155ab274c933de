//! The transport over reqwest.

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use fusion_core::{
    error::{Error, ErrorKind, Result},
    http::{HttpTransport, Limits, TransportError},
};
use std::{error::Error as _, time::Duration};

/// Longest wait for a connection: beyond it nothing has left, so giving up early keeps the call repeatable.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Sends requests with reqwest, on the tokio runtime that it is called in.
///
/// TLS is the embedder's choice: whoever talks to real platforms turns on one of reqwest's TLS features, and
/// where the machine has no root certificates hands in [`bundled_roots`]. Without such a feature only open
/// connections to this machine work, as to a simulator.
#[derive(Clone, Debug)]
pub struct ReqwestTransport(reqwest::Client);

impl ReqwestTransport {
    /// A transport with reqwest's usual settings.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`]: TLS can't be set up, as where the machine has no root certificates.
    pub fn new() -> Result<Self> {
        Self::with_builder(reqwest::Client::builder())
    }

    /// A transport with the proxies, certificates and pools of `builder`. Redirects, reqwest's own retries and
    /// the referer are turned off: the sdk's client decides on these.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_builder(builder: reqwest::ClientBuilder) -> Result<Self> {
        builder
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .map(Self)
            .map_err(|source| {
                Error::new(
                    ErrorKind::InvalidConfig,
                    "the HTTP client can't be set up; where the machine has no root certificates, bring some",
                )
                .with_source(source.without_url())
            })
    }

    /// A transport over a client that is there already. It has to be built without redirects and retries: a
    /// followed redirect is reported as an error, but credentials have left by then.
    pub fn of(client: reqwest::Client) -> Self {
        Self(client)
    }
}

#[async_trait]
impl HttpTransport for ReqwestTransport {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: Limits,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let mut request = reqwest::Request::try_from(request).map_err(|error| failed(&error))?;
        *request.timeout_mut() = Some(limits.timeout);
        let asked = request.url().clone();
        let mut response = self.0.execute(request).await.map_err(|error| failed(&error))?;
        if *response.url() != asked {
            return Err(TransportError::after("the HTTP client follows redirects; build it without"));
        }
        let body = read(&mut response, limits.max_response).await?;
        let mut answer = http::Response::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

/// The body, unpacked; a small one that unpacks to a huge one is noticed while it grows.
async fn read(response: &mut reqwest::Response, most: usize) -> Result<Bytes, TransportError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
        if chunk.len() > most.saturating_sub(body.len()) {
            return Err(TransportError::after(format!("the answer is larger than {most} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Only the innermost cause is told: the outer ones name the address, which may hold a buyer's data.
fn failed(error: &reqwest::Error) -> TransportError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let message = if error.is_timeout() {
        "timed out".to_owned()
    } else if error.source().is_none() {
        "the request can't be sent".to_owned()
    } else {
        cause.to_string()
    };
    if error.is_builder() || error.is_connect() {
        TransportError::before(message)
    } else {
        TransportError::after(message)
    }
}

/// Mozilla's root certificates in DER, for machines that have none:
/// `builder.tls_certs_only(bundled_roots().filter_map(|der| Certificate::from_der(der).ok()))`.
#[cfg(feature = "bundled-roots")]
pub fn bundled_roots() -> impl Iterator<Item = &'static [u8]> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(AsRef::as_ref)
}
