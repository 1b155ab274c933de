//! Authorisations and storefronts.

use super::{ConnectionId, Currency, Locale, LocationId, Ref, StoreId, TaxBasis};
use crate::{
    clock::Timestamp,
    verb::{Operation, PlatformSlug},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One authorisation at a platform; several stores may hang on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Which one.
    pub id: ConnectionId,
    /// Where.
    pub platform: PlatformSlug,
    /// What the platform calls the account; another account is another connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Non-secret settings of the plugin: a shop's domain, a region. Typed by the manifest.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub settings: Value,
    /// Permissions the platform has confirmed; empty where it doesn't tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}

/// What every conversion needs and no payload tells; read on registering, testing, reauthorising and daily.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreFacts {
    /// What the platform calls the account behind it.
    pub account: String,
    /// What the platform calls the storefront.
    pub remote_id: String,
    /// What people call it.
    pub name: String,
    /// The one currency of its prices.
    pub currency: Currency,
    /// Whether its prices hold tax.
    pub tax_basis: TaxBasis,
    /// Its main language.
    pub locale: Locale,
    /// Its places of stock: the platform's ref and name of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<(Ref, String)>,
    /// Permissions the authorisation has; empty where the platform doesn't tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// What only the plugin understands: a channel's id, a plan.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, Value>,
}

/// Something that experience with this store has narrowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learned {
    /// What isn't possible here.
    pub operation: Operation,
    /// Why: the platform's code or our words.
    pub why: String,
    /// Since when this is known.
    pub at: Timestamp,
}

/// Since when a store is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// When its database was first seen to have come back from the past.
    pub since: Timestamp,
    /// The [life of the database](crate::audit::Incarnation::number) that began with it.
    pub incarnation: u64,
}

/// Whether work for a store begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreStatus {
    /// Yes.
    Active,
    /// A person stopped it; looking up and reporting go on.
    Paused,
    /// The platform doesn't accept the credentials.
    Disconnected,
}

/// One storefront with one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Which one.
    pub id: StoreId,
    /// The authorisation it hangs on.
    pub connection: ConnectionId,
    /// Where.
    pub platform: PlatformSlug,
    /// What people call it.
    pub name: String,
    /// Whether work for it begins.
    pub status: StoreStatus,
    /// That its database came back from the past: whatever its status is, nothing begins until an import has read the
    /// store, its orders were pulled, and somebody has [released](crate::hub::Hub::release_store) it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    /// What the platform told about it.
    pub facts: StoreFacts,
    /// Counts the changes of the facts; a preview names the one it used.
    pub facts_version: u64,
    /// Our locations and what the platform calls each; stock of other locations isn't offered here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<(LocationId, Ref)>,
    /// What experience has narrowed; a test clears it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub learned: Vec<Learned>,
}
