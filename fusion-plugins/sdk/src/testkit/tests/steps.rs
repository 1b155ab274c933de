use super::*;
use futures_util::future::Either;

fn family() -> Script {
    Script { variants_per_call: Some(1), create: Repeat::Idempotent, ..Script::default() }
}

#[tokio::test]
async fn a_family_of_29_variants_takes_31_steps() {
    let world = world(family());
    let placed = done(world.publish(&listing(&world.clock, 29)).await.unwrap());
    assert_eq!(world.platform.calls().len(), 31);
    assert_eq!((placed.variants.len(), placed.product.state.lifecycle), (29, Lifecycle::Live));
    let what = world.what();
    assert_eq!((what[0].as_str(), what[1].as_str(), what[30].as_str()), ("create", "variants", "show"));
}

#[tokio::test]
async fn work_that_is_killed_anywhere_goes_on_and_does_everything_once() {
    for kill_at in 0..7 {
        for fault in [Fault::Hang, Fault::HangAfter] {
            let world = world(family());
            let listing = listing(&world.clock, 5);
            world.platform.fail_nth("", kill_at, fault.clone());
            let publish = std::pin::pin!(world.publish(&listing));
            let kill = world.clock.sleep(Duration::from_secs(30));
            let killed = futures_util::future::select(publish, kill).await;
            assert!(matches!(killed, Either::Right(_)), "{kill_at} {fault:?}");
            drop(killed);
            assert_eq!(world.bench.journal.rows().len(), kill_at + 1);
            let placed = done(world.publish(&listing).await.unwrap());
            assert_eq!(placed.variants.len(), 5, "{kill_at} {fault:?}");
            assert_eq!(
                world.what(),
                ["create", "variants", "variants", "variants", "variants", "variants", "show"],
                "{kill_at} {fault:?}"
            );
            assert_eq!(world.platform.calls().len(), 8);
        }
    }
}

#[tokio::test]
async fn a_lost_creation_is_found_by_its_reference_once_it_has_settled() {
    for (fault, applied) in
        [(Fault::ResetAfter, true), (Fault::OutOfOrderAfter, true), (Fault::LostBefore, false)]
    {
        let world = world(Script::default());
        let listing = listing(&world.clock, 1);
        world.platform.fail_next(fault.clone());
        let error = world.publish(&listing).await.unwrap_err();
        assert_eq!(error.fate(), Fate::Unknown, "{fault:?}");
        let again = world.publish(&listing).await.unwrap_err();
        assert_eq!((again.kind(), world.platform.calls().len()), (ErrorKind::Conflict, 1), "{fault:?}");

        let row = world.bench.journal.rows().remove(0);
        let command = Command::on(world.bench.store.id, Change::Publish { listing: Box::new(listing) });
        let target = Target::default();
        let work = Work { command: &command, target: &target };
        let look =
            async || world.plugin.find_by_reference(&world.bench.cx(), work, row.sent()).await.unwrap();
        assert_eq!(look().await, Found::NotApplied { settled: false }, "{fault:?}");
        world.clock.advance(Duration::from_secs(30));
        match look().await {
            Found::Applied(answer) => {
                assert!(applied);
                let product: wire::Product = crate::json(&answer).unwrap();
                assert_eq!(product.title, "Mug");
            }
            found => assert_eq!((found, applied), (Found::NotApplied { settled: true }, false), "{fault:?}"),
        }
        assert_eq!(world.platform.count("create"), usize::from(applied));
    }
}

#[tokio::test]
async fn an_answer_that_was_looked_up_lets_the_work_go_on() {
    let world = world(Script { settle: Duration::ZERO, ..Script::default() });
    let listing = listing(&world.clock, 1);
    world.platform.fail_next(Fault::ResetAfter);
    world.publish(&listing).await.unwrap_err();
    let row = world.bench.journal.rows().remove(0);
    let command = Command::on(world.bench.store.id, Change::Publish { listing: Box::new(listing.clone()) });
    let work = Work { command: &command, target: &Target::default() };
    let found = world.plugin.find_by_reference(&world.bench.cx(), work, row.sent()).await.unwrap();
    let Found::Applied(answer) = found else { panic!("{found:?}") };
    let ending = Ending { fate: Fate::Applied, answer: Some(answer), failure: None };
    world.bench.journal.end(row.id, ending).await.unwrap();
    let placed = done(world.publish(&listing).await.unwrap());
    assert_eq!(
        (placed.product.state.lifecycle, world.what()),
        (Lifecycle::Live, vec!["create".into(), "show".into()])
    );
}

#[tokio::test]
async fn only_a_platform_with_keys_takes_a_second_sending_as_the_first() {
    for (create, made) in [(Repeat::Once, 2), (Repeat::Idempotent, 1)] {
        let world = world(Script { create, ..Script::default() });
        let listing = listing(&world.clock, 1);
        done(world.plugin.create_product(&world.bench.cx(), &listing).await.unwrap());
        let sent = world.bench.journal.rows().remove(0).request;
        let again = http::Request::builder()
            .method(sent.method.as_str())
            .uri(&sent.uri)
            .header("scripted-token", "access-1")
            .body(sent.body)
            .unwrap();
        let limits = fusion_core::http::Limits { max_response: 10_000, timeout: Duration::from_secs(1) };
        let answer = world.platform.transport().send(again, limits).await.unwrap();
        assert_eq!((answer.status().as_u16(), world.platform.count("create")), (200, made), "{create:?}");
    }
}

#[tokio::test]
async fn faults_that_change_nothing_are_overcome_within_the_call() {
    let faults = [
        Fault::Throttle(None),
        Fault::Throttle(Some(Duration::from_millis(1_500))),
        Fault::ResetBefore,
        Fault::Slow(Duration::from_secs(3)),
    ];
    for fault in faults {
        let world = world(Script::default());
        world.platform.fail_next(fault.clone());
        let receipt = world.publish(&listing(&world.clock, 1)).await;
        done(receipt.unwrap_or_else(|error| panic!("{fault:?}: {error:?}")));
        assert_eq!(world.platform.count("create"), 1);
    }
}

#[tokio::test]
async fn faults_that_nobody_can_judge_are_unknown_and_others_are_told() {
    let cases = [
        (Fault::LostBefore, ErrorKind::Unavailable, Fate::Unknown, 0),
        (Fault::ResetAfter, ErrorKind::Unavailable, Fate::Unknown, 1),
        (Fault::OutOfOrder, ErrorKind::Unavailable, Fate::Unknown, 0),
        (Fault::OutOfOrderAfter, ErrorKind::Unavailable, Fate::Unknown, 1),
        (Fault::Truncated, ErrorKind::Protocol, Fate::Unknown, 1),
        (Fault::Slow(Duration::from_secs(90)), ErrorKind::Unavailable, Fate::Unknown, 1),
        (Fault::Refused("no_taste"), ErrorKind::InvalidInput, Fate::Rejected, 0),
        (Fault::Forbidden, ErrorKind::MissingScope, Fate::Rejected, 0),
        (Fault::Withdrawn, ErrorKind::Unauthenticated, Fate::Rejected, 0),
    ];
    for (fault, kind, fate, effects) in cases {
        let world = world(Script::default());
        world.platform.fail_next(fault.clone());
        let error = world.publish(&listing(&world.clock, 1)).await.unwrap_err();
        assert_eq!((error.kind(), error.fate()), (kind, fate), "{fault:?}");
        assert_eq!(world.platform.count("create"), effects, "{fault:?}");
    }
}

#[tokio::test]
async fn an_expired_token_is_renewed_and_the_old_refresh_token_is_spent() {
    let world = world(Script::default());
    let old = world.platform.credentials();
    world.platform.fail_next(Fault::ExpiredToken);
    let error = world.plugin.describe(&world.bench.connection_cx()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    let renew = async || {
        let old = SignIn::Refresh(Arc::new(old.clone()));
        world.plugin.authenticate(&world.bench.connection_cx(), old).await
    };
    let newer = renew().await.unwrap();
    assert_eq!(renew().await.unwrap_err().kind(), ErrorKind::Unauthenticated);
    let bench = Workbench::new(
        fusion_core::verb::PlatformSlug::of("scripted"),
        world.platform.transport(),
        newer,
        Arc::new(world.clock.clone()),
    );
    assert_eq!(world.plugin.describe(&bench.connection_cx()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn accepted_work_is_decided_after_so_many_asks() {
    let issue = Issue {
        code: "blurry".into(),
        message: "blurry".into(),
        severity: Severity::Warning,
        fields: vec![],
    };
    let outcomes =
        [LateOutcome::Done, LateOutcome::Issues(vec![issue.clone()]), LateOutcome::Refused("no_taste")];
    for outcome in outcomes {
        let late = Late { asks: 2, outcome: outcome.clone() };
        let world = world(Script { late: Some(late), ..Script::default() });
        let listing = listing(&world.clock, 1);
        let receipt = world.publish(&listing).await.unwrap();
        let Written::Accepted { so_far: Some(placed), watch, .. } = receipt.result else {
            panic!("{outcome:?}")
        };
        assert_eq!(world.platform.lifecycle(&product_ref(&placed)), Some(Lifecycle::Submitted));
        let command = Command::on(world.bench.store.id, Change::Publish { listing: Box::new(listing) });
        let target = Target::default();
        let work = Work { command: &command, target: &target };
        let ask = async || world.plugin.observe(&world.bench.cx(), work, &watch).await;
        for _ in 0..2 {
            assert!(matches!(ask().await.unwrap().result, Written::Accepted { .. }));
        }
        match (ask().await, &outcome) {
            (Ok(receipt), LateOutcome::Done | LateOutcome::Issues(_)) => {
                let expected = if outcome == LateOutcome::Done { vec![] } else { vec![issue.clone()] };
                assert_eq!(receipt.issues, expected);
                let Applied::Placed(placed) = done(receipt) else { panic!() };
                assert_eq!(placed.product.state.lifecycle, Lifecycle::Live);
            }
            (Err(error), LateOutcome::Refused(_)) => {
                assert_eq!((error.fate(), error.platform_code()), (Fate::Rejected, Some("no_taste")));
            }
            (other, _) => panic!("{outcome:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn two_runs_of_the_same_calls_are_the_same() {
    async fn run() -> (Vec<LedgerEntry>, Placed) {
        let world = world(family());
        let placed = done(world.publish(&listing(&world.clock, 3)).await.unwrap());
        (world.platform.ledger(), placed)
    }
    assert_eq!(run().await, run().await);
}
