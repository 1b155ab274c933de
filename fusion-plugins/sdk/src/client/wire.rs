//! Between the kept form of a call and the one that travels.

use bytes::Bytes;
use fusion_core::{
    error::{Error, ErrorKind, Result},
    plugin::{Manifest, WireRequest, WireResponse},
};
use http::{HeaderName, HeaderValue, Uri};

/// The host that `request` goes to, if the manifest lets credentials go there.
///
/// # Errors
/// [`ErrorKind::InvalidConfig`]: any other host, an open connection to something else than this machine, or an
/// address with a user in it.
pub(super) fn checked_host(manifest: &Manifest, request: &WireRequest) -> Result<String> {
    let (uri, host) = address(request)?;
    if !manifest.is_api_host(&host) {
        return Err(refused("the call goes to a host that isn't among the manifest's api_hosts"));
    }
    match uri.scheme_str() {
        Some("https") => Ok(host),
        // A simulator on this machine; nobody else reads what goes there.
        Some("http") if matches!(host.as_str(), "127.0.0.1" | "localhost" | "[::1]") => Ok(host),
        _ => Err(refused("credentials only travel over https")),
    }
}

/// The host that bytes go to, if the manifest lists it for that.
///
/// # Errors
/// [`ErrorKind::InvalidConfig`]: any other host, an open connection, a port, or an address with a user in it.
pub(super) fn asset_host(manifest: &Manifest, request: &WireRequest) -> Result<String> {
    let (uri, host) = address(request)?;
    if uri.scheme_str() != Some("https") || uri.port().is_some() {
        return Err(refused("bytes only travel over https"));
    }
    if !manifest.is_asset_host(&host) {
        return Err(refused(
            "the platform names a place for bytes that isn't among the manifest's asset_hosts",
        ));
    }
    Ok(host)
}

fn address(request: &WireRequest) -> Result<(Uri, String)> {
    let uri: Uri = request.uri.parse().map_err(|_| refused("the call has no valid address"))?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(refused("the call's address names a user"));
    }
    let host = uri.host().map(str::to_ascii_lowercase).unwrap_or_default();
    Ok((uri, host))
}

fn refused(message: &'static str) -> Error {
    Error::new(ErrorKind::InvalidConfig, message)
}

/// The form that travels, `secrets` marked so that no log of headers shows them.
///
/// # Errors
/// [`ErrorKind::Internal`]: the request isn't HTTP. [`ErrorKind::InvalidConfig`]: the credentials aren't.
pub(super) fn to_http(request: &WireRequest, secrets: Vec<(String, String)>) -> Result<http::Request<Bytes>> {
    let mut travelling = http::Request::builder().method(request.method.as_str()).uri(request.uri.as_str());
    for (name, value) in &request.headers {
        travelling = travelling.header(name.as_str(), value.as_str());
    }
    let mut travelling = travelling.body(request.body.clone()).map_err(|source| {
        Error::new(ErrorKind::Internal, "the plugin's request isn't HTTP").with_source(source)
    })?;
    for (name, value) in secrets {
        let (Ok(name), Ok(mut value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
            return Err(refused(
                "the credentials hold a character that no header can carry; enter them again",
            ));
        };
        value.set_sensitive(true);
        travelling.headers_mut().insert(name, value);
    }
    Ok(travelling)
}

/// The whole answer in the form that is judged.
pub(super) fn from_http(answer: http::Response<Bytes>) -> WireResponse {
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    WireResponse { status: answer.status().as_u16(), headers, body: answer.into_body() }
}

/// The answer as the journal keeps it.
pub(super) fn kept(mut answer: WireResponse, keep: &[&str]) -> WireResponse {
    answer.headers.retain(|(name, _)| keep.iter().any(|kept| kept.eq_ignore_ascii_case(name)));
    answer
}
