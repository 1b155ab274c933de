use fusion_core::clock::{Clock, Timestamp};
use fusion_queue::TokioClock;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn scaled_time_runs_its_factor_faster_than_the_timer() {
    let clock = TokioClock::scaled(Timestamp::from_micros(5_000_000), 60);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(clock.elapsed(), Duration::from_secs(120));
    assert_eq!(clock.now(), Timestamp::from_micros(125_000_000));
    let before = tokio::time::Instant::now();
    clock.sleep(Duration::from_secs(60)).await;
    assert!(clock.elapsed() >= Duration::from_secs(180));
    assert!(before.elapsed() < Duration::from_millis(1_010));
}

#[tokio::test(start_paused = true)]
async fn a_sleep_is_never_shorter_than_asked_for() {
    let clock = TokioClock::scaled(Timestamp::EPOCH, 7);
    for millis in [1, 10, 33, 1_001] {
        let (span, before) = (Duration::from_millis(millis), clock.elapsed());
        clock.sleep(span).await;
        assert!(clock.elapsed() - before >= span);
    }
}

#[test]
fn seeded_chance_repeats_and_other_chance_doesnt() {
    let draw = |seed| {
        let clock = TokioClock::scaled(Timestamp::EPOCH, 1).with_seed(seed);
        [clock.entropy(), clock.entropy()]
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    assert_ne!(draw(1)[0], draw(1)[1]);
    assert_ne!(TokioClock::system().entropy(), TokioClock::system().entropy());
}
