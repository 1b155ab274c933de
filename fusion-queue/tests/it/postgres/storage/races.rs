//! Two commits of two processes, released from one barrier.

use super::*;
use crate::{fixture::*, storage::change};
use fusion_core::{
    error::{ErrorKind, Result},
    job::*,
    model::*,
    storage::{ChangeSet, Committed, Storage, Version, load},
};
use serde_json::Value;
use tokio::sync::Barrier;

struct Race {
    w: World<TestClock, Postgres>,
    other: Postgres,
    // Goes last.
    _schema: Schema,
}

impl Race {
    async fn new() -> Self {
        let (w, schema) = opened().await;
        let other = another(&w, &schema).await;
        Self { w, other, _schema: schema }
    }

    /// What became of both.
    async fn run(&self, one: ChangeSet, other: ChangeSet) -> [Result<Committed>; 2] {
        let barrier = Arc::new(Barrier::new(2));
        let dbs = [&self.w.db, &self.other].map(Clone::clone);
        let [one, other] = [one, other]
            .into_iter()
            .zip(dbs)
            .map(|(changes, db)| {
                let (barrier, tenant) = (barrier.clone(), self.w.tenant.clone());
                tokio::spawn(async move {
                    barrier.wait().await;
                    db.commit(&tenant, changes).await
                })
            })
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        [one.await.unwrap(), other.await.unwrap()]
    }

    /// The same where one wins; what the loser is told.
    async fn loser(&self, one: ChangeSet, other: ChangeSet) -> ErrorKind {
        let ended = self.run(one, other).await;
        let won = ended.iter().filter(|end| end.is_ok()).count();
        assert_eq!(won, 1, "{ended:?}");
        ended.into_iter().find_map(Result::err).unwrap().kind()
    }

    async fn item(&self, name: &str) -> StockItem {
        let item = self.w.item(name);
        self.w.commit(|c| c.create(item.clone())).await;
        item
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn of_two_that_write_one_version_one_wins_and_the_other_is_told() {
    let race = Race::new().await;
    let item = race.item("mug").await;
    for round in 1..=rounds() {
        let version = Version(u64::try_from(round).unwrap());
        let write =
            |name: &str| change(|c| c.update(version, StockItem { name: name.into(), ..item.clone() }));
        assert_eq!(race.loser(write("one"), write("other")).await, ErrorKind::Conflict);
        assert_eq!(
            load::<StockItem>(&race.w.db, &race.w.tenant, item.id).await.unwrap().version,
            version.next()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn of_two_that_each_rely_on_what_the_other_writes_one_wins_and_the_other_is_told() {
    let race = Race::new().await;
    for _ in 0..rounds() {
        let (one, other) = (race.item("one").await, race.item("other").await);
        let relying = |on: &StockItem, writes: &StockItem| {
            change(|c| {
                c.rely_on::<StockItem>(on.id, Version(1));
                c.update(Version(1), writes.clone());
            })
        };
        assert_eq!(race.loser(relying(&one, &other), relying(&other, &one)).await, ErrorKind::Conflict);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn of_two_that_each_rely_on_the_absence_of_what_the_other_makes_one_wins_and_the_other_is_told() {
    let race = Race::new().await;
    for _ in 0..rounds() / 4 {
        let (one, other) = (race.w.item("one"), race.w.item("other"));
        let relying = |on: &StockItem, makes: &StockItem| {
            change(|c| {
                c.rely_on::<StockItem>(on.id, Version::NEW);
                c.create(makes.clone());
            })
        };
        assert_eq!(race.loser(relying(&one, &other), relying(&other, &one)).await, ErrorKind::Conflict);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn two_that_rely_on_one_record_and_write_others_both_win() {
    let race = Race::new().await;
    let policy = race.item("policy").await;
    for _ in 0..rounds() / 4 {
        let relying = |name: &str| {
            change(|c| {
                c.rely_on::<StockItem>(policy.id, Version(1));
                c.create(race.w.item(name));
            })
        };
        let ended = race.run(relying("one"), relying("other")).await;
        assert!(ended.iter().all(Result::is_ok), "{ended:?}");
    }
}

/// Commits that race for one counter, and how far it may go.
const RACERS: usize = 8;
const MOST: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn invariant_23_those_who_race_for_one_counter_never_pass_its_limit() {
    let race = Race::new().await;
    let counter = race.item("0").await;
    let barrier = Arc::new(Barrier::new(RACERS));
    let racing: Vec<_> = (0..RACERS)
        .map(|nth| {
            let db = [&race.w.db, &race.other][nth % 2].clone();
            let (barrier, tenant, id) = (barrier.clone(), race.w.tenant.clone(), counter.id);
            tokio::spawn(async move {
                barrier.wait().await;
                let mut counted = 0;
                loop {
                    let known = load::<StockItem>(&db, &tenant, id).await.unwrap();
                    let next = known.value.name.parse::<usize>().unwrap() + 1;
                    if next > MOST {
                        return counted;
                    }
                    let counting =
                        change(|c| c.update(known.version, StockItem { id, name: next.to_string() }));
                    match db.commit(&tenant, counting).await {
                        Ok(_) => counted += 1,
                        Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}"),
                    }
                }
            })
        })
        .collect();
    let mut all = 0;
    for one in racing {
        all += one.await.unwrap();
    }
    assert_eq!(all, MOST);
    let end = load::<StockItem>(&race.w.db, &race.w.tenant, counter.id).await.unwrap();
    assert_eq!((end.value.name, end.version), (MOST.to_string(), Version(1 + MOST as u64)));
}

/// A level's change for a cause, which may happen once.
fn moved(race: &Race, cause: &str) -> StockMove {
    StockMove {
        id: MoveId::new(&race.w.clock),
        item: StockItemId::from_uuid(uuid::Uuid::nil()),
        location: LocationId::from_uuid(uuid::Uuid::nil()),
        kind: MoveKind::Ship,
        cause: cause.to_owned(),
        delta: -1,
        at: fusion_core::clock::Timestamp::EPOCH,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn of_two_that_claim_what_may_be_there_once_one_wins_and_the_other_is_told() {
    let race = Race::new().await;
    for round in 0..rounds() / 4 {
        let moving = || change(|c| c.create(moved(&race, &format!("line {round}"))));
        assert_eq!(race.loser(moving(), moving()).await, ErrorKind::AlreadyExists);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn two_that_each_want_what_the_other_gives_up_dont_wait_for_each_other() {
    let race = Race::new().await;
    let (one, other) = (moved(&race, "one"), moved(&race, "other"));
    race.w.commit(|c| [&one, &other].into_iter().for_each(|step| c.create(step.clone()))).await;
    for _ in 0..rounds() / 4 {
        let turned = |step: &StockMove, cause: &str| {
            change(|c| c.update(Version(1), StockMove { cause: cause.into(), ..step.clone() }))
        };
        for end in race.run(turned(&one, "other"), turned(&other, "one")).await {
            assert_eq!(end.unwrap_err().kind(), ErrorKind::AlreadyExists);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn a_worker_that_begins_and_a_person_who_stops_it_dont_both_win() {
    let race = Race::new().await;
    for _ in 0..rounds() / 4 {
        let (request, job) = (race.item("request").await, race.w.serial("a"));
        race.w.put(&job).await;
        let held = race.w.claim_one().await;
        let begins = change(|c| {
            c.fence = Some(held.lease.clone());
            c.update(Version(1), request.clone());
            c.steps.push(race.w.step());
            c.jobs.push(race.w.serial("b"));
        });
        let stops = change(|c| {
            c.update(Version(1), request.clone());
            c.cancels.push(job.id);
            c.jobs.push(race.w.serial("b"));
        });
        assert_eq!(race.loser(begins, stops).await, ErrorKind::Conflict);
        race.w.done(&held).await;
        for next in race.w.claim(9).await {
            race.w.done(&next).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn commits_that_settle_cancel_and_put_in_across_each_other_all_end() {
    let race = Race::new().await;
    for _ in 0..rounds() / 4 {
        let (first, second) = (race.w.serial("a"), race.w.serial("b"));
        race.w.put(&first).await;
        race.w.put(&second).await;
        let held = race.w.claim(2).await;
        let lease = |id: JobId| held.iter().find(|one| one.job.id == id).unwrap().lease.clone();
        let crossing = |settled: &NewJob, cancelled: &NewJob, keys: [&str; 2]| {
            change(|c| {
                c.settle = Some(Settlement { lease: lease(settled.id), end: JobEnd::Completed(Value::Null) });
                c.cancels.push(cancelled.id);
                c.jobs.extend(keys.map(|key| race.w.serial(key)));
            })
        };
        let ended =
            race.run(crossing(&first, &second, ["a", "b"]), crossing(&second, &first, ["b", "a"])).await;
        for end in ended {
            assert_eq!(end.unwrap().settled.unwrap().verdict(), SettleVerdict::Accepted);
        }
        loop {
            let left = race.w.claim(9).await;
            if left.is_empty() {
                break;
            }
            for one in left {
                race.w.done(&one).await;
            }
        }
    }
}
