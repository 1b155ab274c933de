use super::*;

#[tokio::test]
async fn a_recorded_step_calls_nobody_and_answers_the_same() {
    let world = world([ok()]);
    let first = world.step(Repeat::Once).await.unwrap();
    let second = world.step(Repeat::Once).await.unwrap();
    assert_eq!((world.answers.count(), &first), (1, &second));
    assert_eq!(first.headers, [("kept".to_owned(), "yes".to_owned())]);
}

#[tokio::test]
async fn the_journal_holds_no_credentials_and_headers_are_marked() {
    let world = world([ok()]);
    world.step(Repeat::Once).await.unwrap();
    let row = world.bench.journal.rows().remove(0);
    assert!(!format!("{row:?}").contains("first"));
    assert!(world.answers.came.lock().unwrap()[0].headers()["token"].is_sensitive());
}

#[tokio::test]
async fn a_lost_once_step_is_unknown_and_never_sent_again() {
    let world = world([lost(), ok()]);
    assert_eq!(axes(world.step(Repeat::Once).await), (ErrorKind::Unavailable, Fate::Unknown));
    let again = world.step(Repeat::Once).await.unwrap_err();
    assert_eq!(
        (again.kind(), again.fate(), again.retry()),
        (ErrorKind::Conflict, Fate::Unknown, Retry::Never)
    );
    assert_eq!((world.answers.count(), world.rows()), (1, vec![(0, Some(Fate::Unknown))]));
}

#[tokio::test]
async fn a_lost_keyed_step_is_sent_again_exactly_as_it_was() {
    for repeat in [Repeat::Idempotent, Repeat::Conditional] {
        let world = world([lost(), answer(502, &[], ""), ok()]);
        world.step(repeat).await.unwrap();
        let bodies = world.answers.bodies();
        assert_eq!((bodies.len(), &bodies[1], &bodies[2]), (3, &bodies[0], &bodies[0]));
        assert_eq!(
            world.rows(),
            [(0, Some(Fate::Unknown)), (0, Some(Fate::Unknown)), (0, Some(Fate::Applied))]
        );
    }
}

#[tokio::test]
async fn what_was_kept_is_sent_even_if_the_plugin_would_now_write_something_else() {
    let world = world([ok()]);
    let kept = WireRequest { body: Bytes::from("kept"), ..post(&StepKey("k".into())) };
    let content = post(&StepKey(String::new())).fingerprint();
    world.bench.journal.open("make", content).await.unwrap();
    world.bench.journal.begin("make", 0, &StepKey("k".into()), Repeat::Idempotent, &kept).await.unwrap();
    world.step(Repeat::Idempotent).await.unwrap();
    assert_eq!(world.answers.bodies(), ["kept"]);
}

#[tokio::test]
async fn a_refused_step_that_may_be_repeated_goes_out_under_a_new_key() {
    for repeat in [Repeat::Once, Repeat::Idempotent] {
        let world = world([answer(429, &[("retry-after", "1")], ""), ok()]);
        world.step(repeat).await.unwrap();
        let bodies = world.answers.bodies();
        assert_ne!(bodies[0], bodies[1]);
        assert_eq!(world.rows(), [(0, Some(Fate::Rejected)), (1, Some(Fate::Applied))]);
        assert!(world.clock.sleeps().contains(&Duration::from_secs(1)));
    }
}

#[tokio::test]
async fn a_step_that_did_not_leave_is_repeated_under_its_key() {
    let world = world([Err(TransportError::before("refused")), ok()]);
    world.step(Repeat::Once).await.unwrap();
    let bodies = world.answers.bodies();
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(world.rows(), [(0, Some(Fate::NotSent)), (0, Some(Fate::Applied))]);
}

#[tokio::test]
async fn a_final_refusal_is_remembered() {
    let world = world([answer(422, &[], "")]);
    assert_eq!(axes(world.step(Repeat::Idempotent).await), (ErrorKind::InvalidInput, Fate::Rejected));
    assert_eq!(axes(world.step(Repeat::Idempotent).await), (ErrorKind::InvalidInput, Fate::Rejected));
    assert_eq!(world.answers.count(), 1);
}

#[tokio::test]
async fn a_second_sending_that_fails_says_nothing_about_the_first() {
    let throttled = || answer(429, &[("retry-after", "3600")], "");
    let cases = [
        (Repeat::Idempotent, throttled(), Fate::Unknown),
        (Repeat::Idempotent, Err(TransportError::before("refused")), Fate::Unknown),
        (Repeat::Idempotent, answer(422, &[], ""), Fate::Rejected),
        (Repeat::Conditional, answer(422, &[], ""), Fate::Rejected),
        // The first one may have changed what the second one compares.
        (Repeat::Conditional, answer(409, &[], ""), Fate::Unknown),
    ];
    for (repeat, second, expected) in cases {
        let mut world = world([lost(), second]);
        world.profile.retry.attempts = 2;
        let case = format!("{repeat:?} {:?}", world.answers.outcomes.lock().unwrap()[1]);
        assert_eq!(world.step(repeat).await.unwrap_err().fate(), expected, "{case}");
        assert_eq!(world.rows()[1], (0, Some(expected)), "{case}");
    }
}

#[tokio::test]
async fn without_a_journal_an_unanswered_step_still_goes_out_as_it_was() {
    let world = world([lost(), ok()]);
    let mut cx = world.bench.cx();
    cx.call.journal = &fusion_core::plugin::NoJournal;
    let client = Client::new(cx, &world.manifest, &world.profile);
    let count = std::sync::atomic::AtomicU32::new(0);
    let changing = |key: &StepKey| {
        let nth = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        WireRequest { body: Bytes::from(nth.to_string()), ..post(key) }
    };
    client.step("make", Repeat::Idempotent, &[], changing).await.unwrap();
    assert_eq!(world.answers.bodies(), ["1", "1"]);
}

#[tokio::test]
async fn a_judgement_that_forgets_the_fate_of_a_write_counts_as_unknown() {
    let mut world = world([answer(400, &[], "")]);
    world.profile.judge = |_| Err(Error::new(ErrorKind::InvalidInput, "no"));
    assert_eq!(axes(world.step(Repeat::Once).await), (ErrorKind::InvalidInput, Fate::Unknown));
}

#[tokio::test]
async fn a_cut_answer_of_a_write_is_not_recorded_as_answered() {
    let mut world = world([answer(200, &[], "{\"id\":"), ok()]);
    world.profile.judge = |answer| judge_status(answer).and_then(|()| crate::whole_json(answer));
    world.profile.retry = CallRetry::NONE;
    assert_eq!(axes(world.step(Repeat::Once).await), (ErrorKind::Protocol, Fate::Unknown));
    assert_eq!(world.rows(), [(0, Some(Fate::Unknown))]);
}

/// A journal that fails at one point.
struct Broken {
    inner: MemoryJournal,
    at_begin: bool,
}

#[async_trait]
impl Journal for Broken {
    async fn open(&self, name: &str, content: Hash) -> Result<Opened> {
        self.inner.open(name, content).await
    }
    async fn begin(
        &self,
        name: &str,
        n: u32,
        key: &StepKey,
        repeat: Repeat,
        request: &WireRequest,
    ) -> Result<StepId> {
        if self.at_begin {
            return Err(Error::new(ErrorKind::Fenced, "another worker owns the job"));
        }
        self.inner.begin(name, n, key, repeat, request).await
    }
    async fn end(&self, _: StepId, _: Ending) -> Result<()> {
        Err(Error::new(ErrorKind::Unavailable, "no storage"))
    }
}

async fn with_broken(world: &World, at_begin: bool) -> (ErrorKind, Fate) {
    let inner = MemoryJournal::new(Arc::new(world.clock.clone()), "work");
    let journal = Broken { inner, at_begin };
    let mut cx = world.bench.cx();
    cx.call.journal = &journal;
    let client = Client::new(cx, &world.manifest, &world.profile);
    axes(client.step("make", Repeat::Once, &[Cost::of("shop", 2)], post).await)
}

#[tokio::test]
async fn nothing_leaves_unless_its_beginning_is_stored() {
    let world = world([ok()]);
    assert_eq!(with_broken(&world, true).await, (ErrorKind::Fenced, Fate::NotSent));
    assert_eq!(world.answers.count(), 0);
    // What was booked is back: the whole bucket can be drawn without waiting.
    world.client().read(&[Cost::of("shop", 2)], get()).await.unwrap();
    assert!(world.clock.sleeps().is_empty());
}

#[tokio::test]
async fn a_step_whose_end_is_not_stored_has_to_be_looked_up() {
    for outcome in [ok(), answer(422, &[], "")] {
        let world = world([outcome]);
        assert_eq!(with_broken(&world, false).await.1, Fate::Unknown);
    }
}

#[tokio::test]
async fn a_plan_is_made_only_for_what_has_to_be_sent() {
    let world = world([Err(TransportError::before("refused")), ok()]);
    let (plans, wanted) = (Mutex::new(0), Hash::of("ship all"));
    let planned = |key: StepKey| {
        *plans.lock().unwrap() += 1;
        let nth = *plans.lock().unwrap();
        async move { Ok(WireRequest { body: Bytes::from(format!("plan {nth}")), ..post(&key) }) }
    };
    let client = world.client();
    for _ in 0..2 {
        client.planned_step("ship", Repeat::Once, &[], wanted, planned).await.unwrap();
    }
    // What didn't leave is planned anew; what is recorded isn't planned at all.
    assert_eq!((*plans.lock().unwrap(), world.answers.bodies().pop().unwrap()), (2, "plan 2".to_owned()));
}

#[tokio::test]
async fn a_plan_that_fails_sends_nothing_and_leaves_no_row() {
    let world = world([]);
    let client = world.client();
    let refuse = |_: StepKey| async {
        Err(Error::new(ErrorKind::InvalidInput, "nothing is left").with_fate(Fate::Unknown))
    };
    let error = client.planned_step("ship", Repeat::Once, &[], Hash::of("ship"), refuse).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (ErrorKind::InvalidInput, Fate::NotSent));
    assert_eq!((world.answers.count(), world.rows().len()), (0, 0));
}
