use super::*;
use futures_util::{
    future::{self, Either, FutureExt as _},
    stream::{FuturesUnordered, StreamExt as _},
};

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn clock() -> TestClock {
    TestClock::at(Timestamp::EPOCH)
}

#[tokio::test]
async fn sleeping_moves_both_times_and_is_remembered() {
    let clock = clock();
    clock.sleep(seconds(2)).await;
    clock.clone().sleep(Duration::from_millis(1500)).await;
    assert_eq!(clock.elapsed(), Duration::from_millis(3500));
    assert_eq!(clock.now(), Timestamp::from_micros(3_500_000));
    assert_eq!(clock.sleeps(), [seconds(2), Duration::from_millis(1500)]);
    assert_eq!(clock.asleep(), 0);
}

#[tokio::test]
async fn sleepers_wake_in_the_order_of_their_ends() {
    let clock = clock();
    let mut order: Vec<u64> = Vec::new();
    let mut asleep: FuturesUnordered<_> = [5, 1, 4, 2, 3]
        .map(|count| {
            let clock = &clock;
            async move {
                clock.sleep(seconds(count)).await;
                (count, clock.elapsed())
            }
        })
        .into_iter()
        .collect();
    while let Some((count, woke_at)) = asleep.next().await {
        assert_eq!(woke_at, seconds(count));
        order.push(count);
    }
    assert_eq!(order, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_deadline_polled_first_does_not_beat_a_shorter_call() {
    let clock = clock();
    let call = async {
        for _ in 0..3 {
            clock.sleep(seconds(1)).await;
            for _ in 0..TURNS - 2 {
                tokio::task::yield_now().await;
            }
        }
        "answered"
    };
    let deadline = clock.sleep(seconds(30));
    match future::select(deadline, Box::pin(call)).await {
        Either::Right((answer, _)) => assert_eq!(answer, "answered"),
        Either::Left(_) => panic!("the deadline won at {:?}", clock.elapsed()),
    }
    assert_eq!(clock.elapsed(), seconds(3));
    assert_eq!(clock.asleep(), 0, "a dropped sleeper is still counted");
}

#[tokio::test]
async fn a_deadline_ends_a_call_that_never_answers() {
    let clock = clock();
    let ended = future::select(Box::pin(future::pending::<()>()), clock.sleep(seconds(30))).await;
    assert!(matches!(ended, Either::Right(_)));
    assert_eq!(clock.elapsed(), seconds(30));
}

#[tokio::test]
async fn a_sleeper_that_nobody_polls_holds_nobody_up() {
    let clock = clock();
    let mut forgotten = clock.sleep(seconds(1));
    assert!((&mut forgotten).now_or_never().is_none());
    clock.sleep(seconds(60)).await;
    assert_eq!(clock.elapsed(), seconds(60));
    forgotten.await;
    assert_eq!(clock.elapsed(), seconds(60));
}

#[tokio::test]
async fn a_held_clock_wakes_exactly_those_who_have_slept_enough() {
    let clock = TestClock::held_at(Timestamp::EPOCH);
    let mut short = Box::pin(tokio::spawn({
        let clock = clock.clone();
        async move { clock.sleep(seconds(10)).await }
    }));
    let mut long = clock.sleep(seconds(20));
    tokio::task::yield_now().await;
    assert!((&mut long).now_or_never().is_none());
    assert_eq!(clock.asleep(), 2);
    clock.advance(seconds(9));
    tokio::task::yield_now().await;
    assert!((&mut short).now_or_never().is_none());
    clock.advance(seconds(1));
    short.await.unwrap();
    assert!((&mut long).now_or_never().is_none());
    clock.advance(seconds(10));
    long.await;
    assert_eq!(clock.asleep(), 0);
}

#[test]
fn a_corrected_wall_clock_moves_no_deadline() {
    let clock = clock();
    clock.advance(seconds(100));
    clock.set_now(Timestamp::from_micros(5_000_000));
    assert_eq!((clock.now(), clock.elapsed()), (Timestamp::from_micros(5_000_000), seconds(100)));
    clock.advance(seconds(1));
    assert_eq!((clock.now(), clock.elapsed()), (Timestamp::from_micros(6_000_000), seconds(101)));
}

#[test]
fn chance_repeats_with_the_seed_and_never_within_a_run() {
    let drawn = |seed| {
        let clock = clock().with_seed(seed);
        std::array::from_fn::<_, 64, _>(|_| clock.entropy())
    };
    assert_eq!(drawn(1), drawn(1));
    let mut all = [drawn(1), drawn(2)].concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 128);
}
