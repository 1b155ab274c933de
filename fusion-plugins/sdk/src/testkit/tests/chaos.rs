use super::*;
use futures_util::future::{Either, select};

/// What may hit any call.
const FAULTS: [Fault; 14] = [
    Fault::Throttle(None),
    Fault::Throttle(Some(Duration::from_secs(2))),
    Fault::Throttle(Some(Duration::from_secs(600))),
    Fault::ResetBefore,
    Fault::LostBefore,
    Fault::ResetAfter,
    Fault::Truncated,
    Fault::OutOfOrder,
    Fault::OutOfOrderAfter,
    Fault::ExpiredToken,
    Fault::Slow(Duration::from_secs(3)),
    Fault::Slow(Duration::from_secs(60)),
    Fault::Hang,
    Fault::HangAfter,
];

/// Runs that a piece of work may need: each fault costs one at most, and each look-up comes before one.
const MAX_RUNS: usize = 40;

fn drawn(clock: &TestClock, below: usize) -> usize {
    usize::from(clock.entropy()[0]) % below
}

/// What a hub does about an unanswered step that may not be sent again.
async fn look_up(world: &World, work: Work<'_>) {
    let rows = world.bench.journal.rows();
    let open = |row: &&StepRow| row.ending.as_ref().is_none_or(|end| end.fate == Fate::Unknown);
    // Steps follow each other, so only the last one can be open.
    let Some(row) = rows.last().filter(open).filter(|row| row.repeat == Repeat::Once) else { return };
    for _ in 0..MAX_RUNS {
        let cx = world.bench.cx();
        let asked = world.plugin.find_by_reference(&cx, work, row.sent());
        let found = killed_late(world, asked).await;
        let (fate, answer) = match found {
            Some(Ok(Found::Applied(answer))) => (Fate::Applied, Some(answer)),
            Some(Ok(Found::NotApplied { settled: true })) => (Fate::NotSent, None),
            _ => {
                renew(world).await;
                world.clock.advance(Duration::from_secs(30));
                continue;
            }
        };
        return world.bench.journal.end(row.id, Ending { fate, answer, failure: None }).await.unwrap();
    }
    panic!("the look-up of {} never ends", row.name);
}

/// What a hub does when the token has run out.
async fn renew(world: &World) {
    let old = SignIn::Refresh(Arc::new(world.platform.credentials()));
    let cx = world.bench.connection_cx();
    if let Some(Ok(newer)) = killed_late(world, world.plugin.authenticate(&cx, old)).await {
        world.bench.credentials.replace(newer);
    }
}

/// Nobody waits for ever.
async fn killed_late<T>(world: &World, call: impl Future<Output = T>) -> Option<T> {
    match select(std::pin::pin!(call), world.clock.sleep(Duration::from_secs(120))).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}

#[tokio::test]
async fn whatever_happens_everything_takes_effect_exactly_once() {
    for seed in 0..300 {
        let mut world = world(Script { variants_per_call: Some(1), ..Script::default() });
        let chance = TestClock::at(Timestamp::EPOCH).with_seed(seed);
        let listing = listing(&world.clock, 3);
        let command =
            Command::on(world.bench.store.id, Change::Publish { listing: Box::new(listing.clone()) });
        let target = Target::default();
        let work = Work { command: &command, target: &target };
        world.bench.next_work(&format!("work-{seed}"));
        for _ in 0..1 + drawn(&chance, 6) {
            let fault = FAULTS[drawn(&chance, FAULTS.len())].clone();
            world.platform.fail_nth("", drawn(&chance, 9), fault);
        }
        let mut runs = 0;
        let placed = loop {
            runs += 1;
            assert!(runs < MAX_RUNS, "seed {seed} never ends");
            if let Some(Ok(receipt)) = killed_late(&world, world.publish(&listing)).await {
                break done(receipt);
            }
            look_up(&world, work).await;
            renew(&world).await;
        };
        assert_eq!(placed.variants.len(), 3, "seed {seed}");
        assert_eq!(world.what(), ["create", "variants", "variants", "variants", "show"], "seed {seed}");
    }
}
