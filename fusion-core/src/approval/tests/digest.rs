//! What a digest binds.

use super::fixture::{DECIDE_BY, EXECUTE_BY, request_id};
use crate::{
    approval::DigestParts,
    canonical::Hash,
    clock::Timestamp,
    model::{ListingId, StoreId},
    plugin::{FieldChange, Preview, Snapshot},
    tenant::Tenant,
    verb::{Operation, PlatformSlug},
};
use serde_json::json;
use uuid::Uuid;

/// The digest of the usual parts after `change`.
fn with(change: impl for<'a> FnOnce(&mut DigestParts<'a>)) -> Hash {
    let (tenant, platform) = (Tenant::new("shop").unwrap(), PlatformSlug::of("etsy"));
    let (snapshot, preview) = (Snapshot::default(), Preview::default());
    let mut parts = DigestParts {
        tenant: &tenant,
        request: request_id(1),
        number: 1,
        platform: Some(&platform),
        plugin_version: "1.0",
        account: "17",
        store: Some(StoreId::from_uuid(Uuid::from_u128(2))),
        operation: Operation::UpdateProduct,
        listing: Some(ListingId::from_uuid(Uuid::from_u128(3))),
        listing_ref: Some("99"),
        command: "{}",
        snapshot: &snapshot,
        preview: &preview,
        decide_by: DECIDE_BY,
        execute_by: EXECUTE_BY,
    };
    change(&mut parts);
    parts.digest().unwrap()
}

/// Lives as long as the tests: parts borrow it.
fn kept<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

#[test]
fn every_part_changes_the_digest() {
    let shown = |field: &str| Snapshot {
        fields: [(field.to_owned(), json!("5"))].into(),
        wanted: [("price".to_owned(), json!("7"))].into(),
        facts_version: 1,
        ..Snapshot::default()
    };
    let (first, second) = (kept(shown("price")), kept(shown("title")));
    let wanted = kept(Snapshot { wanted: [("price".to_owned(), json!("8"))].into(), ..first.clone() });
    let facts = kept(Snapshot { facts_version: 2, ..first.clone() });
    let summary = kept(Preview { summary: "lowers a price".to_owned(), ..Preview::default() });
    let other = kept(Preview { summary: "raises a price".to_owned(), ..Preview::default() });
    let tenant = kept(Tenant::new("another").unwrap());
    let platform = kept(PlatformSlug::of("ebay"));
    let digests = [
        with(|_| {}),
        with(|parts| parts.tenant = tenant),
        with(|parts| parts.request = request_id(2)),
        with(|parts| parts.number = 2),
        with(|parts| parts.platform = Some(platform)),
        with(|parts| parts.platform = None),
        with(|parts| parts.plugin_version = "1.1"),
        with(|parts| parts.account = "18"),
        with(|parts| parts.store = None),
        with(|parts| parts.store = Some(StoreId::from_uuid(Uuid::from_u128(4)))),
        with(|parts| parts.operation = Operation::DeleteProduct),
        with(|parts| parts.listing = None),
        with(|parts| parts.listing = Some(ListingId::from_uuid(Uuid::from_u128(5)))),
        with(|parts| parts.listing_ref = None),
        with(|parts| parts.listing_ref = Some("98")),
        with(|parts| parts.command = "{ }"),
        with(|parts| parts.snapshot = first),
        with(|parts| parts.snapshot = second),
        with(|parts| parts.snapshot = wanted),
        with(|parts| parts.snapshot = facts),
        with(|parts| parts.preview = summary),
        with(|parts| parts.preview = other),
        with(|parts| parts.decide_by = Timestamp::from_micros(11)),
        with(|parts| parts.execute_by = Timestamp::from_micros(21)),
    ];
    for (nth, digest) in digests.iter().enumerate() {
        let same = digests.iter().position(|other| other == digest);
        assert_eq!(same, Some(nth), "parts {nth} have the digest of other parts");
    }
}

#[test]
fn parts_that_stand_side_by_side_do_not_run_together() {
    let moved = |version: &'static str, account: &'static str| {
        with(|parts| (parts.plugin_version, parts.account) = (version, account))
    };
    assert_ne!(moved("1.0", "17"), moved("1.01", "7"));
    assert_ne!(moved("", "1.017"), moved("1.017", ""));
    // The same sixteen bytes in another place are another listing or store.
    let id = Uuid::from_u128(7);
    assert_ne!(
        with(|parts| (parts.store, parts.listing) = (Some(StoreId::from_uuid(id)), None)),
        with(|parts| (parts.store, parts.listing) = (None, Some(ListingId::from_uuid(id))))
    );
    assert_ne!(
        with(|parts| (parts.decide_by, parts.execute_by) = (DECIDE_BY, EXECUTE_BY)),
        with(|parts| (parts.decide_by, parts.execute_by) = (EXECUTE_BY, DECIDE_BY))
    );
}

#[test]
fn the_digest_is_sha_256_over_the_length_prefixed_parts() {
    use sha2::{Digest as _, Sha256};
    let mut bytes = b"fusion.approval.v1\0".to_vec();
    let mut part = |part: &[u8]| {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part);
    };
    part(b"shop");
    part(Uuid::from_u128(1).as_bytes());
    part(&1_u32.to_be_bytes());
    part(b"etsy");
    part(b"1.0");
    part(b"17");
    part(Uuid::from_u128(2).as_bytes());
    part(b"update_product");
    part(Uuid::from_u128(3).as_bytes());
    part(b"99");
    part(Hash::of("{}").as_ref());
    part(Hash::of(r#"{"facts_version":0,"fields":{}}"#).as_ref());
    part(Hash::of(r#"{"summary":""}"#).as_ref());
    part(&10_i64.to_be_bytes());
    part(&20_i64.to_be_bytes());
    let expected: [u8; 32] = Sha256::digest(&bytes).into();
    assert_eq!(with(|_| {}).as_ref(), expected);
}

#[test]
fn what_was_stored_has_the_digest_of_what_was_shown() {
    let change = |from, to| FieldChange { path: "description".to_owned(), from, to };
    let shown = Preview {
        changes: vec![change(None, Some(json!(null))), change(Some(json!(null)), None)],
        ..Preview::default()
    };
    let stored: Preview = serde_json::from_str(&serde_json::to_string(&shown).unwrap()).unwrap();
    assert_eq!(stored, shown);
    let (shown, stored) = (kept(shown), kept(stored));
    assert_eq!(with(|parts| parts.preview = shown), with(|parts| parts.preview = stored));
}
