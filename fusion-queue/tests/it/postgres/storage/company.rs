//! Commits that come at once: they share transactions, and each is as if it were alone.

use super::*;
use crate::{fixture::*, postgres::schema::connection, storage::change};
use fusion_core::{
    clock::Clock as _,
    error::{ErrorKind, Result},
    job::*,
    model::*,
    storage::{ChangeSet, Committed, Storage, Version, load},
    tenant::Tenant,
};
use serde_json::Value;
use sqlx::Connection as _;
use tokio::task::JoinHandle;

/// Each by a task of its own, all at once; what became of them, in order.
fn commit_at_once(db: &Postgres, commits: Vec<(Tenant, ChangeSet)>) -> Vec<JoinHandle<Result<Committed>>> {
    let commit = |(tenant, changes)| {
        let db = db.clone();
        tokio::spawn(async move { db.commit(&tenant, changes).await })
    };
    commits.into_iter().map(commit).collect()
}

async fn ends(committing: Vec<JoinHandle<Result<Committed>>>) -> Vec<Result<Committed>> {
    let mut ends = Vec::new();
    for one in committing {
        ends.push(one.await.unwrap());
    }
    ends
}

/// A commit that nothing is wrong with.
fn good(w: &World<TestClock, Postgres>) -> ChangeSet {
    change(|c| {
        c.create(w.item("mug"));
        c.steps.push(w.step());
        c.audit.push(w.entry("made"));
        c.jobs.push(NewJob { serial: Some("mug".into()), ..w.job() });
    })
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn commits_at_once_share_transactions_and_each_has_its_answer() {
    let (w, schema) = opened().await;
    for _ in 0..10 {
        w.put(&w.job()).await;
    }
    let held = w.claim(10).await;
    let mut commits = Vec::new();
    for (nth, held) in held.iter().enumerate() {
        let settlement = Settlement { lease: held.lease.clone(), end: JobEnd::Completed(Value::Null) };
        let mut settles = good(&w);
        settles.fence = Some(held.lease.clone());
        settles.settle = Some(settlement);
        commits.push((w.tenant.clone(), settles));
        let known = NewJob { id: held.job.id, ..w.job() };
        commits.push((w.tenant.clone(), change(|c| c.jobs = vec![w.job(), known, w.job()])));
        commits.push((w.tenant.clone(), good(&w)));
        let theirs = NewJob { tenant: w.other.clone(), ..w.job() };
        let theirs = change(|c| {
            c.create(w.item(&format!("mug {nth}")));
            c.jobs.push(theirs);
        });
        commits.push((w.other.clone(), theirs));
    }
    let accepted = Settled::by_commit(SettleVerdict::Accepted);
    for (nth, end) in ends(commit_at_once(&w.db, commits)).await.into_iter().enumerate() {
        let Committed { jobs, settled } = end.unwrap();
        use Enqueued::{Known, New};
        match nth % 4 {
            0 => assert_eq!((jobs, settled), (vec![New], Some(accepted)), "{nth}"),
            1 => assert_eq!((jobs, settled), (vec![New, Known, New], None), "{nth}"),
            _ => assert_eq!((jobs, settled), (vec![New], None), "{nth}"),
        }
    }
    let transactions = schema.count("SELECT count(DISTINCT xmin::text) FROM fusion.records").await;
    assert!(transactions < 15, "{transactions} for 40 commits");
    let of = async |tenant: &str| {
        let sql =
            format!("SELECT count(*) FROM fusion.records WHERE kind = 'stock_item' AND tenant = '{tenant}'");
        schema.count(&sql).await
    };
    assert_eq!((of(w.tenant.as_str()).await, of(w.other.as_str()).await), (20, 10));
    assert_eq!(Storage::audit(&w.db, &w.tenant, 0, 100).await.unwrap().len(), 20);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_commit_that_is_refused_takes_no_other_along() {
    let (w, schema) = opened().await;
    let (item, step, taken) = (w.item("mug"), w.step(), NewJob { tenant: w.other.clone(), ..w.job() });
    w.commit(|c| {
        c.create(item.clone());
        c.steps.push(step.clone());
    })
    .await;
    w.db.enqueue(vec![taken.clone()]).await.unwrap();
    let lost = Lease { job: JobId::new(&w.clock), token: 7 };
    let late = w.db.clock().now();
    let bad: [(ErrorKind, ChangeSet); 6] = [
        (ErrorKind::Conflict, change(|c| c.update(Version(2), item.clone()))),
        (ErrorKind::Conflict, change(|c| c.rely_on::<StockItem>(item.id, Version(3)))),
        (ErrorKind::Timeout, change(|c| c.not_after = Some(late))),
        (ErrorKind::Fenced, change(|c| c.fence = Some(lost))),
        (ErrorKind::AlreadyExists, change(|c| c.steps.push(step))),
        (ErrorKind::InvalidInput, change(|c| c.jobs.push(NewJob { tenant: w.tenant.clone(), ..taken }))),
    ];
    for (kind, bad) in bad {
        let mut commits: Vec<_> = (0..8).map(|_| (w.tenant.clone(), good(&w))).collect();
        commits.insert(4, (w.tenant.clone(), bad));
        let mut ended = ends(commit_at_once(&w.db, commits)).await;
        assert_eq!(ended.remove(4).unwrap_err().kind(), kind);
        assert!(ended.iter().all(Result::is_ok), "{kind:?}: {ended:?}");
    }
    assert_eq!(
        schema.count("SELECT count(*) FROM fusion.records WHERE kind = 'stock_item'").await,
        1 + 6 * 8
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn two_that_each_write_what_the_other_relies_on_never_both_pass_in_company() {
    let (w, _schema) = opened().await;
    let (one, other) = (w.item("mug"), w.item("jar"));
    w.commit(|c| {
        c.create(one.clone());
        c.create(other.clone());
    })
    .await;
    let mut versions = [Version(1), Version(1)];
    for _ in 0..rounds() {
        let crossed = [
            change(|c| {
                c.update(versions[0], one.clone());
                c.rely_on::<StockItem>(other.id, versions[1]);
            }),
            change(|c| {
                c.update(versions[1], other.clone());
                c.rely_on::<StockItem>(one.id, versions[0]);
            }),
        ];
        // The first goes alone; what it is waited for in company with are these.
        let mut commits = vec![(w.tenant.clone(), good(&w))];
        commits.extend(crossed.map(|changes| (w.tenant.clone(), changes)));
        commits.push((w.tenant.clone(), good(&w)));
        let ended = ends(commit_at_once(&w.db, commits)).await;
        assert_eq!(ended[1].is_ok(), ended[2].is_err(), "{ended:?}");
        versions[usize::from(ended[1].is_err())] = versions[usize::from(ended[1].is_err())].next();
    }
    for (item, version) in [one, other].iter().zip(versions) {
        assert_eq!(load::<StockItem>(&w.db, &w.tenant, item.id).await.unwrap().version, version);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn of_many_that_write_one_version_at_once_one_wins() {
    let (w, _schema) = opened().await;
    let item = w.item("mug");
    w.commit(|c| c.create(item.clone())).await;
    for round in 1..=20 {
        let write = || change(|c| c.update(Version(round), item.clone()));
        let commits = (0..12).map(|_| (w.tenant.clone(), write())).collect();
        let ended = ends(commit_at_once(&w.db, commits)).await;
        assert_eq!(ended.iter().filter(|end| end.is_ok()).count(), 1, "{ended:?}");
        let lost = ended.iter().filter_map(|end| end.as_ref().err());
        assert!(lost.into_iter().all(|error| error.kind() == ErrorKind::Conflict), "{ended:?}");
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn who_waits_for_an_open_transaction_keeps_nobody_else_waiting() {
    let (w, schema) = opened().await;
    let items = ["mug", "jar", "cup"].map(|name| w.item(name));
    w.commit(|c| items.iter().for_each(|item| c.create(item.clone()))).await;
    let mut other = connection().await;
    let mut open = other.begin().await.unwrap();
    sqlx::raw_sql(schema.sql("SELECT FROM fusion.records FOR UPDATE")).execute(&mut *open).await.unwrap();
    let mut commits: Vec<_> = (0..20).map(|_| (w.tenant.clone(), good(&w))).collect();
    for (item, at) in items.into_iter().zip([0, 1, 10]) {
        commits.insert(at, (w.tenant.clone(), change(|c| c.update(Version(1), item))));
    }
    let mut committing = commit_at_once(&w.db, commits);
    let waiting = [10, 1, 0].map(|at| committing.remove(at));
    assert!(ends(committing).await.iter().all(Result::is_ok));
    assert!(waiting.iter().all(|one| !one.is_finished()), "they wait longer than a company does");
    open.rollback().await.unwrap();
    for one in waiting {
        drop(one.await.unwrap().unwrap());
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_committer_that_is_gone_keeps_nobody_waiting() {
    let (w, _schema) = opened().await;
    for _ in 0..20 {
        let mut committing = commit_at_once(&w.db, (0..6).map(|_| (w.tenant.clone(), good(&w))).collect());
        tokio::task::yield_now().await;
        committing.drain(1..4).for_each(|gone| gone.abort());
        assert!(ends(committing).await.iter().all(Result::is_ok));
    }
}

/// A move that takes its cause for itself.
fn moved(w: &World<TestClock, Postgres>, cause: &str) -> StockMove {
    StockMove {
        id: MoveId::new(&w.clock),
        item: StockItemId::from_uuid(uuid::Uuid::nil()),
        location: LocationId::from_uuid(uuid::Uuid::nil()),
        kind: MoveKind::Ship,
        cause: cause.to_owned(),
        delta: -1,
        at: w.clock.now(),
    }
}

fn again(step: &StockMove, cause: &str) -> ChangeSet {
    change(|c| c.update(Version(1), StockMove { cause: cause.to_owned(), ..step.clone() }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn what_may_be_there_once_is_there_once_whoever_comes_in_company() {
    let (w, schema) = opened().await;
    for round in 0..rounds() {
        let (cause, other) = (round.to_string(), format!("{round} as well"));
        let had = moved(&w, &other);
        w.commit(|c| c.create(had.clone())).await;
        let of = |tenant: &Tenant, changes| (tenant.clone(), changes);
        let create = |cause: &str| change(|c| c.create(moved(&w, cause)));
        let commits = vec![
            of(&w.tenant, good(&w)),
            of(&w.tenant, create(&cause)),
            of(&w.tenant, again(&had, &format!("{round} no more"))),
            of(&w.other, create(&cause)),
            of(&w.tenant, create(&cause)),
            of(&w.tenant, create(&other)),
            of(&w.tenant, create(&other)),
        ];
        let ended = ends(commit_at_once(&w.db, commits)).await;
        let ok: Vec<bool> = ended.iter().map(Result::is_ok).collect();
        assert!(ok[0] && ok[2] && ok[3], "{ended:?}");
        assert!(ok[1] != ok[4] && !(ok[5] && ok[6]), "{ended:?}");
        let refused = ended.iter().filter_map(|end| end.as_ref().err());
        assert!(refused.into_iter().all(|error| error.kind() == ErrorKind::AlreadyExists), "{ended:?}");
    }
    let moves = schema.count("SELECT count(*) FROM fusion.records WHERE kind = 'move'").await;
    assert_eq!(schema.count("SELECT count(*) FROM fusion.unique_keys").await, moves);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn two_that_each_want_what_the_other_gives_up_are_refused_in_company_too() {
    let (w, _schema) = opened().await;
    let steps = ["one", "other"].map(|cause| moved(&w, cause));
    w.commit(|c| steps.iter().for_each(|step| c.create(step.clone()))).await;
    let [one, other] = &steps;
    let commits = vec![good(&w), again(one, "other"), again(other, "one"), good(&w)];
    let ended =
        ends(commit_at_once(&w.db, commits.into_iter().map(|c| (w.tenant.clone(), c)).collect())).await;
    let kinds: Vec<_> = ended[1..3].iter().map(|end| end.as_ref().unwrap_err().kind()).collect();
    assert_eq!(kinds, [ErrorKind::AlreadyExists; 2]);
    assert!(ended[0].is_ok() && ended[3].is_ok(), "{ended:?}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_job_that_an_open_transaction_holds_up_holds_up_no_other_commit() {
    let (w, schema) = opened().await;
    w.put(&w.job()).await;
    let job = w.job();
    let mut other = connection().await;
    let mut open = other.begin().await.unwrap();
    w.db.enqueue_in(&mut open, vec![job.clone()]).await.unwrap();
    let mut commits: Vec<_> = (0..8).map(|_| (w.tenant.clone(), good(&w))).collect();
    commits.insert(4, (w.tenant.clone(), change(|c| c.jobs.push(job))));
    let mut committing = commit_at_once(&w.db, commits);
    let waits = committing.remove(4);
    assert!(ends(committing).await.iter().all(Result::is_ok));
    assert!(!waits.is_finished(), "it waits longer than a company does");
    open.commit().await.unwrap();
    assert_eq!(waits.await.unwrap().unwrap().jobs, [Enqueued::Known]);
    drop(schema);
}
