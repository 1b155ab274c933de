use super::world::{Queue, SECOND, World, failure, ids, retry_in, snooze};
use crate::{error::When, job::*};

pub async fn of_a_serial_key_only_the_first_is_claimed<Q: Queue>(w: World<Q>) {
    let jobs = [w.serial("a"), w.serial("a"), w.serial("b")];
    w.put_all(jobs.clone()).await;
    let claimed = w.claim(9).await;
    assert_eq!(ids(claimed.iter().map(|one| &one.job)), ids([&jobs[0], &jobs[2]]));
    for one in &claimed {
        w.done(one).await;
    }
    assert_eq!(w.claim_ids(9).await, ids([&jobs[1]]));
}

pub async fn a_retry_a_snooze_and_a_lost_worker_keep_the_place_in_a_serial_key<Q: Queue>(w: World<Q>) {
    let (head, next) = (w.serial("a"), w.serial("a"));
    w.put(&head).await;
    w.put(&next).await;
    for end in [Some(retry_in(SECOND)), Some(snooze(When::In(SECOND), false)), None] {
        let claimed = w.claim_one().await;
        assert_eq!(claimed.job.id, head.id, "nobody passes the head");
        match end {
            Some(end) => drop(w.end(&claimed, end).await),
            None => w.lose().await,
        }
        w.clock.advance(SECOND);
    }
    assert_eq!(w.claim_ids(9).await, ids([&head]));
}

pub async fn behind_a_dead_head_the_serial_key_goes_on<Q: Queue>(w: World<Q>) {
    let (head, next) = (w.serial("a"), w.serial("a"));
    w.put(&head).await;
    w.put(&next).await;
    let claimed = w.claim_one().await;
    w.end(&claimed, JobEnd::Dead(failure())).await;
    assert_eq!(w.claim_ids(9).await, ids([&next]));
}

pub async fn who_takes_a_serial_key_goes_before_all_that_waits_for_it<Q: Queue>(w: World<Q>) {
    let (head, next) = (w.serial("a"), w.serial("a"));
    w.put(&head).await;
    w.put(&next).await;
    let heirs = [0; 2].map(|_| NewJob { takes_key_of: Some(head.id), ..w.serial("a") });
    let claimed = w.claim_one().await;
    w.put(&heirs[0]).await;
    assert!(w.claim(9).await.is_empty(), "it doesn't pass the one that runs");
    w.done(&claimed).await;
    let claimed = w.claim_one().await;
    assert_eq!(claimed.job.id, heirs[0].id);
    // The old holder has ended, and the place is taken by one that runs.
    w.put(&heirs[1]).await;
    w.done(&claimed).await;
    for wanted in [&heirs[1], &next] {
        let claimed = w.claim(9).await;
        assert_eq!(ids(claimed.iter().map(|one| &one.job)), ids([wanted]));
        w.done(&claimed[0]).await;
    }
}
