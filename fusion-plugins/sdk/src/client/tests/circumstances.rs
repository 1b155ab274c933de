use super::*;

fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::test]
async fn calls_can_run_in_any_task() {
    let world = world([ok(), ok()]);
    is_send(world.read()).await.unwrap();
    is_send(world.step(Repeat::Once)).await.unwrap();
}

#[tokio::test]
async fn credentials_leave_for_api_hosts_over_https_and_for_nobody_else() {
    let refused = [
        "https://files.x.test/a",
        "https://api.x.test.evil.test/a",
        "http://api.x.test/a",
        "https://api.x.test@evil.test/a",
        "https://user:pass@api.x.test/a",
        "/only/a/path",
        "nonsense of an address",
    ];
    for uri in refused {
        let world = world([ok()]);
        let error = world.client().read(&[], to(uri)).await.unwrap_err();
        assert_eq!((error.kind(), world.answers.count()), (ErrorKind::InvalidConfig, 0), "{uri}");
        let step = world.client().step("make", Repeat::Once, &[], |_| to(uri)).await;
        assert_eq!((axes(step).0, world.rows()), (ErrorKind::InvalidConfig, vec![]), "{uri}");
    }
    for uri in ["https://API.x.test/a", "https://api.x.test:8443/a", "http://127.0.0.1:1/a"] {
        let world = world([ok()]);
        world.client().read(&[], to(uri)).await.unwrap();
        assert_eq!(world.answers.tokens(), [Some("first".to_owned())], "{uri}");
    }
}

#[tokio::test]
async fn bytes_leave_for_asset_hosts_over_https_and_without_credentials() {
    for uri in [
        "https://api.x.test/a",
        "https://files.x.test.evil.test/a",
        "http://files.x.test/a",
        "https://files.x.test:8443/a",
        "https://user@files.x.test/a",
    ] {
        let world = world([ok()]);
        let error = world.client().upload(to(uri)).await.unwrap_err();
        assert_eq!((error.kind(), world.answers.count()), (ErrorKind::InvalidConfig, 0), "{uri}");
    }
    // Lost on the way: the same again does no harm, and nothing has changed in the meantime.
    let world = world([lost(), ok()]);
    world.client().upload(to("https://files.x.test/a")).await.unwrap();
    assert_eq!(world.answers.tokens(), [None, None]);
    assert_eq!(world.rows(), []);
    let world = self::world([answer(403, &[], "")]);
    assert_eq!(axes(world.client().upload(to("https://files.x.test/a")).await).1, Fate::NotSent);
}

#[tokio::test]
async fn a_redirect_is_an_error_and_not_followed() {
    for (status, fate) in [(301, Fate::Unknown), (303, Fate::Unknown), (307, Fate::Rejected)] {
        let world = world([answer(status, &[("location", "https://evil.test/")], "")]);
        assert_eq!(axes(world.step(Repeat::Once).await), (ErrorKind::Protocol, fate));
        assert_eq!(world.answers.count(), 1);
    }
}

#[tokio::test]
async fn refused_credentials_are_replaced_once() {
    let refused = || answer(401, &[], "");
    let world = world([refused(), ok()]);
    world.bench.credentials.then(Credentials::token("second"));
    world.step(Repeat::Once).await.unwrap();
    assert_eq!(world.answers.tokens(), [Some("first".to_owned()), Some("second".to_owned())]);
    assert_eq!(world.rows(), [(0, Some(Fate::Rejected)), (1, Some(Fate::Applied))]);

    let world = self::world([refused(), refused(), ok()]);
    world.bench.credentials.then(Credentials::token("second"));
    world.bench.credentials.then(Credentials::token("third"));
    let error = world.read().await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unauthenticated, Retry::AfterReauth));
    assert_eq!(world.answers.count(), 2);
}

#[tokio::test]
async fn refused_credentials_without_newer_ones_need_a_person() {
    let world = world([answer(401, &[], "")]);
    let error = world.read().await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unauthenticated, Retry::AfterReauth));
}

struct Renewing;

#[async_trait]
impl CredentialSource for Renewing {
    async fn current(&self) -> Result<Arc<Credentials>> {
        Ok(Arc::new(Credentials::token("first")))
    }
    async fn refused(&self, _: &Credentials) -> Result<()> {
        Err(Error::new(ErrorKind::Unavailable, "sign-in is down").with_retry(Retry::Backoff))
    }
}

#[tokio::test]
async fn a_sign_in_that_is_down_asks_no_person() {
    let world = world([answer(401, &[], "")]);
    let mut cx = world.bench.cx();
    cx.net.credentials = &Renewing;
    let error = Client::new(cx, &world.manifest, &world.profile).read(&[], get()).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Backoff));
}

#[tokio::test]
async fn a_sign_in_sends_no_credentials_and_is_never_repeated_in_doubt() {
    let world = world([lost(), ok()]);
    assert_eq!(axes(world.client().sign_in(&[], get()).await), (ErrorKind::Unavailable, Fate::Unknown));
    assert_eq!(world.answers.tokens(), [None]);

    let world = self::world([Err(TransportError::before("refused")), ok()]);
    world.client().sign_in(&[], get()).await.unwrap();
}

#[tokio::test]
async fn nothing_is_sent_after_the_deadline() {
    let mut world = world([ok(), ok()]);
    world.bench.time = Duration::ZERO;
    assert_eq!(axes(world.read().await), (ErrorKind::Timeout, Fate::NotSent));
    assert_eq!(axes(world.step(Repeat::Once).await), (ErrorKind::Timeout, Fate::NotSent));
    assert_eq!((world.answers.count(), world.rows()), (0, vec![]));
}

#[tokio::test]
async fn a_repeat_that_would_pass_the_deadline_is_left_to_the_queue() {
    let mut world = world([answer(503, &[], ""), ok()]);
    world.bench.time = Duration::from_nanos(1);
    assert_eq!(axes(world.read().await).0, ErrorKind::Unavailable);
    assert_eq!(world.answers.count(), 1);
}

#[tokio::test]
async fn a_delay_longer_than_patience_is_told_and_not_waited_for() {
    let world = world([answer(429, &[("retry-after", "30")], ""), ok()]);
    let error = world.read().await.unwrap_err();
    assert_eq!(error.retry(), Retry::When(When::In(Duration::from_secs(30))));
    assert!(world.clock.sleeps().is_empty());
}

#[tokio::test]
async fn an_empty_bucket_refuses_before_anything_is_begun() {
    let mut world = world([ok(), ok()]);
    world.bench.patience = Duration::from_millis(500);
    world.client().read(&[Cost::of("shop", 2)], get()).await.unwrap();
    let error = world.step(Repeat::Once).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (ErrorKind::RateLimited, Fate::NotSent));
    assert_eq!(error.retry(), Retry::When(When::In(Duration::from_secs(1))));
    assert_eq!((world.answers.count(), world.rows()), (1, vec![]));
}

#[tokio::test]
async fn a_booking_is_waited_for_and_an_answer_corrects_it() {
    let world = world([answer(200, &[("left", "0")], ""), ok()]);
    world.read().await.unwrap();
    world.read().await.unwrap();
    // One of two was drawn; the answer said that nothing was left.
    assert_eq!(world.clock.sleeps(), [Duration::from_secs(1)]);
}

#[tokio::test]
async fn a_cost_of_an_unknown_bucket_is_a_fault_of_the_plugin() {
    let world = world([ok()]);
    assert_eq!(axes(world.client().read(&[Cost::of("nowhere", 1)], get()).await).0, ErrorKind::Internal);
}

#[tokio::test]
async fn cancelling_ends_a_call_and_tells_what_is_known() {
    let world = world([]);
    let (cancel, client) = (world.bench.cancel.clone(), world.client());
    let stop = async { cancel.cancel() };
    let read = async { client.read(&[], get()).await };
    let (outcome, ()) = futures_util::future::join(read, stop).await;
    assert_eq!(axes(outcome), (ErrorKind::Cancelled, Fate::NotSent));

    let world = self::world([]);
    let cancel = world.bench.cancel.clone();
    let (outcome, ()) =
        futures_util::future::join(world.step(Repeat::Idempotent), async { cancel.cancel() }).await;
    assert_eq!(axes(outcome), (ErrorKind::Cancelled, Fate::Unknown));
    assert_eq!(world.rows(), [(0, Some(Fate::Unknown))]);
}

#[tokio::test]
async fn a_client_stops_repeating_when_its_quota_is_used_up() {
    let outcomes = (0..9).map(|_| answer(503, &[], ""));
    let mut world = world(outcomes);
    world.profile.retry = CallRetry { attempts: 3, quota: 3, ..CallRetry::DEFAULT };
    let client = world.client();
    for calls in [3, 5, 6] {
        client.read(&[], get()).await.unwrap_err();
        assert_eq!(world.answers.count(), calls);
    }
}

#[tokio::test]
async fn errors_name_platform_and_operation_and_hide_the_address() {
    let world = world([answer(404, &[("x-request-id", "r-1")], "secret body")]);
    let client = world.client().for_operation(Operation::GetProduct);
    let error = client.read(&[], get()).await.unwrap_err();
    assert_eq!(error.platform(), Some(&PlatformSlug::of("x")));
    assert_eq!((error.operation(), error.request_id()), (Some(Operation::GetProduct), Some("r-1")));
    let shown = format!("{error} {error:?} {:?}", error.to_failure());
    assert!(!shown.contains("a@b.test") && !shown.contains("secret"), "{shown}");
}

#[test]
fn who_shares_a_bucket_is_told_apart_by_its_subject() {
    let world = world([]);
    let app = App { id: "app-1".into(), secret: "s".into() };
    let mut cx = world.bench.cx();
    let subject = |cx: fusion_core::plugin::Context<'_>, bucket: &str| {
        let client = Client::new(cx, &world.manifest, &world.profile);
        client.key(&client.bucket(bucket).unwrap()).subject
    };
    let (connection, store) = (world.bench.connection.id, world.bench.store.id);
    assert_eq!(subject(cx, "app"), format!("acme/{connection}"));
    cx.net.app = Some(&app);
    assert_eq!(subject(cx, "app"), "app-1");
    assert_eq!(subject(cx, "account"), format!("acme/{connection}"));
    assert_eq!(subject(cx, "shop"), format!("acme/{store}"));
}

#[tokio::test]
async fn a_ledger_that_is_down_spoils_no_answer() {
    struct Down(MemoryLedger);
    #[async_trait]
    impl fusion_core::plugin::BudgetLedger for Down {
        async fn reserve(
            &self,
            draws: &[fusion_core::plugin::Draw],
            patience: Duration,
        ) -> Result<fusion_core::plugin::Booking> {
            self.0.reserve(draws, patience).await
        }
        async fn correct(
            &self,
            _: fusion_core::plugin::Ticket,
            _: &[fusion_core::plugin::Correction],
        ) -> Result<()> {
            Err(Error::new(ErrorKind::Unavailable, "no ledger"))
        }
    }
    let world = world([ok()]);
    let ledger = Down(MemoryLedger::new(Arc::new(world.clock.clone()) as Arc<dyn Clock>));
    let mut cx = world.bench.cx();
    cx.net.budget = &ledger;
    let client = Client::new(cx, &world.manifest, &world.profile);
    client.step("make", Repeat::Once, &[Cost::of("shop", 1)], post).await.unwrap();
}

/// Keeps every field of every span and event as text.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<String>>);

impl tracing::field::Visit for Heard {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().push_str(&format!("{field}={value:?} "));
    }
}

impl tracing::Subscriber for Heard {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        span.record(&mut self.clone());
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn traces_tell_where_and_how_often_and_nothing_that_was_said() {
    let heard = Heard::default();
    // With one dispatcher alone, a call site that another test meets first is asked of that test's thread, where
    // nobody listens, and stays shut.
    let _second = tracing::Dispatch::new(Heard::default());
    let guard = tracing::subscriber::set_default(heard.clone());
    let world = world([answer(503, &[], "buyer"), ok()]);
    let request = WireRequest { body: Bytes::from("buyer"), ..get() };
    let client = world.client().for_operation(Operation::GetProduct);
    client.read(&[], request).await.unwrap();
    drop(guard);
    let heard = heard.0.lock().unwrap().clone();
    for told in ["host=api.x.test", "operation=\"get_product\"", "attempt=2", "status=503", "status=200"] {
        assert!(heard.contains(told), "{told} in {heard}");
    }
    for hidden in ["a@b.test", "buyer", "first", "things"] {
        assert!(!heard.contains(hidden), "{hidden} in {heard}");
    }
}
