//! People, a request and its facts, small enough to be read in one look.

use crate::{
    approval::*,
    canonical::Hash,
    clock::Timestamp,
    error::{Error, ErrorKind, Failure},
    model::{BundleId, RequestId, VoteId},
    plugin::Watch,
    tenant::{ActorKind, PersonId, Signature},
    verb::Operation,
};
use uuid::Uuid;

pub(super) const DECIDE_BY: Timestamp = Timestamp::from_micros(10);
pub(super) const EXECUTE_BY: Timestamp = Timestamp::from_micros(20);

pub(super) fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

pub(super) fn signature(kind: ActorKind, name: &str) -> Signature {
    Signature { kind, id: person(name) }
}

pub(super) fn human(name: &str) -> Signature {
    signature(ActorKind::Human, name)
}

pub(super) fn system() -> Signature {
    signature(ActorKind::System, "hub")
}

pub(super) fn membership(groups: &[&str]) -> Membership {
    Membership {
        member: true,
        admin: false,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

pub(super) fn stage(group: &str, quorum: u32) -> Stage {
    Stage::new(group, Group::Named(group.to_owned()), quorum)
}

pub(super) fn policy_hash() -> Hash {
    Hash::of("policy")
}

pub(super) fn route(answer: Answer) -> Route {
    Route { policy: policy_hash(), answer, rules: Vec::new() }
}

/// The digest of a revision.
pub(super) fn digest(revision: u32) -> Hash {
    Hash::of(revision.to_be_bytes())
}

pub(super) fn vote_id(number: u128) -> VoteId {
    VoteId::from_uuid(Uuid::from_u128(number))
}

pub(super) fn request_id(number: u128) -> RequestId {
    RequestId::from_uuid(Uuid::from_u128(number))
}

pub(super) fn terms(revision: u32, answer: Answer) -> Terms {
    Terms { digest: digest(revision), route: route(answer), decide_by: DECIDE_BY, execute_by: EXECUTE_BY }
}

pub(super) fn draft(number: u128, requester: Signature) -> Request {
    Request {
        id: request_id(number),
        bundle: BundleId::from_uuid(Uuid::from_u128(1)),
        position: 0,
        requester,
        editors: Vec::new(),
        operation: Operation::UpdateProduct,
        store: None,
        platform: None,
        listing: None,
        order: None,
        phase: Phase::Draft,
        revision: 1,
        digest: None,
        route: None,
        seats: Vec::new(),
        decide_by: DECIDE_BY,
        execute_by: EXECUTE_BY,
        grant: None,
        job: None,
        attempt: 0,
        token: None,
        after: None,
        children: Vec::new(),
        caller_key: None,
        watch: None,
        failure: None,
        created: Timestamp::EPOCH,
    }
}

pub(super) fn good_check() -> ClaimCheck {
    ClaimCheck { stale: Vec::new(), same_account: true, same_preview: true, grant_holds: true }
}

pub(super) fn failure() -> Failure {
    Error::new(ErrorKind::Unavailable, "the platform doesn't answer").to_failure()
}

pub(super) fn watch() -> Watch {
    Watch { kind: "operation".to_owned(), handle: serde_json::Value::Null }
}
