//! Two people who decide on one request at one moment, each by a process of their own: for each pair of words the
//! machine says what may become of it, and the loser is told why.
//!
//! `FUSION_LONG=1` runs each pair 2,000 times, another number so many times.

use super::people::{Scene, Word};
use crate::scene::{DAY, STAGE_1};
use fusion_core::{
    approval::Phase,
    error::Result,
    hub::{Decided, RequestView},
};
use fusion_queue::Worker;
use std::{future::Future, sync::Arc};
use tokio::sync::Barrier;

/// Rounds of a pair in a plain run.
const ROUNDS: usize = 200;

pub(super) fn rounds(short: usize) -> usize {
    match std::env::var("FUSION_LONG").ok().as_deref() {
        None => short,
        Some(given) => given.parse().ok().filter(|rounds| *rounds > 1).unwrap_or(2_000),
    }
}

/// Both at one moment.
pub(super) async fn at_once<A: Send + 'static, B: Send + 'static>(
    one: impl Future<Output = A> + Send + 'static,
    other: impl Future<Output = B> + Send + 'static,
) -> (A, B) {
    let barrier = Arc::new(Barrier::new(2));
    let first = {
        let barrier = barrier.clone();
        tokio::spawn(async move {
            barrier.wait().await;
            one.await
        })
    };
    let second = tokio::spawn(async move {
        barrier.wait().await;
        other.await
    });
    (first.await.unwrap(), second.await.unwrap())
}

/// The words that a loser is told.
fn why(decided: &Decided) -> &str {
    match decided {
        Decided::NotYours { why, .. } | Decided::Refused { why, .. } => why,
        _ => "",
    }
}

fn words(refused: &Result<RequestView>) -> String {
    refused.as_ref().map_or_else(|error| error.message().to_owned(), |_| String::new())
}

const APPROVED: [usize; 3] = [1, 1, 1];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn of_two_people_who_agree_where_one_is_enough_one_is_counted() {
    let scene = Scene::new(1).await;
    for shown in scene.asked(rounds(ROUNDS)).await {
        let id = shown.items[0].id;
        let bob = scene.says(0, "bob", Word::Approve, &shown);
        let (bob, carol) = at_once(bob, scene.says(1, "carol", Word::Approve, &shown)).await;
        let (won, lost) = if bob.is_counted() { (bob, carol) } else { (carol, bob) };
        assert_eq!(won, Decided::Approved);
        assert!(!why(&lost).is_empty(), "{lost:?}");
        assert_eq!((scene.phase(id).await, scene.stands(id).await), (Phase::Approved, APPROVED));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn one_person_who_agrees_twice_is_counted_once() {
    let scene = Scene::new(2).await;
    for shown in scene.asked(rounds(ROUNDS)).await {
        let id = shown.items[0].id;
        let first = scene.says(0, "bob", Word::Approve, &shown);
        let (first, second) = at_once(first, scene.says(1, "bob", Word::Approve, &shown)).await;
        let (won, lost) = if first.is_counted() { (first, second) } else { (second, first) };
        assert_eq!(won, Decided::Counted);
        assert!(!why(&lost).is_empty(), "{lost:?}");
        assert_eq!((scene.phase(id).await, scene.stands(id).await), (STAGE_1, [0, 1, 0]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn of_two_people_who_fill_a_quorum_both_are_counted_and_one_grant_is_made() {
    let scene = Scene::new(2).await;
    for shown in scene.asked(rounds(ROUNDS)).await {
        let id = shown.items[0].id;
        let bob = scene.says(0, "bob", Word::Approve, &shown);
        let (bob, carol) = at_once(bob, scene.says(1, "carol", Word::Approve, &shown)).await;
        let said = [bob, carol];
        assert!(said.contains(&Decided::Counted) && said.contains(&Decided::Approved), "{said:?}");
        assert_eq!((scene.phase(id).await, scene.stands(id).await), (Phase::Approved, [1, 2, 1]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn of_yes_and_no_one_is_counted() {
    let scene = Scene::new(1).await;
    for shown in scene.asked(rounds(ROUNDS)).await {
        let id = shown.items[0].id;
        let yes = scene.says(0, "bob", Word::Approve, &shown);
        let (yes, no) = at_once(yes, scene.says(1, "carol", Word::Reject, &shown)).await;
        let ended = (scene.phase(id).await, scene.stands(id).await);
        match yes {
            Decided::Approved => {
                assert!(!why(&no).is_empty(), "{no:?}");
                assert_eq!(ended, (Phase::Approved, APPROVED));
            }
            lost => {
                assert_eq!(no, Decided::Closed);
                assert!(!why(&lost).is_empty(), "{lost:?}");
                assert_eq!(ended, (Phase::Rejected, [0, 1, 0]));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn of_yes_and_a_wish_for_changes_one_is_counted() {
    let scene = Scene::new(1).await;
    for shown in scene.asked(rounds(ROUNDS)).await {
        let id = shown.items[0].id;
        let yes = scene.says(0, "bob", Word::Approve, &shown);
        let (yes, back) = at_once(yes, scene.says(1, "carol", Word::SendBack, &shown)).await;
        let ended = (scene.phase(id).await, scene.stands(id).await);
        match yes {
            Decided::Approved => {
                assert!(!why(&back).is_empty(), "{back:?}");
                assert_eq!(ended, (Phase::Approved, APPROVED));
            }
            lost => {
                assert!(back.is_counted(), "{back:?}");
                assert!(!why(&lost).is_empty(), "{lost:?}");
                assert_eq!((ended.0, ended.1[0], ended.1[2]), (Phase::Draft, 0, 0));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn whoever_agrees_to_what_is_withdrawn_leaves_no_permit() {
    let scene = Scene::new(1).await;
    for shown in scene.asked(rounds(ROUNDS)).await {
        let id = shown.items[0].id;
        let yes = scene.says(0, "bob", Word::Approve, &shown);
        let (yes, withdrawn) = at_once(yes, scene.withdraws(id)).await;
        // What was agreed may be withdrawn until it has begun; what was withdrawn can't be agreed.
        assert!(withdrawn.is_ok(), "{withdrawn:?}");
        let [grants, votes, jobs] = scene.stands(id).await;
        assert_eq!((scene.phase(id).await, grants, jobs), (Phase::Withdrawn, 0, 0));
        match yes {
            Decided::Approved => assert_eq!(votes, 1),
            lost => {
                assert!(!why(&lost).is_empty(), "{lost:?}");
                assert_eq!(votes, 0);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn of_an_edit_and_a_yes_to_what_stood_there_one_wins() {
    let scene = Scene::new(1).await;
    for shown in scene.asked(rounds(ROUNDS)).await {
        let id = shown.items[0].id;
        let command = scene.edited(id).await;
        let (hub, alice) = (scene.hubs[1].clone(), scene.alice.clone());
        let yes = scene.says(0, "bob", Word::Approve, &shown);
        let (yes, edited) = at_once(yes, async move { hub.amend(&alice, id, command).await }).await;
        let ended = (scene.phase(id).await, scene.stands(id).await);
        match yes {
            Decided::Approved => {
                assert!(!words(&edited).is_empty(), "{edited:?}");
                assert_eq!(ended, (Phase::Approved, APPROVED));
            }
            Decided::Outdated(now) => {
                assert_eq!((now.revision, edited.unwrap().revision), (2, 2));
                assert_eq!(ended, (STAGE_1, [0, 0, 0]));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn a_revocation_ends_what_is_agreed_or_is_told_that_nothing_is() {
    let scene = Scene::new(1).await;
    for shown in scene.asked(rounds(ROUNDS)).await {
        let id = shown.items[0].id;
        let (hub, dora) = (scene.hubs[1].clone(), scene.person("dora"));
        let yes = scene.says(0, "bob", Word::Approve, &shown);
        let (yes, revoked) = at_once(yes, async move { hub.revoke(&dora, id, "a mistake").await }).await;
        assert_eq!(yes, Decided::Approved);
        let ended = (scene.phase(id).await, scene.stands(id).await);
        match revoked {
            Ok(_) => assert_eq!((ended.0, ended.1[0], ended.1[2]), (Phase::Revoked, 0, 0)),
            refused => {
                assert!(!words(&refused).is_empty());
                assert_eq!(ended, (Phase::Approved, APPROVED));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn a_vote_that_is_taken_back_fills_no_quorum() {
    let scene = Scene::new(2).await;
    for shown in scene.asked(rounds(ROUNDS)).await {
        let id = shown.items[0].id;
        assert_eq!(scene.says(0, "bob", Word::Approve, &shown).await, Decided::Counted);
        let (hub, bob) = (scene.hubs[1].clone(), scene.person("bob"));
        let carol = scene.says(0, "carol", Word::Approve, &shown);
        let (carol, back) = at_once(carol, async move { hub.retract_vote(&bob, id).await }).await;
        let ended = (scene.phase(id).await, scene.stands(id).await);
        match carol {
            Decided::Approved => {
                assert!(!words(&back).is_empty(), "{back:?}");
                assert_eq!(ended, (Phase::Approved, [1, 2, 1]));
            }
            counted => {
                assert!(back.is_ok(), "{back:?}");
                assert_eq!((counted, ended), (Decided::Counted, (STAGE_1, [0, 1, 0])));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn what_expires_while_somebody_agrees_ends_as_one_of_both() {
    let scene = Scene::new(1).await;
    for _ in 0..rounds(ROUNDS) {
        let shown = scene.asked(1).await.remove(0);
        let id = shown.items[0].id;
        let (clock, worker) = (scene.clock.clone(), Worker::of(&scene.hubs[1]));
        let yes = scene.says(0, "bob", Word::Approve, &shown);
        let (yes, ran) = at_once(yes, async move {
            clock.leap(7 * DAY);
            worker.run_until_idle().await
        })
        .await;
        ran.unwrap();
        // What was agreed just before may still be under way.
        Worker::of(&scene.hubs[0]).run_until_idle().await.unwrap();
        let [grants, votes, jobs] = scene.stands(id).await;
        assert_eq!((grants, jobs), (0, 0));
        match yes {
            Decided::Approved => assert_eq!((scene.phase(id).await, votes), (Phase::Done, 1)),
            lost => {
                assert!(!why(&lost).is_empty(), "{lost:?}");
                assert_eq!((scene.phase(id).await, votes), (Phase::Expired, 0));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn what_is_withdrawn_while_a_worker_begins_happens_or_is_withdrawn() {
    let scene = Scene::new(1).await;
    let mut created = 0;
    for shown in scene.asked(rounds(ROUNDS)).await {
        let id = shown.items[0].id;
        assert_eq!(scene.says(0, "bob", Word::Approve, &shown).await, Decided::Approved);
        let worker = Worker::of(&scene.hubs[0]);
        let (ran, withdrawn) =
            at_once(async move { worker.run_until_idle().await }, scene.withdraws(id)).await;
        ran.unwrap();
        Worker::of(&scene.hubs[0]).run_until_idle().await.unwrap();
        match scene.phase(id).await {
            Phase::Withdrawn => assert!(withdrawn.is_ok(), "{withdrawn:?}"),
            Phase::Done => {
                assert!(!words(&withdrawn).is_empty(), "{withdrawn:?}");
                created += 1;
            }
            phase => panic!("{phase:?}"),
        }
        assert_eq!(scene.platform.count("create"), created);
        let [grants, _, jobs] = scene.stands(id).await;
        assert_eq!((grants, jobs), (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a PostgreSQL server"]
async fn what_expires_while_a_worker_begins_happens_once_or_not_at_all() {
    let scene = Scene::new(1).await;
    let mut created = 0;
    for _ in 0..rounds(ROUNDS) {
        let shown = scene.asked(1).await.remove(0);
        let id = shown.items[0].id;
        assert_eq!(scene.says(0, "bob", Word::Approve, &shown).await, Decided::Approved);
        let (clock, one, other) =
            (scene.clock.clone(), Worker::of(&scene.hubs[0]), Worker::of(&scene.hubs[1]));
        let (began, expired) = at_once(async move { one.run_until_idle().await }, async move {
            clock.leap(30 * DAY);
            other.run_until_idle().await
        })
        .await;
        began.unwrap();
        expired.unwrap();
        Worker::of(&scene.hubs[0]).run_until_idle().await.unwrap();
        let now = scene.platform.count("create");
        match scene.phase(id).await {
            Phase::Expired => assert_eq!(now, created),
            Phase::Done => assert_eq!(now, created + 1),
            // Its lease ran out in the middle, and what was sent can't be gone on with after the deadline.
            Phase::Failed => assert!(now <= created + 1),
            phase => panic!("{phase:?}"),
        }
        created = now;
        let [grants, _, jobs] = scene.stands(id).await;
        assert_eq!((grants, jobs), (0, 0));
    }
}
