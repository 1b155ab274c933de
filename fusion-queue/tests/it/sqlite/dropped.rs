use super::*;
use crate::{
    dropped::{Dropping, give_up_after},
    random::Random,
};
use fusion_core::{ErrorKind, storage::Version};

const DROPS: u64 = 2_000;

#[tokio::test]
async fn a_dropped_commit_is_stored_whole_or_not_at_all_and_harms_nobody() {
    let folder = TempDir::new().unwrap();
    let (w, db, mut random) = (World::new(), opened(&folder).await, Random::new(11));
    let mut answered = Vec::new();
    for number in 0..DROPS {
        let polls = random.below(5);
        match random.below(8) {
            0 => drop(give_up_after(polls, db.audit(&w.tenant, 0, 50)).await),
            1 => drop(give_up_after(polls, db.get(&w.tenant, &keys(number))).await),
            // Now and then somebody stays to the end.
            2 => {
                drop(db.commit(&w.tenant, numbered(&w, number)).await.unwrap());
                answered.push(number);
            }
            _ => {
                let done = give_up_after(polls, db.commit(&w.tenant, numbered(&w, number))).await;
                answered.extend(done.map(|result| result.map(|_| number).unwrap()));
            }
        }
    }
    // The writer takes what was sent in order, so behind this one nothing is under way.
    drop(db.commit(&w.tenant, numbered(&w, DROPS)).await.unwrap());
    let mut stored = 0;
    for number in 0..DROPS {
        stored += usize::from(is_there(&db, &w, number).await);
    }
    for number in &answered {
        assert!(is_there(&db, &w, *number).await, "commit {number} was answered and is lost");
    }
    assert!(stored > answered.len() && stored < 1_900, "{stored} stored, {} answered", answered.len());
    assert_eq!(db.audit(&w.tenant, 0, 5_000).await.unwrap().len(), stored + 1);
}

#[tokio::test]
async fn a_refused_commit_doesnt_harm_those_that_share_its_transaction() {
    let folder = TempDir::new().unwrap();
    let (w, db) = (World::new(), opened(&folder).await);
    // All are sent before the writer's task has its turn.
    let tasks = (0..100).map(|number| {
        let (db, tenant, mut changes) = (db.clone(), w.tenant.clone(), numbered(&w, number));
        if number % 3 == 0 {
            // Refused by its last statement, when most of it has been written.
            changes.rely_on::<StockItem>(StockItemId::from_uuid(Uuid::max()), Version::NEW);
            changes.steps.extend([w.step()].into_iter().flat_map(|step| [step.clone(), step]));
        }
        tokio::spawn(async move { db.commit(&tenant, changes).await.map(|_| ()) })
    });
    for (number, task) in tasks.collect::<Vec<_>>().into_iter().enumerate() {
        let refused = task.await.unwrap().err().map(|error| error.kind());
        assert_eq!(refused, (number % 3 == 0).then_some(ErrorKind::AlreadyExists), "{number}");
        assert_eq!(is_there(&db, &w, u64::try_from(number).unwrap()).await, number % 3 != 0, "{number}");
    }
}

#[tokio::test]
async fn a_dropped_call_to_the_queue_loses_no_job() {
    let folder = TempDir::new().unwrap();
    let clock = World::new().clock;
    let db = settings(&folder).with_clock(Arc::new(clock.clone())).open_with_queue().await.unwrap();
    let w = World::over(clock, db);
    let mut dropping = Dropping::new(&w, 13, 5);
    for _ in 0..DROPS {
        dropping.step().await;
    }
    assert!(dropping.dropped > 600, "{} were dropped", dropping.dropped);
    dropping.check().await;
}
