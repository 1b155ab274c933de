//! A backend that checks after every commit what has to hold then.

use crate::world::{World, builder};
use async_trait::async_trait;
use fusion_core::{
    approval::{GrantRecord, GrantState, Phase, Policy, Request},
    audit::SubjectKind,
    canonical::EphemeralKeys,
    error::Result,
    hub::NewStore,
    job::{JobQueue, JobStatus},
    storage::{ChangeSet, Key, Query, Record, Storage, Version, list_all, load},
    tenant::Tenant,
    testkit::{Answer, Call, Carries, Through, Watch},
};
use fusion_plugin_sdk::testkit::{Script, ScriptedPlatform};
use fusion_queue::{Memory, TokioClock};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Checks after every commit and every exchange what has to hold then.
struct Watching {
    memory: Memory,
    /// One thing at a time, so that what is checked is what the commit has left.
    turn: Arc<Mutex<()>>,
    commits: Arc<AtomicUsize>,
}

/// Whose turn it is, and in whose records what the call leaves is checked.
struct Turn {
    _guard: OwnedMutexGuard<()>,
    tenant: Tenant,
}

#[async_trait]
impl Watch for Watching {
    type Held = Option<Turn>;

    async fn before(&self, call: &Call<'_>) -> Result<Option<Turn>> {
        let tenant = match call.carries {
            Carries::Changes(tenant, _) => tenant.clone(),
            Carries::Settlements(settlements) if !settlements.is_empty() => Tenant::new("acme").unwrap(),
            _ => return Ok(None),
        };
        // Somebody else may always come first.
        tokio::task::yield_now().await;
        let guard = self.turn.clone().lock_owned().await;
        if let Carries::Changes(tenant, changes) = call.carries {
            let is_about_requests = changes.writes.iter().any(|write| matches!(write.key, Key::Request(_)));
            if is_about_requests && self.is_current(tenant, changes).await {
                self.check_audit(tenant, changes).await;
            }
        }
        Ok(Some(Turn { _guard: guard, tenant }))
    }

    async fn after(&self, turn: Option<Turn>, answer: &Answer<'_>) -> Result<()> {
        let Some(turn) = turn else { return Ok(()) };
        match answer {
            Answer::Committed(_) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                self.check_requests(&turn.tenant).await;
            }
            Answer::Exchanged(_) => self.check_requests(&turn.tenant).await,
            Answer::Rows(_) | Answer::Other | Answer::Failed => {}
        }
        Ok(())
    }
}

impl Watching {
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

pub(crate) async fn watched(script: Script, policy: Policy) -> (World, Arc<AtomicUsize>) {
    let memory = Memory::with_clock(Arc::new(TokioClock::system().with_seed(7)));
    let platform = ScriptedPlatform::with_script(Storage::clock(&memory), script);
    let watch = Watching { memory: memory.clone(), turn: Arc::default(), commits: Arc::default() };
    let commits = watch.commits.clone();
    let watched = Through { backend: memory.clone(), watch };
    let keys = Arc::new(EphemeralKeys::new(&*Storage::clock(&memory)));
    let way = platform.transport();
    let hub = builder(watched, &platform, way).policy(policy).keys(keys.clone()).build().await.unwrap();
    let acme = hub.tenant("acme").unwrap();
    let (alice, bob) = (acme.person("alice").unwrap(), acme.person("bob").unwrap());
    let store = hub.register_store(&alice, NewStore::new("scripted", "Main shop")).await.unwrap();
    (World { hub, memory, keys, platform, acme, alice, bob, store }, commits)
}
