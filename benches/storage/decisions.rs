//! Decisions at once: each a vote, a grant, a job, an audit entry and the request's new phase in one commit.

use crate::{
    Fault, Result,
    measure::{
        options::Options,
        server::Server,
        table::{Row, Table},
        timed,
        turns::{About, Seen as Turn, Wanted, in_turn},
    },
    plain::{self, Commit},
    scene::Seen,
    site::Site,
};
use fusion_core::{
    approval::{GrantDraft, Phase, Policy, PolicyRecord, Request, Vote, Waiting},
    canonical::{EphemeralKeys, Hash},
    clock::Clock,
    model::{GrantId, JobId, RequestId, VoteId},
    storage::{ChangeSet, Record, Storage, Version},
    tenant::Tenant,
};
use fusion_queue::{Postgres, TokioClock};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Who decides at once.
const TASKS: usize = 16;

/// Requests that one commit brings in before.
const AT_ONCE: usize = 500;

/// Entries that maintenance chains by one call.
const CHAINED: usize = 1_000;

pub(crate) async fn rows(options: &Options, server: &Server, table: &mut Table) -> Result<()> {
    let many = options.size(4_000, 20_000);
    for (name, tenants, whose) in
        [("postgres-decisions", TASKS, "many tenants"), ("postgres-decisions-one", 1, "one tenant")]
    {
        if !options.wants(name) {
            continue;
        }
        let about = About {
            name,
            work: format!("{many} decisions of {whose} by {TASKS} tasks, one commit each"),
            yardstick: "one statement each that writes the same rows",
            unit: "decisions/s",
            wanted: Wanted::AtLeast(0.7),
        };
        let ours = async || {
            let (settings, schema) = server.fresh()?;
            let db = settings.connect().await?;
            let decisions = prepared(&db, many, tenants).await?;
            let seen = server.cost(many, decide(&db, decisions)).await?;
            drop(db);
            server.clear(&schema).await?;
            Ok(seen)
        };
        let theirs = async || {
            let clock = TokioClock::system();
            let decisions = Decision::all(&clock, many, tenants).await?;
            let commits: Vec<Commit> = decisions
                .iter()
                .map(|one| Commit::of(&clock, &one.tenant, &one.changes))
                .collect::<Result<_>>()?;
            Ok(Turn::rate(many, plain::write(Site::Server(server), &commits, TASKS).await?))
        };
        table.add(in_turn(options, about, ours, theirs).await?);
    }
    if options.wants("postgres-chain") {
        let about = About {
            name: "postgres-chain",
            work: format!("the entries of {many} decisions of one tenant are chained beside them"),
            yardstick: "the decisions",
            unit: "entries/s",
            wanted: Wanted::AtLeast(1.0),
        };
        // Both sides of a turn are of one run: what they have in common is the load.
        let (mut chained, mut decided) = (Vec::new(), Vec::new());
        for _ in 0..options.turns {
            let (entries, decisions) = chained_beside(server, many).await?;
            chained.push(entries);
            decided.push(decisions);
        }
        table.add(Row::of(about, &chained, &decided));
    }
    Ok(())
}

/// The rate of chaining while it works, and that of the decisions that go on meanwhile.
async fn chained_beside(server: &Server, many: usize) -> Result<(Turn, Turn)> {
    let (settings, schema) = server.fresh()?;
    let db = settings.connect().await?;
    let decisions = prepared(&db, many, 1).await?;
    // What the beginning has left.
    while db.chain(CHAINED).await? > 0 {}
    let is_over = Arc::<AtomicBool>::default();
    let chaining = {
        let (db, is_over) = (db.clone(), is_over.clone());
        tokio::spawn(async move {
            let (clock, mut busy, mut all) = (TokioClock::system(), Duration::ZERO, 0);
            loop {
                let was_over = is_over.load(Ordering::SeqCst);
                let (chained, span) = timed(&clock, async { Ok(db.chain(CHAINED).await?) }).await?;
                (busy, all) = (busy + span, all + chained);
                if chained == 0 {
                    if was_over {
                        return Ok::<_, Fault>((all, busy));
                    }
                    clock.sleep(Duration::from_millis(20)).await;
                }
            }
        })
    };
    let span = decide(&db, decisions).await?;
    is_over.store(true, Ordering::SeqCst);
    let (all, busy) = chaining.await??;
    drop(db);
    server.clear(&schema).await?;
    if all != many {
        return Err(format!("of {many} entries {all} were chained").into());
    }
    Ok((Turn::rate(all, busy), Turn::rate(many, span)))
}

/// Each of the tasks commits one decision after the other.
async fn decide(db: &Postgres, decisions: Vec<Decision>) -> Result<Duration> {
    let mut parts: Vec<Vec<Decision>> = (0..TASKS).map(|_| Vec::new()).collect();
    for (nth, decision) in decisions.into_iter().enumerate() {
        if let Some(part) = parts.get_mut(nth % TASKS) {
            part.push(decision);
        }
    }
    let ((), span) = timed(&TokioClock::system(), async {
        let mut deciding = tokio::task::JoinSet::new();
        for part in parts {
            let db = db.clone();
            deciding.spawn(async move {
                for one in part {
                    drop(db.commit(&one.tenant, one.changes).await?);
                }
                Ok::<_, Fault>(())
            });
        }
        while let Some(done) = deciding.join_next().await {
            done??;
        }
        Ok(())
    })
    .await?;
    Ok(span)
}

/// Decisions whose requests are in.
async fn prepared(db: &Postgres, many: usize, tenants: usize) -> Result<Vec<Decision>> {
    let decisions = Decision::all(&*Storage::clock(db), many, tenants).await?;
    for nth in 0..tenants {
        let mut changes = ChangeSet::default();
        let policy = Policy::two_people();
        changes.create(PolicyRecord { hash: policy.hash()?, policy });
        drop(db.commit(&tenant(nth)?, changes).await?);
        let before: Vec<&Request> =
            decisions.iter().skip(nth).step_by(tenants).map(|one| &one.before).collect();
        for part in before.chunks(AT_ONCE) {
            let mut changes = ChangeSet::default();
            part.iter().for_each(|request| changes.create((*request).clone()));
            drop(db.commit(&tenant(nth)?, changes).await?);
        }
    }
    Ok(decisions)
}

fn tenant(nth: usize) -> Result<Tenant> {
    Ok(Tenant::new(&format!("tenant-{nth}"))?)
}

/// A vote that fills the quorum, as the hub commits it.
struct Decision {
    tenant: Tenant,
    before: Request,
    changes: ChangeSet,
}

impl Decision {
    /// As many as wanted, after the pattern of one that the hub has made; the tenants' turns go round.
    async fn all(clock: &dyn Clock, many: usize, tenants: usize) -> Result<Vec<Self>> {
        let (scene, seen) = Seen::scene().await?;
        let shown = scene.asked(1).await?;
        drop(seen.changes());
        scene.agree(&shown).await?;
        let (_, pattern) = seen.changes().pop().ok_or("nothing was committed")?;
        let keys = EphemeralKeys::new(clock);
        let mut all = Vec::with_capacity(many);
        for nth in 0..many {
            all.push(Self::after(&pattern, tenant(nth % tenants)?, clock, &keys).await?);
        }
        Ok(all)
    }

    async fn after(
        pattern: &ChangeSet,
        tenant: Tenant,
        clock: &dyn Clock,
        keys: &EphemeralKeys,
    ) -> Result<Self> {
        let (id, grant, job) = (RequestId::new(clock), GrantId::new(clock), JobId::new(clock));
        let (mut changes, mut before) = (ChangeSet::default(), None);
        for write in &pattern.writes {
            match &write.record {
                Some(Record::Request(request)) => {
                    let (grant, job) = (Some(grant), Some(job));
                    let after = Request { id, grant, job, ..(**request).clone() };
                    let phase = Phase::Pending(Waiting::Stage(1));
                    before =
                        Some(Request { phase, grant: None, job: None, seats: Vec::new(), ..after.clone() });
                    changes.update(Version(1), after);
                }
                Some(Record::Vote(vote)) => {
                    changes.create(Vote { id: VoteId::new(clock), request: id, ..(**vote).clone() });
                }
                Some(Record::Grant(record)) => {
                    let draft = GrantDraft {
                        request: id,
                        revision: record.revision(),
                        digest: Hash::of("shown"),
                        policy: record.policy(),
                        execute_by: clock.now(),
                    };
                    changes.create(draft.sign(grant, &tenant, keys).await?);
                }
                other => return Err(format!("a decision wrote {other:?}").into()),
            }
        }
        changes.rely_on::<PolicyRecord>((), Version(1));
        changes.audit.clone_from(&pattern.audit);
        for one in &pattern.jobs {
            let serial = one.serial.as_ref().map(|_| format!("listing:{id}"));
            changes.jobs.push(fusion_core::job::NewJob {
                id: if one.grant.is_some() { job } else { JobId::new(clock) },
                tenant: tenant.clone(),
                grant: one.grant.map(|_| grant),
                serial,
                ..one.clone()
            });
        }
        let before = before.ok_or("a decision wrote no request")?;
        if (changes.jobs.len(), changes.audit.len(), changes.writes.len()) != (2, 1, 3) {
            return Err("a decision is a request, a vote, a grant, a job, its deadline's and an entry".into());
        }
        Ok(Self { tenant, before, changes })
    }
}
