//! The same simulator on a loopback port.

use super::{Simulator, transport::Wire};
use async_trait::async_trait;
use axum::{Router, body::Body, extract::Request};
use bytes::Bytes;
use fusion_core::{
    error::{Error, ErrorKind, Result},
    http::{HttpTransport, Limits, TransportError},
};
use http::{Response, StatusCode, Uri, header};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};

/// The largest request that is read, the platform's own bound for an upload.
const MOST: usize = 100 * 1024 * 1024;

const LIMITS: Limits = Limits { max_response: usize::MAX, timeout: Duration::from_secs(60) };

/// A simulator that listens; it stops when this is dropped.
#[derive(Debug)]
pub struct Served {
    address: SocketAddr,
    domain: String,
    task: JoinHandle<()>,
}

impl Served {
    /// Where it listens, without TLS.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A transport that takes the shop's requests here and leaves all others to `network`: a plugin knows the shop
    /// by its own domain and by no other.
    pub fn transport(&self, network: Arc<dyn HttpTransport>) -> Arc<dyn HttpTransport> {
        redirected(self.address, &self.domain, network)
    }
}

/// Takes what is for the shop of `domain` to `address`, and leaves the rest to `network`.
pub(crate) fn redirected(
    address: SocketAddr,
    domain: &str,
    network: Arc<dyn HttpTransport>,
) -> Arc<dyn HttpTransport> {
    Arc::new(Redirected { address, domain: domain.to_owned(), network })
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Simulator {
    /// Listens on a free port of this machine, for whoever reaches it: to be called inside a tokio runtime.
    ///
    /// # Errors
    /// `InvalidConfig` when no port can be had.
    pub async fn serve(&self) -> Result<Served> {
        let failed = |source| {
            Error::new(ErrorKind::InvalidConfig, "the simulator found no port to listen on")
                .with_source(source)
        };
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (wire, domain) = (Arc::new(Wire(self.0.clone())), self.domain());
        let shop = domain.clone();
        let router = Router::new().fallback(move |request: Request| {
            let (wire, shop) = (wire.clone(), shop.clone());
            async move { answer(&wire, &shop, request).await }
        });
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::warn!(kind = ?error.kind(), "the simulator stopped listening");
            }
        });
        Ok(Served { address, domain, task })
    }
}

/// Whoever comes in by this door means the shop, whatever name it was found under.
async fn answer(wire: &Wire, shop: &str, request: Request) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let uri = format!("https://{shop}{path}").parse::<Uri>();
    let (Ok(uri), Ok(body)) = (uri, axum::body::to_bytes(body, MOST).await) else {
        return plain(StatusCode::BAD_REQUEST);
    };
    parts.uri = uri;
    match wire.send(http::Request::from_parts(parts, body), LIMITS).await {
        Ok(response) => response.map(Body::from),
        // A fault of the way: the connection says nothing more.
        Err(_) => plain(StatusCode::BAD_GATEWAY),
    }
}

fn plain(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

struct Redirected {
    address: SocketAddr,
    domain: String,
    network: Arc<dyn HttpTransport>,
}

#[async_trait]
impl HttpTransport for Redirected {
    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, TransportError> {
        if request.uri().host() != Some(self.domain.as_str()) {
            return self.network.send(request, limits).await;
        }
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let here = format!("http://{}{path}", self.address).parse::<Uri>();
        parts.uri =
            here.map_err(|_| TransportError::before("the address can't be taken to the simulator"))?;
        parts.headers.remove(header::HOST);
        self.network.send(http::Request::from_parts(parts, body), limits).await
    }
}
