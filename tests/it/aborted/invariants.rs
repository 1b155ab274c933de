//! What has to hold when a process has ended anywhere, and when another one has brought its work to the end: numbers
//! 2, 3, 7, 10 and 20 of the approvals.

use fusion_core::{
    approval::{GrantRecord, GrantState, Phase, Request, Revision, Vote},
    audit::{Action, AuditEntry, Start, SubjectKind, verify},
    error::Fate,
    job::{JobFilter, JobKind, JobQueue, JobRow, JobStatus, QueueControl},
    model::{Listing, Step, Store},
    storage::{Backend, Entity, Query, Storage, Versioned, list_all, load},
    tenant::Tenant,
};
use fusion_plugin_sdk::testkit::{ScriptedPlatform, kinds};
use std::{collections::BTreeMap, sync::Arc};

/// What the platform may have done, each once.
const EFFECTS: [&str; 4] = ["create", "show", "stock", "update"];

struct Stored<'a> {
    db: &'a Arc<dyn Backend>,
    acme: Tenant,
}

impl Stored<'_> {
    async fn all<E: Entity>(&self, query: Query) -> Vec<E> {
        let found = list_all::<E>(self.db, &self.acme, &query).await.unwrap();
        found.into_iter().map(|one| one.value).collect()
    }

    async fn requests(&self) -> Vec<Versioned<Request>> {
        let mut requests = Vec::new();
        for store in self.all::<Store>(Query::Stores).await {
            requests.extend(list_all(self.db, &self.acme, &Query::RequestsIn(store.id)).await.unwrap());
        }
        requests
    }

    async fn jobs(&self) -> Vec<JobRow> {
        QueueControl::list(self.db, &self.acme, &JobFilter::default(), None, usize::MAX).await.unwrap()
    }

    /// The whole feed: numbered without a gap, each entry chained to the one before it.
    async fn feed(&self, at: &str) -> Vec<AuditEntry> {
        let feed = Storage::audit(self.db, &self.acme, 0, usize::MAX >> 1).await.unwrap();
        if !feed.is_empty() {
            let verified = verify(&self.acme, &feed, Start::Genesis, None);
            assert!(verified.is_ok(), "{at}: {verified:?}");
        }
        feed
    }

    /// Each transition of a request is one commit of it, and has one entry.
    fn invariant_10(&self, request: &Versioned<Request>, feed: &[AuditEntry], at: &str) {
        let id = request.value.id.to_string();
        let about =
            |one: &&AuditEntry| one.entry.subject.kind == SubjectKind::Request && one.entry.subject.id == id;
        let told: Vec<_> = feed.iter().filter(about).map(|one| one.entry.action.as_str()).collect();
        assert_eq!(u64::try_from(told.len()).unwrap(), request.version.0, "{at}: {told:?}");
    }
}

/// Where a process has just ended.
pub(super) async fn check_interrupted(db: &Arc<dyn Backend>, at: &str) {
    let stored = Stored { db, acme: Tenant::new("acme").unwrap() };
    let feed = stored.feed(at).await;
    for request in stored.requests().await {
        stored.invariant_10(&request, &feed, at);
        let request = request.value;
        let grants = stored.all::<GrantRecord>(Query::GrantsOf(request.id)).await;
        let of = |wanted: fn(GrantState) -> bool| grants.iter().filter(|one| wanted(one.state)).count();
        // 2 and 7.
        assert!(grants.len() <= 1, "{at}: {grants:?}");
        let approved = request.phase == Phase::Approved;
        assert_eq!(of(|state| state == GrantState::Unspent), usize::from(approved), "{at}: {request:?}");
        let under_way = matches!(request.phase, Phase::Executing { .. } | Phase::Unknown { .. });
        assert_eq!(
            of(|state| matches!(state, GrantState::Claimed(_))),
            usize::from(under_way),
            "{at}: {request:?}"
        );
        if approved || under_way {
            let job = JobQueue::get(db, &stored.acme, request.job.unwrap()).await.unwrap().unwrap();
            let is_live = matches!(job.status, JobStatus::Pending | JobStatus::Claimed | JobStatus::Running);
            assert!(is_live, "{at}: {:?} without a live job: {job:?}", request.phase);
        }
    }
}

/// Where everything has come to its end.
pub(super) async fn check_done(db: &Arc<dyn Backend>, platform: &ScriptedPlatform, at: &str) {
    let stored = Stored { db, acme: Tenant::new("acme").unwrap() };
    let (feed, requests, jobs) = (stored.feed(at).await, stored.requests().await, stored.jobs().await);
    assert_eq!(requests.len(), 2, "{at}");
    for request in &requests {
        stored.invariant_10(request, &feed, at);
        stored.agreed_and_done(&request.value, &jobs, at).await;
    }
    let late = [Action::LateEffect, Action::DoubleEffect];
    assert!(!feed.iter().any(|one| late.contains(&one.entry.action)), "{at}");
    for JobRow { state, .. } in &jobs {
        let is_over = matches!(state.status, JobStatus::Completed | JobStatus::Cancelled);
        let waits = state.status == JobStatus::Pending && state.job.background;
        assert!(is_over || waits, "{at}: {:?} is {:?}: {:?}", state.job.kind, state.status, state.failure);
    }
    stored.invariant_20(&jobs, platform, at).await;
    let mut happened: Vec<String> = platform.ledger().into_iter().map(|entry| entry.what).collect();
    happened.sort();
    assert_eq!(happened, EFFECTS, "{at}: what the platform did is what was agreed to");
    let listings = stored.all::<Listing>(Query::ListingsIn(requests[0].value.store.unwrap())).await;
    let product = listings[0].refs.current().iter().find(|id| id.kind == kinds::PRODUCT).unwrap();
    assert_eq!(platform.title(product).as_deref(), Some("Cup"), "{at}");
}

impl Stored<'_> {
    /// 2 and 3: one grant, spent, of the revision whose digest every voter has sent; 7: and no job of it is left.
    async fn agreed_and_done(&self, request: &Request, jobs: &[JobRow], at: &str) {
        assert_eq!(request.phase, Phase::Done, "{at}: {:?}", request.failure);
        let grants = self.all::<GrantRecord>(Query::GrantsOf(request.id)).await;
        let [grant] = &grants[..] else { panic!("{at}: {grants:?}") };
        assert_eq!((grant.state, grant.revision()), (GrantState::Spent, request.revision), "{at}");
        let key = (request.id, request.revision);
        let shown = load::<Revision>(self.db, &self.acme, key).await.unwrap().value;
        assert_eq!(request.digest, Some(shown.digest), "{at}");
        let granted = serde_json::to_value(grant).unwrap();
        assert_eq!(granted["digest"], serde_json::json!(shown.digest), "{at}");
        let votes = self.all::<Vote>(Query::VotesOn(request.id)).await;
        let counted: Vec<_> = votes.iter().filter(|vote| !vote.void).map(|vote| vote.digest).collect();
        assert_eq!(counted, [shown.digest], "{at}");
        let performs = jobs.iter().filter(|row| row.state.job.kind == JobKind::EXECUTE);
        assert_eq!(performs.filter(|row| row.state.job.grant == Some(grant.id)).count(), 1, "{at}");
    }

    /// Whatever the platform did, the step that did it has ended as applied, with the answer.
    async fn invariant_20(&self, jobs: &[JobRow], platform: &ScriptedPlatform, at: &str) {
        let mut kept: BTreeMap<String, usize> = BTreeMap::new();
        for job in jobs {
            let steps = self.all::<Step>(Query::StepsOf(job.id)).await;
            for step in &steps {
                let Step::Ended(ended) = step else { continue };
                if ended.fate != Fate::Applied || ended.answer.is_none() {
                    continue;
                }
                let begun = steps.iter().find_map(|step| match step {
                    Step::Begun(begun) if begun.id == ended.begun => Some(begun.key.0.clone()),
                    _ => None,
                });
                *kept.entry(begun.unwrap()).or_default() += 1;
            }
        }
        for entry in platform.ledger() {
            assert!(kept.contains_key(&entry.reference), "{at}: the answer to {} is lost", entry.what);
        }
    }
}
