//! Notifications of changes: hints, never the truth.

use super::ConnectionContext;
use crate::{
    error::Result,
    model::{Ref, StoreFacts},
};
use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// A delivery as it came in.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// Name and value of each header.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body, byte for byte.
    pub body: &'a [u8],
}

/// What a verified delivery says to look at.
///
/// Where a platform signs the body alone, the topic is the sender's word and proves nothing: what is done about
/// it has to follow from reading `about`, or from `about` being the shop itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The platform's topic.
    pub topic: String,
    /// What changed, where it is told.
    pub about: Option<Ref>,
    /// What is to be done about it.
    pub asks: Asks,
}

/// What a delivery asks for. A privacy demand follows from what is signed, never from an unsigned topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// To look anew at what it is about.
    Look(Matter),
    /// To erase what is known about the buyer of the order that it is about.
    EraseBuyer,
    /// To erase what is known about every buyer of the store that it is about, whose ref bears the
    /// [`StoreFacts::remote_id`].
    EraseStore,
    /// What a person has to see to, as when a buyer wants to know what is kept about them. The hub records it.
    Answer,
}

/// What has changed: [`Orders`](Self::Orders) and [`Unknown`](Self::Unknown) wake a pull of orders, the others nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    /// Orders, and what belongs to them: shipments, refunds.
    Orders,
    /// Products.
    Products,
    /// Stock.
    Stock,
    /// The shop or the authorisation itself.
    Store,
    /// A topic that this version of the plugin doesn't know: everything may have changed.
    Unknown,
}

/// A platform's notifications.
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// Checks the signature under one of `secrets` (two while one is rotated) in constant time.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`](crate::error::ErrorKind::Unauthenticated): none of them fits.
    fn verify(&self, delivery: Delivery<'_>, secrets: &[SecretString]) -> Result<()>;

    /// What a verified delivery says to look at.
    ///
    /// # Errors
    /// [`ErrorKind::Protocol`](crate::error::ErrorKind::Protocol): it can't be read.
    fn parse(&self, delivery: Delivery<'_>) -> Result<Vec<Hint>>;

    /// What the platform calls the event that a verified delivery tells of: the same when it comes again, another
    /// for every other event. `None`, the default: it has no name for it, and two deliveries in the same words may
    /// tell of two events.
    fn event(&self, _delivery: Delivery<'_>) -> Option<String> {
        None
    }

    /// Makes the platform send every topic the hub needs to `address`; repeating it changes nothing. What another
    /// program has asked for stays as it is.
    ///
    /// Answers the topics that had to be set up. Where all stood before and some don't now, the platform has
    /// dropped them, and what changed meanwhile was not told.
    ///
    /// # Errors
    /// As any write of a plugin.
    async fn subscribe(
        &self,
        cx: &ConnectionContext<'_>,
        facts: &StoreFacts,
        address: &str,
    ) -> Result<Vec<String>>;
}
