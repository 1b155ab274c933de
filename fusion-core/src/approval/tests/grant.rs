//! What opens a grant, and what doesn't.

use super::fixture::*;
use crate::{
    approval::*,
    canonical::{EphemeralKeys, Hash, KeyProvider},
    clock::Timestamp,
    error::ErrorKind,
    model::GrantId,
    tenant::Tenant,
    testkit::TestClock,
};
use uuid::Uuid;

fn tenant(name: &str) -> Tenant {
    Tenant::new(name).unwrap()
}

fn keys(seed: u64) -> EphemeralKeys {
    EphemeralKeys::new(&TestClock::at(Timestamp::EPOCH).with_seed(seed))
}

fn permit() -> GrantDraft {
    GrantDraft {
        request: request_id(1),
        revision: 1,
        digest: digest(1),
        policy: policy_hash(),
        execute_by: EXECUTE_BY,
    }
}

async fn signed(draft: GrantDraft, keys: &dyn KeyProvider) -> GrantRecord {
    draft.sign(GrantId::from_uuid(Uuid::from_u128(9)), &tenant("shop"), keys).await.unwrap()
}

fn approved() -> Request {
    Request {
        phase: Phase::Approved,
        digest: Some(digest(1)),
        grant: Some(GrantId::from_uuid(Uuid::from_u128(9))),
        ..draft(1, human("ann"))
    }
}

async fn opens(record: GrantRecord, request: &Request, tenant: &Tenant, keys: &dyn KeyProvider) -> bool {
    match Grant::reopen(record, request, tenant, keys).await {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
            false
        }
    }
}

#[tokio::test]
async fn a_grant_opens_in_the_phases_that_work_with_it_and_in_no_other() {
    let keys = keys(1);
    let token = 3;
    let working = [
        Phase::Approved,
        Phase::Executing { token },
        Phase::Unknown { token, needs_person: false },
        Phase::Unknown { token, needs_person: true },
    ];
    let others = [
        Phase::Draft,
        Phase::Pending(Waiting::Confirm),
        Phase::Pending(Waiting::Stage(1)),
        Phase::Accepted,
        Phase::Done,
        Phase::Failed,
        Phase::Rejected,
        Phase::Withdrawn,
        Phase::Expired,
        Phase::Revoked,
        Phase::Stale,
    ];
    for (phase, expected) in working.map(|phase| (phase, true)).into_iter().chain(others.map(|p| (p, false)))
    {
        let record = signed(permit(), &keys).await;
        let request = Request { phase, ..approved() };
        assert_eq!(opens(record, &request, &tenant("shop"), &keys).await, expected, "{phase:?}");
    }
}

#[tokio::test]
async fn a_grant_opens_unspent_or_claimed_and_never_spent_or_void() {
    let keys = keys(1);
    for (state, expected) in [
        (GrantState::Unspent, true),
        (GrantState::Claimed(3), true),
        (GrantState::Spent, false),
        (GrantState::Void, false),
    ] {
        let record = signed(permit(), &keys).await.in_state(state);
        assert_eq!(opens(record, &approved(), &tenant("shop"), &keys).await, expected, "{state:?}");
    }
}

#[tokio::test]
async fn a_grant_opens_only_the_request_as_it_was_granted() {
    let keys = keys(1);
    let others: [fn(&mut Request); 6] = [
        |request| request.id = request_id(2),
        |request| request.revision = 2,
        |request| request.digest = Some(digest(2)),
        |request| request.digest = None,
        |request| request.execute_by = Timestamp::from_micros(21),
        |request| request.grant = None,
    ];
    for (nth, change) in others.into_iter().enumerate() {
        let mut request = approved();
        change(&mut request);
        let record = signed(permit(), &keys).await;
        assert!(!opens(record, &request, &tenant("shop"), &keys).await, "change {nth}");
    }
}

/// Somebody who can write the row, and the request to suit it, but has no key.
#[tokio::test]
async fn a_grant_whose_row_was_rewritten_opens_nothing() {
    let keys = keys(1);
    let drafts: [fn(&mut GrantDraft, &mut Request); 4] = [
        |draft, request| {
            (draft.request, request.id) = (request_id(2), request_id(2));
        },
        |draft, request| {
            (draft.revision, request.revision) = (2, 2);
        },
        |draft, request| {
            (draft.digest, request.digest) = (digest(2), Some(digest(2)));
        },
        |draft, request| {
            let later = Timestamp::from_micros(1_000);
            (draft.execute_by, request.execute_by) = (later, later);
        },
    ];
    let mac = serde_json::to_value(signed(permit(), &keys).await).unwrap()["mac"].clone();
    let forge = async |draft: GrantDraft| {
        let mut row = serde_json::to_value(signed(draft, &keys).await).unwrap();
        row["mac"] = mac.clone();
        serde_json::from_value::<GrantRecord>(row).unwrap()
    };
    assert!(opens(forge(permit()).await, &approved(), &tenant("shop"), &keys).await);
    for (nth, change) in drafts.into_iter().enumerate() {
        let (mut draft, mut request) = (permit(), approved());
        change(&mut draft, &mut request);
        assert!(!opens(forge(draft).await, &request, &tenant("shop"), &keys).await, "change {nth}");
    }
    let other_policy = GrantDraft { policy: Hash::of("a laxer policy"), ..permit() };
    assert!(!opens(forge(other_policy).await, &approved(), &tenant("shop"), &keys).await);
    let other_id = GrantId::from_uuid(Uuid::from_u128(10));
    let mut row = forge(permit()).await;
    row.id = other_id;
    let request = Request { grant: Some(other_id), ..approved() };
    assert!(!opens(row, &request, &tenant("shop"), &keys).await, "another grant's id");
}

#[tokio::test]
async fn a_grant_of_another_key_opens_nothing() {
    let (ours, theirs) = (keys(1), keys(2));
    let request = approved();
    assert!(opens(signed(permit(), &ours).await, &request, &tenant("shop"), &ours).await);
    let unknown = Grant::reopen(signed(permit(), &theirs).await, &request, &tenant("shop"), &ours).await;
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::InvalidConfig, "the key isn't here");
    let mut row = serde_json::to_value(signed(permit(), &theirs).await).unwrap();
    row["key"] = serde_json::to_value(signed(permit(), &ours).await).unwrap()["key"].clone();
    let renamed: GrantRecord = serde_json::from_value(row).unwrap();
    assert!(!opens(renamed, &request, &tenant("shop"), &ours).await);
}

#[tokio::test]
async fn invariant_21_a_grant_of_one_tenant_opens_nothing_of_another() {
    let keys = keys(1);
    for other in ["shop2", "sho", "Shop", "p"] {
        let record = signed(permit(), &keys).await;
        assert!(!opens(record, &approved(), &tenant(other), &keys).await, "{other}");
    }
}
