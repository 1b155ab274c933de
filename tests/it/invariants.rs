//! What holds at every commit, held against every commit.

use crate::{
    scene::{DAY, HOUR, anyone, everything_needs},
    world::{World, builder},
};
use async_trait::async_trait;
use fusion_core::{
    approval::{GrantRecord, GrantState, Phase, Policy, Request},
    audit::{AuditEntry, SubjectKind},
    canonical::EphemeralKeys,
    clock::Clock,
    error::Result,
    hub::NewStore,
    job::{
        Beat, BeatVerdict, Cancelled, ClaimRequest, Enqueued, Exchange, Explanation, JobFilter, JobKind,
        JobQueue, JobRow, JobState, JobStatus, NewJob, QueueControl, Settlement, Stats,
    },
    model::{JobId, StoreId},
    plugin::{Booking, BudgetLedger, Correction, Draw, Ticket},
    storage::{
        ChangeSet, Committed, Entity, Key, Query, Record, Row, Storage, Version, Versioned, list_all, load,
    },
    tenant::Tenant,
};
use fusion_plugin_sdk::testkit::{Fault, Late, LateOutcome, LookUp, Script, ScriptedPlatform};
use fusion_queue::{Memory, TokioClock};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// A memory that checks after every commit and every exchange what has to hold then.
#[derive(Clone)]
struct Watched {
    memory: Memory,
    /// One thing at a time, so that what is checked is what the commit has left.
    turn: Arc<tokio::sync::Mutex<()>>,
    commits: Arc<AtomicUsize>,
}

impl Watched {
    /// Each transition has exactly one audit entry, in its own commit.
    async fn check_audit(&self, tenant: &Tenant, changes: &ChangeSet) {
        let mut moved = Vec::new();
        for write in &changes.writes {
            let Some(Record::Request(new)) = &write.record else { continue };
            let old = match write.expect {
                Version::NEW => None,
                _ => Some(load::<Request>(&self.memory, tenant, new.id).await.unwrap().value),
            };
            let tied_only = old.is_some_and(|old| Request { children: new.children.clone(), ..old } == **new);
            if !tied_only {
                moved.push(new.id.to_string());
            }
        }
        let mut told: Vec<String> = changes
            .audit
            .iter()
            .filter(|entry| entry.subject.kind == SubjectKind::Request)
            .map(|entry| entry.subject.id.clone())
            .collect();
        moved.sort();
        told.sort();
        assert_eq!(moved, told, "one entry for each transition");
    }

    /// Approved and unclaimed: one unspent grant, and one live job or a parent that isn't done. No other phase
    /// that is open has an unspent grant, and no closed one a live job.
    async fn check_requests(&self, tenant: &Tenant) {
        for request in self.requests(tenant).await {
            let query = Query::GrantsOf(request.id);
            let grants = list_all::<GrantRecord>(&self.memory, tenant, &query).await.unwrap();
            let unspent = grants.iter().filter(|grant| grant.value.state == GrantState::Unspent).count();
            let live = match request.job {
                Some(job) => JobQueue::get(&self.memory, tenant, job).await.unwrap().is_some_and(|job| {
                    matches!(job.status, JobStatus::Pending | JobStatus::Claimed | JobStatus::Running)
                }),
                None => false,
            };
            let is_approved = request.phase == Phase::Approved;
            assert_eq!(unspent, usize::from(is_approved), "{:?} {:?}", request.phase, grants);
            if is_approved {
                let waits = match request.after {
                    Some(parent) => {
                        load::<Request>(&self.memory, tenant, parent).await.unwrap().value.phase
                            != Phase::Done
                    }
                    None => false,
                };
                assert!(live != waits, "approved, job {:?} live {live}, waits {waits}", request.job);
            }
            let claimed = grants.iter().filter(|grant| matches!(grant.value.state, GrantState::Claimed(_)));
            let under_way = matches!(request.phase, Phase::Executing { .. } | Phase::Unknown { .. });
            assert!(claimed.count() <= usize::from(under_way), "{:?} {:?}", request.phase, grants);
        }
    }

    async fn requests(&self, tenant: &Tenant) -> Vec<Request> {
        let stores =
            list_all::<fusion_core::model::Store>(&self.memory, tenant, &Query::Stores).await.unwrap();
        let mut requests = Vec::new();
        for store in stores {
            let query = Query::RequestsIn(store.value.id);
            requests.extend(list_all::<Request>(&self.memory, tenant, &query).await.unwrap());
        }
        requests.into_iter().map(|request| request.value).collect()
    }
}

#[async_trait]
impl Storage for Watched {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        Storage::get(&self.memory, tenant, keys).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        Storage::list(&self.memory, tenant, query, after, limit).await
    }
    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        self.memory.audit(tenant, after, limit).await
    }
    async fn chain(&self, limit: usize) -> Result<usize> {
        self.memory.chain(limit).await
    }
    async fn commit(&self, tenant: &Tenant, changes: ChangeSet) -> Result<Committed> {
        // Somebody else may always come first.
        tokio::task::yield_now().await;
        let _turn = self.turn.lock().await;
        let is_about_requests = changes.writes.iter().any(|write| matches!(write.key, Key::Request(_)));
        let current = self.is_current(tenant, &changes).await;
        if is_about_requests && current {
            self.check_audit(tenant, &changes).await;
        }
        let committed = self.memory.commit(tenant, changes).await?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.check_requests(tenant).await;
        Ok(committed)
    }
    fn clock(&self) -> Arc<dyn Clock> {
        Storage::clock(&self.memory)
    }
    fn is_lasting(&self) -> bool {
        false
    }
}

impl Watched {
    async fn is_current(&self, tenant: &Tenant, changes: &ChangeSet) -> bool {
        for write in &changes.writes {
            let now = Storage::get(&self.memory, tenant, std::slice::from_ref(&write.key)).await.unwrap();
            let version = now.into_iter().flatten().next().map_or(Version::NEW, |found| found.version);
            if version != write.expect {
                return false;
            }
        }
        true
    }
}

#[async_trait]
impl JobQueue for Watched {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        self.memory.enqueue(jobs).await
    }
    async fn exchange(&self, settlements: Vec<Settlement>, claim: ClaimRequest) -> Result<Exchange> {
        let _turn = self.turn.lock().await;
        let settles = !settlements.is_empty();
        let exchange = self.memory.exchange(settlements, claim).await?;
        if settles {
            self.check_requests(&Tenant::new("acme").unwrap()).await;
        }
        Ok(exchange)
    }
    async fn heartbeat(&self, beats: &[Beat], lease_for: Duration) -> Result<Vec<BeatVerdict>> {
        self.memory.heartbeat(beats, lease_for).await
    }
    async fn get(&self, tenant: &Tenant, id: JobId) -> Result<Option<JobState>> {
        JobQueue::get(&self.memory, tenant, id).await
    }
    async fn wait(&self, at_most: Duration) {
        self.memory.wait(at_most).await;
    }
}

#[async_trait]
impl QueueControl for Watched {
    async fn cancel(&self, tenant: &Tenant, id: JobId) -> Result<Cancelled> {
        self.memory.cancel(tenant, id).await
    }
    async fn pause(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.memory.pause(tenant, store).await
    }
    async fn resume(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.memory.resume(tenant, store).await
    }
    async fn open_gate(&self, tenant: &Tenant, store: StoreId) -> Result<()> {
        self.memory.open_gate(tenant, store).await
    }
    async fn requeue(&self, tenant: &Tenant, id: JobId) -> Result<()> {
        self.memory.requeue(tenant, id).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        filter: &JobFilter,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobRow>> {
        QueueControl::list(&self.memory, tenant, filter, after, limit).await
    }
    async fn stats(&self, tenant: &Tenant) -> Result<Stats> {
        self.memory.stats(tenant).await
    }
    async fn explain(&self, tenant: &Tenant, id: JobId) -> Result<Explanation> {
        self.memory.explain(tenant, id).await
    }
    async fn next_due(&self, kinds: &[JobKind]) -> Result<Option<Duration>> {
        self.memory.next_due(kinds).await
    }
    async fn rescue(&self) -> Result<Vec<JobRow>> {
        self.memory.rescue().await
    }
}

#[async_trait]
impl BudgetLedger for Watched {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        self.memory.reserve(draws, patience).await
    }
    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        self.memory.correct(ticket, corrections).await
    }
}

pub(crate) async fn watched(script: Script, policy: Policy) -> (World, Arc<AtomicUsize>) {
    let memory = Memory::with_clock(Arc::new(TokioClock::system().with_seed(7)));
    let platform = ScriptedPlatform::with_script(Storage::clock(&memory), script);
    let watched = Watched { memory: memory.clone(), turn: Arc::default(), commits: Arc::default() };
    let commits = watched.commits.clone();
    let keys = Arc::new(EphemeralKeys::new(&*Storage::clock(&memory)));
    let way = platform.transport();
    let hub = builder(watched, &platform, way).policy(policy).keys(keys.clone()).build().await.unwrap();
    let acme = hub.tenant("acme").unwrap();
    let (alice, bob) = (acme.person("alice").unwrap(), acme.person("bob").unwrap());
    let store = hub.register_store(&alice, NewStore::new("scripted", "Main shop")).await.unwrap();
    (World { hub, memory, keys, platform, acme, alice, bob, store }, commits)
}

/// Ends only in phases that are closed; then every grant is used or void.
async fn settled(world: &World) {
    let open = list_all::<Request>(&world.memory, world.acme.tenant(), &Query::OpenRequests).await.unwrap();
    assert_eq!(open.len(), 0, "{:?}", open.iter().map(|one| one.value.phase).collect::<Vec<_>>());
    let _ = world.hub.verify_audit(&world.alice, None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn grants_jobs_and_audit_agree_through_every_fault() {
    let faults = [
        Fault::Throttle(Some(HOUR)),
        Fault::Throttle(None),
        Fault::ResetBefore,
        Fault::LostBefore,
        Fault::ResetAfter,
        Fault::Truncated,
        Fault::OutOfOrder,
        Fault::OutOfOrderAfter,
        Fault::ExpiredToken,
        Fault::Refused("no"),
        Fault::Slow(Duration::from_secs(60)),
    ];
    for (nth, fault) in faults.into_iter().enumerate() {
        for path in ["POST /stores", "/variants", "/show"] {
            let script = Script { variants_per_call: Some(1), ..Script::default() };
            let (world, commits) = watched(script, Policy::two_people()).await;
            let mug = world.save("Mug", 2).await;
            let bundle = world.publish(&[mug]).await;
            world.approve(&bundle).await;
            world.platform.fail_at(path, fault.clone());
            if nth % 2 == 0 {
                world.platform.fail_at(path, fault.clone());
            }
            world.run().await;
            // Two refused tokens in a row call for a person, who signs in and tests the store.
            world.hub.test_store(&world.alice, world.store.id).await.unwrap();
            world.run().await;
            settled(&world).await;
            assert!(world.platform.count("create") <= 1, "{fault:?} at {path}");
            assert!(commits.load(Ordering::Relaxed) > 6);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn grants_jobs_and_audit_agree_on_every_way_people_go() {
    let (world, _) = watched(Script::default(), everything_needs(vec![anyone(1), anyone(1)])).await;
    let carol = world.person("carol");
    let mut bundles = Vec::new();
    for title in ["Mug", "Cup", "Pot", "Jug", "Bowl", "Dish", "Vase"] {
        let product = world.save(title, 1).await;
        bundles.push(world.publish(&[product]).await);
    }
    for bundle in &bundles {
        world.approve(bundle).await;
    }
    let id = |nth: usize| bundles[nth].items[0].id;
    let hub = &world.hub;
    hub.withdraw(&world.alice, id(0)).await.unwrap();
    let _ = hub.reject(&carol, &bundles[1], "no").await.unwrap().all().unwrap();
    let _ = hub.request_changes(&carol, &bundles[2], "no").await.unwrap().all().unwrap();
    for bundle in &bundles[3..6] {
        let _ = hub.approve(&carol, bundle).await.unwrap().all().unwrap();
    }
    hub.revoke(&carol, id(3), "no").await.unwrap();
    hub.withdraw(&world.alice, id(4)).await.unwrap();
    world.run().await;
    assert_eq!(world.phase(id(5)).await, Phase::Done);
    hub.withdraw(&world.alice, id(2)).await.unwrap();
    tokio::time::advance(14 * DAY).await;
    world.run().await;
    assert_eq!(world.phase(id(6)).await, Phase::Expired);
    // One question remains: the stock push that this policy wants people for, and it has expired by now too.
    tokio::time::advance(14 * DAY).await;
    world.run().await;
    settled(&world).await;
}

#[tokio::test(start_paused = true)]
async fn grants_jobs_and_audit_agree_when_nobody_can_tell() {
    use fusion_core::approval::Verdict;
    for verdict in [Verdict::Done, Verdict::Failed, Verdict::Again] {
        let script = Script { look_up: LookUp::Doubtful, ..Script::default() };
        let (world, _) = watched(script, Policy::two_people()).await;
        let mug = world.save("Mug", 1).await;
        let bundle = world.publish(&[mug]).await;
        world.approve(&bundle).await;
        world.platform.fail_at("POST /stores", Fault::LostBefore);
        world.live(HOUR).await;
        world.hub.decide(&world.person("dora"), bundle.items[0].id, verdict, "seen").await.unwrap();
        world.run().await;
        settled(&world).await;

        let late = Late { asks: u32::MAX, outcome: LateOutcome::Done };
        let script = Script { late: Some(late), ..Script::default() };
        let (world, _) = watched(script, Policy::two_people()).await;
        let mug = world.save("Mug", 1).await;
        let bundle = world.publish(&[mug]).await;
        world.approve(&bundle).await;
        world.live(2 * HOUR).await;
        world.platform.script(|script| script.late = None);
        world.hub.decide(&world.person("dora"), bundle.items[0].id, verdict, "seen").await.unwrap();
        world.run().await;
        settled(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn grants_jobs_and_audit_agree_when_everything_happens_at_once() {
    for round in 0..5 {
        let (world, _) = watched(Script::default(), Policy::two_people()).await;
        let world = Arc::new(world);
        let mut products = Vec::new();
        for nth in 0..12 {
            products.push(world.save(&format!("Mug {nth}"), 1).await);
        }
        let bundle = Arc::new(world.publish(&products).await);
        let mut racing = Vec::new();
        for who in ["bob", "carol", "dora"] {
            let (world, bundle) = (world.clone(), bundle.clone());
            racing.push(tokio::spawn(async move {
                let _ = world.hub.approve(&world.person(who), &bundle).await.unwrap();
            }));
        }
        for nth in 0..12 {
            let (world, id) = (world.clone(), bundle.items[nth].id);
            racing.push(tokio::spawn(async move {
                if (nth + round) % 3 == 0 {
                    let _ = world.hub.withdraw(&world.alice, id).await;
                } else if (nth + round) % 3 == 1 {
                    let _ = world.hub.revoke(&world.person("dora"), id, "no").await;
                }
                world.run().await;
            }));
        }
        for one in racing {
            one.await.unwrap();
        }
        world.run().await;
        settled(&world).await;
        let done = {
            let now = world.hub.bundle(&world.alice, bundle.id).await.unwrap();
            now.items.iter().filter(|item| item.phase == Phase::Done).count()
        };
        assert_eq!(world.platform.count("create"), done);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_childs_approval_and_its_parents_end_at_one_moment_lose_nothing() {
    for round in 0..15 {
        let (world, _) = watched(Script::default(), Policy::two_people()).await;
        let world = Arc::new(world);
        let listing = world.published("Mug", 1).await;
        let (first, second) = (world.retitle(&listing, "Cup"), world.retitle(&listing, "Cup"));
        let parent = world.submit(&world.alice, first).await;
        let after = parent.items[0].id;
        world.approve(&parent).await;
        // Asked for, agreed on and waited for while the parent runs.
        let child = {
            let world = world.clone();
            tokio::spawn(async move {
                for _ in 0..round {
                    tokio::task::yield_now().await;
                }
                let submission =
                    fusion_core::hub::Submission { command: second, key: None, after: Some(after) };
                let bundle = world.hub.submit(&world.alice, [submission]).await.unwrap();
                assert_eq!(bundle.skipped, vec![]);
                let _ = world.hub.approve(&world.bob, &bundle).await.unwrap().all().unwrap();
                bundle.items[0].id
            })
        };
        world.run().await;
        let child = child.await.unwrap();
        world.run().await;
        assert_eq!(world.phase(after).await, Phase::Done);
        assert!(world.phase(child).await.is_closed(), "{:?}", world.phase(child).await);
        settled(&world).await;
    }
    let _ = <Request as Entity>::key;
}
