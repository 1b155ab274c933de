use super::{
    proof::Effects,
    trap::{Side, Trap},
};
use crate::world::World;
use fusion_core::model::Repeat;
use fusion_plugin_sdk::testkit::Script;
use fusion_queue::Worker;

const ONE_CALL: Effects = &[("create", 1), ("show", 1), ("stock", 1)];

/// The call that nothing can take back: a worker that sleeps right before it for longer than its lease and the
/// platform's settle time sends it when it wakes, and nobody can hold it.
const POINT_OF_NO_RETURN: &str = "Before POST /stores/main/products";

/// A worker falls asleep at every call in turn, another one does its work, and then it wakes.
async fn wakes_harmlessly(side: Side, create: Repeat) -> u64 {
    for nth in 1.. {
        let world = World::new(Script { create, ..Script::default() }).await;
        let bundle = world.agreed(1).await;
        let trap = Trap::at(nth, side);
        let sleeper = Worker::of(&world.trapped_hub(&trap).await).with_name("sleeper");
        let sleeper = tokio::spawn(async move { sleeper.run_until_idle().await });
        let fell_asleep = tokio::select! {
            biased;
            what = trap.sprung() => Some(what),
            () = world.ended(&bundle) => None,
        };
        let at = format!("call {nth}, {fell_asleep:?}");
        let other = world.other_worker().await;
        world.work(&other).await;
        let done_meanwhile = world.platform.ledger().len();
        assert_eq!(done_meanwhile, 3, "{at}");
        trap.open();
        sleeper.await.unwrap().unwrap();
        world.work(&other).await;
        if create == Repeat::Once && fell_asleep.as_deref() == Some(POINT_OF_NO_RETURN) {
            assert_eq!(world.platform.count("create"), 2, "{at}");
            continue;
        }
        world.assert_whole(&bundle, ONE_CALL, &at).await;
        assert_eq!(world.shown().await, [Some(40)], "{at}");
        if fell_asleep.is_none() {
            return nth;
        }
    }
    unreachable!()
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_wakes_after_its_lease_doubles_nothing() {
    assert!(wakes_harmlessly(Side::Before, Repeat::Idempotent).await > 50);
    assert!(wakes_harmlessly(Side::Before, Repeat::Conditional).await > 50);
    assert!(wakes_harmlessly(Side::Before, Repeat::Once).await > 50);
}

#[tokio::test(start_paused = true)]
async fn what_a_worker_was_answered_in_its_sleep_is_recorded() {
    assert!(wakes_harmlessly(Side::After, Repeat::Idempotent).await > 20);
    assert!(wakes_harmlessly(Side::After, Repeat::Conditional).await > 20);
    assert!(wakes_harmlessly(Side::After, Repeat::Once).await > 20);
}
