//! What has to hold once everything has come to rest, whatever happened on the way.

use crate::world::World;
use fusion_core::{
    approval::{GrantRecord, GrantState, Phase, Request},
    audit::{Action, NewAudit},
    error::Fate,
    hub::BundleView,
    job::{JobFilter, JobKind, JobQueue as _, JobRow, JobStatus, QueueControl},
    model::{Listing, Step, StepBegun, StepEnded},
    storage::{Query, list_all, load},
};
use std::collections::BTreeMap;

/// What the platform may have done, each so often.
pub(crate) type Effects<'a> = &'a [(&'static str, usize)];

impl World {
    pub(crate) async fn jobs(&self) -> Vec<JobRow> {
        let tenant = self.alice.tenant();
        QueueControl::list(&self.memory, tenant, &JobFilter::default(), None, usize::MAX).await.unwrap()
    }

    pub(crate) async fn requests(&self, bundle: &BundleView) -> Vec<Request> {
        let query = Query::RequestsOf(bundle.id);
        let rows = list_all::<Request>(&self.memory, self.alice.tenant(), &query).await.unwrap();
        rows.into_iter().map(|row| row.value).collect()
    }

    /// Every row of the journal: those of jobs include those under grants.
    pub(crate) async fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for job in self.jobs().await {
            let rows = list_all::<Step>(&self.memory, self.alice.tenant(), &Query::StepsOf(job.id)).await;
            steps.extend(rows.unwrap().into_iter().map(|row| row.value));
        }
        steps.sort_by_key(Step::id);
        steps
    }

    /// The platform did what was agreed on, and that alone; everything it answered is in the journal.
    pub(crate) async fn assert_whole(&self, bundle: &BundleView, effects: Effects<'_>, at: &str) {
        for request in self.requests(bundle).await {
            assert_eq!(request.phase, Phase::Done, "{at}: {:?}", request.failure);
            let grant = self.grant(&request).await;
            assert_eq!(grant.state, GrantState::Spent, "{at}");
        }
        self.assert_effects(effects, at);
        self.assert_journal(at).await;
        self.assert_rest(at).await;
        self.assert_audit(bundle, at).await;
        let drift = self.hub.drift(&self.alice, self.store.id).await.unwrap();
        assert_eq!(drift.drifted, vec![], "{at}");
    }

    pub(crate) async fn grant(&self, request: &Request) -> GrantRecord {
        load::<GrantRecord>(&self.memory, self.alice.tenant(), request.grant.unwrap()).await.unwrap().value
    }

    pub(crate) fn assert_effects(&self, effects: Effects<'_>, at: &str) {
        let mut happened: BTreeMap<String, usize> = BTreeMap::new();
        for entry in self.platform.ledger() {
            *happened.entry(entry.what).or_default() += 1;
        }
        let wanted: BTreeMap<String, usize> =
            effects.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect();
        assert_eq!(happened, wanted, "{at}");
    }

    /// Each thing that was sent has an end that is known, and each effect has an answer that is kept.
    pub(crate) async fn assert_journal(&self, at: &str) {
        let steps = self.steps().await;
        let begun: Vec<&StepBegun> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Begun(begun) => Some(begun),
                Step::Ended(_) => None,
            })
            .collect();
        let ends = |of: &StepBegun| -> Vec<&StepEnded> {
            let id = of.id;
            let ended = steps.iter().filter_map(|step| match step {
                Step::Ended(ended) if ended.begun == id => Some(ended),
                _ => None,
            });
            ended.collect()
        };
        let mut newest: BTreeMap<&str, &StepBegun> = BTreeMap::new();
        for one in &begun {
            newest.insert(&one.key.0, one);
        }
        for one in newest.values() {
            let last = ends(one).last().map(|ended| ended.fate);
            assert!(last.is_some_and(|fate| fate != Fate::Unknown), "{at}: {} ended {last:?}", one.name);
        }
        for entry in self.platform.ledger() {
            let kept = begun
                .iter()
                .filter(|begun| begun.key.0 == entry.reference)
                .flat_map(|begun| ends(begun))
                .any(|ended| ended.fate == Fate::Applied && ended.answer.is_some());
            assert!(kept, "{at}: the answer to {} of {} is lost", entry.what, entry.id);
        }
    }

    /// Nothing is left that somebody would have to wait for.
    pub(crate) async fn assert_rest(&self, at: &str) {
        for JobRow { state, .. } in self.jobs().await {
            match state.status {
                JobStatus::Completed | JobStatus::Cancelled => {}
                JobStatus::Pending if state.job.background => {}
                status => panic!("{at}: {} is {status:?}: {:?}", state.job.kind, state.failure),
            }
        }
    }

    async fn assert_audit(&self, bundle: &BundleView, at: &str) {
        let verified = self.hub.verify_audit(&self.alice, None).await.unwrap();
        assert_eq!(*verified.range.start(), 1, "{at}");
        let requests = bundle.items.len();
        let ends = [Action::ExecutedDone, Action::ExecutedAccepted];
        assert_eq!(self.count(bundle, &ends).await, requests, "{at}");
        assert_eq!(self.count(bundle, &[Action::Approved]).await, requests, "{at}");
        assert_eq!(self.count(bundle, &[Action::LateEffect, Action::DoubleEffect]).await, 0, "{at}");
    }

    /// Entries of these kinds about the requests of `bundle`.
    pub(crate) async fn count(&self, bundle: &BundleView, wanted: &[Action]) -> usize {
        let entries = self.hub.audit(&self.alice, 0, usize::MAX).await.unwrap();
        let ids: Vec<_> = bundle.items.iter().map(|request| request.id.to_string()).collect();
        let is_wanted = |entry: &NewAudit| wanted.contains(&entry.action) && ids.contains(&entry.subject.id);
        entries.iter().filter(|entry| is_wanted(&entry.entry)).count()
    }

    /// What is approved and not begun has one unspent grant and one live job, and nothing else has.
    pub(crate) async fn assert_runnable(&self, bundle: &BundleView, at: &str) {
        for request in self.requests(bundle).await {
            let grant = self.grant(&request).await.state;
            let wanted = match request.phase {
                Phase::Approved => GrantState::Unspent,
                Phase::Executing { token } | Phase::Unknown { token, .. } => GrantState::Claimed(token),
                _ => GrantState::Spent,
            };
            assert_eq!(grant, wanted, "{at}: {:?}", request.phase);
            let job = self.memory.get(self.alice.tenant(), request.job.unwrap()).await.unwrap().unwrap();
            let lives = matches!(job.status, JobStatus::Pending | JobStatus::Claimed | JobStatus::Running);
            // The job of a request that is done may still have to be settled.
            assert!(lives || grant == GrantState::Spent, "{at}: {:?} without a job", request.phase);
        }
        let executing = self.jobs().await.into_iter().filter(|row| row.state.job.kind == JobKind::EXECUTE);
        assert_eq!(executing.count(), bundle.items.len(), "{at}");
    }

    /// What the store shows of each variant.
    pub(crate) async fn shown(&self) -> Vec<Option<i64>> {
        let query = Query::ListingsIn(self.store.id);
        let listings = list_all::<Listing>(&self.memory, self.alice.tenant(), &query).await.unwrap();
        let variants = listings.iter().flat_map(|listing| &listing.value.variants);
        variants.map(|variant| self.platform.available(&variant.refs.current()[0])).collect()
    }
}
