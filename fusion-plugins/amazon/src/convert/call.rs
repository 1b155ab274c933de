//! A write of one listing, ready to be sent.

use crate::wire::input::{Attributes, Patch, Patches, Put};
use fusion_core::error::{Error, ErrorKind, Result};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// Which operation a write takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// `putListingsItem`: makes or replaces.
    Put,
    /// `patchListingsItem`: changes what it names.
    Patch,
    /// `deleteListingsItem`.
    Delete,
}

/// One write of one SKU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The SKU, byte for byte; whoever builds the address encodes it, once.
    pub sku: String,
    /// Which operation.
    pub write: Write,
    /// The JSON body; empty for a deletion.
    pub body: String,
}

fn unwritable(source: serde_json::Error) -> Error {
    Error::new(ErrorKind::Internal, "a request has no JSON form").with_source(source)
}

pub(super) fn raw(value: &(impl Serialize + ?Sized)) -> Result<Box<RawValue>> {
    to_raw_value(value).map_err(unwritable)
}

pub(super) fn entry(op: &'static str, name: &str, value: &(impl Serialize + ?Sized)) -> Result<Patch> {
    Ok(Patch { op, path: format!("/attributes/{name}"), value: raw(value)? })
}

pub(super) fn patch_body(product_type: &str, patches: Vec<Patch>) -> Result<String> {
    let body = Patches { product_type: product_type.to_owned(), patches };
    serde_json::to_string(&body).map_err(unwritable)
}

pub(super) fn put_body(
    product_type: &str,
    requirements: &'static str,
    attributes: Attributes,
) -> Result<String> {
    let body = Put { product_type: product_type.to_owned(), requirements, attributes };
    serde_json::to_string(&body).map_err(unwritable)
}
