//! A world of two tenants under a clock that stands still until it is advanced.

use fusion_core::{
    approval::{Decision, GrantDraft, GrantRecord, Phase, Request, Vote},
    audit::{Action, NewAudit, Subject, SubjectKind},
    canonical::{EphemeralKeys, Hash},
    clock::{Clock, Timestamp},
    error::{ErrorKind, Failure, Fate, Retry, When},
    job::*,
    model::*,
    tenant::{ActorKind, PersonId, Signature, Tenant},
    testkit::TestClock,
    verb::Operation,
};
use fusion_queue::Memory;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const LEASE: Duration = Duration::from_secs(60);

pub(crate) struct World<C = TestClock> {
    pub(crate) clock: C,
    pub(crate) db: Memory,
    pub(crate) tenant: Tenant,
    pub(crate) other: Tenant,
    pub(crate) store: StoreId,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(TestClock::held_at(Timestamp::from_micros(1_700_000_000_000_000)))
    }

    /// With a clock that goes on by itself.
    pub(crate) fn flowing() -> Self {
        Self::with(TestClock::at(Timestamp::from_micros(1_700_000_000_000_000)))
    }
}

impl<C: Clock + Clone + 'static> World<C> {
    pub(crate) fn with(clock: C) -> Self {
        let db = Memory::with_clock(Arc::new(clock.clone()));
        let store = StoreId::new(&clock);
        let (tenant, other) = (Tenant::new("acme").unwrap(), Tenant::new("bolt").unwrap());
        Self { clock, db, tenant, other, store }
    }

    pub(crate) fn job(&self) -> NewJob {
        let mut job = NewJob::new(&self.clock, &self.tenant, kind(), json!({}));
        job.partition = Some(self.store);
        job
    }

    pub(crate) fn serial(&self, key: &str) -> NewJob {
        NewJob { serial: Some(key.to_owned()), ..self.job() }
    }

    pub(crate) fn unique(&self, payload: i64, while_running: WhileRunning) -> NewJob {
        let unique = Unique::new(&kind(), &[b"listing"], while_running);
        NewJob { unique: Some(unique), payload: json!(payload), ..self.job() }
    }

    pub(crate) async fn put(&self, job: &NewJob) -> Enqueued {
        self.db.enqueue(vec![job.clone()]).await.unwrap().remove(0)
    }

    pub(crate) async fn claim(&self, limit: usize) -> Vec<Claimed> {
        let request = ClaimRequest { worker: "w".into(), limit, kinds: vec![kind()], lease_for: LEASE };
        self.db.claim(request).await.unwrap()
    }

    pub(crate) async fn claim_ids(&self, limit: usize) -> Vec<JobId> {
        self.claim(limit).await.into_iter().map(|claimed| claimed.job.id).collect()
    }

    pub(crate) async fn claim_one(&self) -> Claimed {
        self.claim(1).await.pop().expect("a job is due")
    }

    pub(crate) async fn end(&self, claimed: &Claimed, end: JobEnd) -> SettleVerdict {
        let lease = claimed.lease.clone();
        self.db.settle(vec![Settlement { lease, end }]).await.unwrap().remove(0)
    }

    pub(crate) async fn done(&self, claimed: &Claimed) -> SettleVerdict {
        self.end(claimed, JobEnd::Completed(Value::Null)).await
    }

    pub(crate) async fn state(&self, id: JobId) -> JobState {
        JobQueue::get(&self.db, &self.tenant, id).await.unwrap().expect("the job is known")
    }

    pub(crate) async fn status(&self, id: JobId) -> JobStatus {
        self.state(id).await.status
    }

    pub(crate) async fn explain(&self, id: JobId) -> Explanation {
        self.db.explain(&self.tenant, id).await.unwrap()
    }

    pub(crate) async fn beat(&self, claimed: &Claimed, started: bool) -> BeatVerdict {
        let beat = Beat { lease: claimed.lease.clone(), started, progress: None };
        self.db.heartbeat(&[beat], LEASE).await.unwrap().remove(0)
    }
}

pub(crate) fn kind() -> JobKind {
    JobKind::custom("test").unwrap()
}

pub(crate) fn failure() -> Failure {
    Failure {
        kind: ErrorKind::Unavailable,
        retry: Retry::Backoff,
        fate: Fate::NotSent,
        message: "it failed".into(),
        platform_code: None,
        request_id: None,
        problems: Vec::new(),
    }
}

pub(crate) fn retry_in(span: Duration) -> JobEnd {
    JobEnd::Retry { failure: failure(), after: When::In(span) }
}

pub(crate) fn snooze(after: When, close_gate: bool) -> JobEnd {
    JobEnd::Snooze { after, close_gate }
}

pub(crate) fn person(name: &str) -> PersonId {
    PersonId::new(name).unwrap()
}

pub(crate) fn signature() -> Signature {
    Signature { kind: ActorKind::Human, id: person("ann") }
}

impl<C: Clock + Clone + 'static> World<C> {
    pub(crate) fn item(&self, name: &str) -> StockItem {
        StockItem { id: StockItemId::new(&self.clock), name: name.into() }
    }

    pub(crate) fn listing(&self, own: &[Ref], variant: &[Ref]) -> Listing {
        Listing {
            id: ListingId::new(&self.clock),
            store: self.store,
            product: ProductId::new(&self.clock),
            refs: Refs::of(own.iter().cloned()),
            overrides: ListingEdit::default(),
            bindings: Vec::new(),
            variants: vec![ListingVariant {
                id: ListingVariantId::new(&self.clock),
                variant: None,
                refs: Refs::of(variant.iter().cloned()),
                remote_sku: None,
                offered: true,
                offer: None,
                shipped_by: ShippedBy::Merchant,
            }],
            media: Vec::new(),
            state: ListingState::of(Lifecycle::Live),
            issues: Vec::new(),
            doubt: None,
            desired: None,
            applied: None,
            observed: None,
            synced: None,
        }
    }

    pub(crate) fn request(&self, caller_key: Option<&str>) -> Request {
        Request {
            id: RequestId::new(&self.clock),
            bundle: BundleId::new(&self.clock),
            position: 0,
            requester: signature(),
            editors: Vec::new(),
            operation: Operation::UpdateProduct,
            store: Some(self.store),
            platform: None,
            listing: None,
            order: None,
            phase: Phase::Draft,
            revision: 1,
            digest: None,
            route: None,
            seats: Vec::new(),
            decide_by: Timestamp::EPOCH,
            execute_by: Timestamp::EPOCH,
            grant: None,
            job: None,
            attempt: 0,
            token: None,
            after: None,
            children: Vec::new(),
            caller_key: caller_key.map(str::to_owned),
            watch: None,
            failure: None,
            created: Timestamp::EPOCH,
        }
    }

    pub(crate) fn change_of_stock(&self, item: StockItemId, location: LocationId, cause: &str) -> StockMove {
        StockMove {
            id: MoveId::new(&self.clock),
            item,
            location,
            delta: 1,
            kind: MoveKind::Reserve,
            cause: cause.into(),
            at: Timestamp::EPOCH,
        }
    }

    pub(crate) fn vote(&self, request: RequestId, revision: u32, who: &str) -> Vote {
        Vote {
            id: VoteId::new(&self.clock),
            request,
            revision,
            stage: 1,
            group: "owners".into(),
            person: person(who),
            decision: Decision::Approve,
            digest: Hash::of("shown"),
            policy: Hash::of("policy"),
            people: None,
            note: None,
            at: Timestamp::EPOCH,
            void: false,
        }
    }

    pub(crate) async fn grant(&self, request: RequestId, revision: u32) -> GrantRecord {
        let draft = GrantDraft {
            request,
            revision,
            digest: Hash::of("shown"),
            policy: Hash::of("policy"),
            execute_by: Timestamp::EPOCH,
        };
        let keys = EphemeralKeys::new(&self.clock);
        draft.sign(GrantId::new(&self.clock), &self.tenant, &keys).await.unwrap()
    }

    pub(crate) fn step(&self) -> Step {
        Step::Ended(StepEnded {
            id: StepId::new(&self.clock),
            begun: StepId::new(&self.clock),
            grant: None,
            job: JobId::new(&self.clock),
            fate: Fate::Applied,
            answer: None,
            failure: None,
            at: Timestamp::EPOCH,
        })
    }

    pub(crate) fn entry(&self, id: &str) -> NewAudit {
        let subject = Subject::new(SubjectKind::Job, id);
        NewAudit::new(signature(), Action::Claimed, subject, Timestamp::EPOCH)
    }
}
