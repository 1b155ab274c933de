use super::*;
use crate::{
    dropped::give_up_after,
    postgres::dropped::quiet,
    random::Random,
    storage::{is_there, keys, numbered},
};
use fusion_core::{
    job::{JobFilter, QueueControl},
    storage::Storage,
};

const DROPS: u64 = 600;

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_dropped_commit_is_stored_whole_or_not_at_all_and_leaves_no_transaction_open() {
    let (w, schema) = opened().await;
    let (mut random, mut answered) = (Random::new(17), Vec::new());
    for number in 0..DROPS {
        let polls = random.below(12);
        match random.below(8) {
            0 => drop(give_up_after(polls, w.db.audit(&w.tenant, 0, 50)).await),
            1 => drop(give_up_after(polls, w.db.get(&w.tenant, &keys(number))).await),
            // Now and then somebody stays to the end.
            2 => {
                drop(w.db.commit(&w.tenant, numbered(&w, number)).await.unwrap());
                answered.push(number);
            }
            _ => {
                let done = give_up_after(polls, w.db.commit(&w.tenant, numbered(&w, number))).await;
                answered.extend(done.map(|result| result.map(|_| number).unwrap()));
            }
        }
        if number % 50 == 0 {
            quiet(&schema).await;
        }
    }
    quiet(&schema).await;
    let mut stored = 0;
    for number in 0..DROPS {
        stored += usize::from(is_there(&w.db, &w, number).await);
    }
    for number in &answered {
        assert!(is_there(&w.db, &w, *number).await, "commit {number} was answered and is lost");
    }
    assert!(stored > answered.len() && stored < 590, "{stored} stored, {} answered", answered.len());
    assert_eq!(w.db.audit(&w.tenant, 0, 5_000).await.unwrap().len(), stored);
    let jobs = QueueControl::list(&w.db, &w.tenant, &JobFilter::default(), None, usize::MAX).await.unwrap();
    assert_eq!(jobs.len(), stored);
}
