//! Faults on command: what networks and platforms do to clients, exactly when a test asks for it.

use std::time::Duration;

/// What goes wrong.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A `THROTTLED` answer inside a 200; nothing is executed.
    Throttle,
    /// A `THROTTLED` answer although the effect took place.
    ThrottleAfterEffect,
    /// A 429 with `Retry-After`; nothing is executed.
    TooManyRequests(Duration),
    /// The connection fails before a byte has left.
    Unreachable,
    /// The connection is reset after the request was sent; nothing was executed, which the client can't know.
    ResetBefore,
    /// The connection is reset after the effect took place.
    ResetAfterWrite,
    /// The effect takes place at once, the answer comes this much later.
    Slow(Duration),
    /// The answer breaks off in the middle of its JSON; the effect took place.
    Truncated,
    /// The first enum value of the answer is one that no version has; the effect took place.
    UnknownEnum,
    /// The token is no longer valid, from this request on.
    ExpireToken,
    /// An answer with this status and an error text; nothing is executed.
    Status(u16),
    /// A 502 with a page of HTML; nothing is executed.
    BadGateway,
    /// A 502 with a page of HTML although the effect took place.
    BadGatewayAfterEffect,
    /// `INTERNAL_SERVER_ERROR` inside a 200; nothing is executed.
    Internal,
    /// `INTERNAL_SERVER_ERROR` inside a 200 although the effect took place.
    InternalAfterEffect,
}

impl FaultKind {
    /// Whether the request is executed all the same.
    pub(super) fn executes(&self) -> bool {
        matches!(
            self,
            Self::ThrottleAfterEffect
                | Self::ResetAfterWrite
                | Self::Slow(_)
                | Self::Truncated
                | Self::UnknownEnum
                | Self::BadGatewayAfterEffect
                | Self::InternalAfterEffect
        )
    }
}

/// A fault with the requests that it strikes: those to the GraphQL endpoint whose token is good.
///
/// At most one fault strikes a request: the first that is due.
///
/// ```
/// use fusion_plugin_shopify::simulator::{Fault, FaultKind};
/// // The second and third productSet take effect, and their answers are lost.
/// let fault = Fault::new(FaultKind::ResetAfterWrite).on("productSet").after(1).times(2);
/// # let _ = fault;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    kind: FaultKind,
    on: Option<String>,
    skip: u32,
    left: u32,
}

impl Fault {
    /// Strikes the next request.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, on: None, skip: 0, left: 1 }
    }

    /// Strikes only requests with this field at the root, such as `productSet`.
    #[must_use]
    pub fn on(mut self, field: impl Into<String>) -> Self {
        self.on = Some(field.into());
        self
    }

    /// Lets this many matching requests pass first.
    #[must_use]
    pub fn after(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Strikes this many matching requests; one if it isn't said.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.left = times;
        self
    }
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self::new(kind)
    }
}

/// The fault that strikes a request with these root fields: the first of the list that is due.
pub(super) fn strike(faults: &mut Vec<Fault>, roots: &[String]) -> Option<FaultKind> {
    let mut struck = None;
    for fault in faults.iter_mut() {
        if fault.on.as_ref().is_some_and(|field| !roots.contains(field)) {
            continue;
        }
        if fault.skip > 0 {
            fault.skip -= 1;
        } else if fault.left > 0 {
            fault.left -= 1;
            struck = Some(fault.kind.clone());
            break;
        }
    }
    faults.retain(|fault| fault.left > 0);
    struck
}
