use super::*;
use crate::{
    canonical::{EphemeralKeys, Hash},
    clock::Timestamp,
    error::ErrorKind,
    model::AuditId,
    tenant::{ActorKind, PersonId, Signature, Tenant},
    testkit::TestClock,
};
use serde_json::{Value, json};
use uuid::Uuid;

mod checkpoints;
mod tampering;

const NOON: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

fn acme() -> Tenant {
    Tenant::new("acme").unwrap()
}

fn other() -> Tenant {
    Tenant::new("other").unwrap()
}

fn record(nth: u64) -> (AuditId, NewAudit) {
    let by = Signature { kind: ActorKind::Human, id: PersonId::new("ann").unwrap() };
    let subject = Subject::new(SubjectKind::Product, Uuid::from_u128(nth.into()));
    let at = Timestamp::from_micros(NOON.as_micros() + i64::try_from(nth).unwrap());
    let entry = NewAudit::new(by, Action::ProductSaved, subject, at);
    let entry =
        if nth.is_multiple_of(2) { entry } else { entry.with_details(json!({"version": nth})).unwrap() };
    (AuditId::from_uuid(Uuid::from_u128(u128::from(nth) << 64)), entry)
}

fn entries(tenant: &Tenant, count: u64) -> Vec<AuditEntry> {
    chain(&Head::genesis(tenant), (1..=count).map(record)).unwrap().0
}

fn broken(sequence: u64, fault: Fault) -> NotVerified {
    NotVerified::Broken { sequence, fault }
}

fn check(entries: &[AuditEntry]) -> Result<Verified, NotVerified> {
    verify(&acme(), entries, Start::Genesis, None)
}

#[test]
fn numbers_have_no_gaps_however_the_entries_are_batched() {
    let whole = entries(&acme(), 7);
    assert_eq!(whole.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    for cut in 0..=7 {
        let (first, head) = chain(&Head::genesis(&acme()), (1..=cut).map(record)).unwrap();
        assert_eq!(head.sequence, cut);
        let (second, head) = chain(&head, (cut + 1..=7).map(record)).unwrap();
        assert_eq!([first, second].concat(), whole);
        assert_eq!(head, whole[6].head(&acme()));
    }
}

#[test]
fn the_hash_of_an_entry_is_the_one_that_other_programs_compute() {
    let entry = &entries(&acme(), 1)[0];
    let canonical = r#"{"action":"product_saved","at":1790000000000001,"by":{"id":"ann","kind":"human"},"details":{"version":1},"subject":{"id":"00000000-0000-0000-0000-000000000001","kind":"product"}}"#;
    let part = |bytes: &[u8]| [&(bytes.len() as u64).to_be_bytes()[..], bytes].concat();
    let genesis = Hash::of([b"fusion.audit.genesis.v1\0".to_vec(), part(b"acme")].concat());
    assert_eq!(entry.previous, genesis);
    let input = [
        b"fusion.audit.v1\0".to_vec(),
        part(b"acme"),
        part(&1_u64.to_be_bytes()),
        part(genesis.as_ref()),
        part(entry.id.as_uuid().as_bytes()),
        part(canonical.as_bytes()),
    ];
    assert_eq!(entry.hash, Hash::of(input.concat()));
}

#[test]
fn what_a_storage_gives_back_still_verifies() {
    let stored = serde_json::to_string(&entries(&acme(), 5)).unwrap();
    let read: Vec<AuditEntry> = serde_json::from_str(&stored).unwrap();
    let verified = check(&read).unwrap();
    assert_eq!((verified.range, verified.tail), (1..=5, Tail::Unproved));
}

#[test]
fn details_without_a_canonical_form_are_refused_before_they_can_stop_a_chain() {
    let (_, entry) = record(2);
    let error = entry.clone().with_details(json!({"rate": 0.1})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let mut stored = serde_json::to_value(entry).unwrap();
    stored["details"] = json!([1.5]);
    assert!(serde_json::from_value::<NewAudit>(stored).is_err());
}

#[test]
fn an_empty_range_is_not_valid() {
    let error = check(&[]).unwrap_err();
    assert_eq!(error, NotVerified::NothingToCheck);
    assert_eq!(crate::Error::from(error).kind(), ErrorKind::NotFound);
}

#[test]
fn the_stored_name_of_each_action_and_subject_is_its_text() {
    for action in Action::ALL {
        assert_eq!(serde_json::to_value(action).unwrap(), Value::from(action.as_str()));
    }
    for kind in SubjectKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), Value::from(kind.as_str()));
    }
}
