//! Ledgers that each break one promise.

use async_trait::async_trait;
use fusion_core::{
    Result,
    clock::{Clock, Timestamp},
    plugin::{Booking, BucketLevel, BudgetLedger, Correction, Draw, MemoryLedger, Ticket},
    testkit::TestClock,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::task::LocalSet;

/// What a broken ledger does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Nothing,
    RoundsUp,
    BooksWhatItRefuses,
    LetsSmallOnesPass,
    RefusesBigOnes,
    BooksHalf,
    CountsTheLastAlone,
    MixesSubjects,
    GoesByTheWall,
    ForgetsAges,
    ForgetsCosts,
    ForgetsSizes,
    RemembersDropped,
}

use Fault::*;

/// Each with the clause that finds it.
const BROKEN: &[(Fault, &str)] = &[
    (RoundsUp, "booking::a_bucket_lets_through_what_it_holds_and_then_what_flows_in"),
    (BooksWhatItRefuses, "booking::a_draw_that_would_wait_too_long_books_nothing"),
    (LetsSmallOnesPass, "booking::a_big_draw_gets_in_under_a_stream_of_small_ones"),
    (RefusesBigOnes, "booking::more_than_a_bucket_holds_counts_as_all_of_it"),
    (BooksHalf, "booking::all_draws_of_a_call_are_booked_or_none"),
    (CountsTheLastAlone, "booking::draws_of_one_bucket_in_one_call_add_up"),
    (MixesSubjects, "booking::buckets_of_two_subjects_never_meet"),
    (GoesByTheWall, "booking::a_clock_that_is_set_back_gives_nothing_and_takes_nothing"),
    (ForgetsAges, "correcting::a_statement_counts_less_what_is_under_way_and_more_with_its_age"),
    (ForgetsCosts, "correcting::what_a_call_really_cost_is_put_right_once"),
    (ForgetsSizes, "correcting::a_size_and_an_inflow_that_were_stated_last"),
    (RemembersDropped, "correcting::a_dropped_call_counts_as_under_way_for_a_while_and_not_for_good"),
];

/// The ledger in memory with a fault.
struct Broken {
    ledger: MemoryLedger,
    clock: TestClock,
    fault: Fault,
    open: Mutex<BTreeMap<u64, (Duration, u32)>>,
}

/// A monotonic clock that isn't.
struct Wall(TestClock);

#[async_trait]
impl Clock for Wall {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
    fn elapsed(&self) -> Duration {
        self.0.now().since(Timestamp::EPOCH)
    }
    async fn sleep(&self, span: Duration) {
        self.0.sleep(span).await;
    }
    fn entropy(&self) -> [u8; 16] {
        self.0.entropy()
    }
}

impl Broken {
    fn new(fault: Fault, clock: TestClock) -> Self {
        let own: Arc<dyn Clock> =
            if fault == GoesByTheWall { Arc::new(Wall(clock.clone())) } else { Arc::new(clock.clone()) };
        Self { ledger: MemoryLedger::new(own), clock, fault, open: Mutex::default() }
    }

    /// What nobody has answered for longer than any call takes.
    fn dropped(&self) -> u32 {
        let now = self.clock.elapsed();
        let open = self.open.lock().unwrap();
        let old = open.values().filter(|(booked_at, _)| now - *booked_at > BucketLevel::LONGEST_CALL);
        old.map(|(_, amount)| amount).sum()
    }
}

#[async_trait]
impl BudgetLedger for Broken {
    async fn reserve(&self, draws: &[Draw], mut patience: Duration) -> Result<Booking> {
        let mut draws = draws.to_vec();
        let (asked, count) = (draws[0].amount, draws.len());
        let capacity = draws[0].bucket.capacity;
        match self.fault {
            LetsSmallOnesPass if asked == capacity && count == 1 => patience = Duration::ZERO,
            RefusesBigOnes if asked > capacity * 2 => return Ok(Booking::Full { ready_in: patience }),
            CountsTheLastAlone if count > 1 && draws[0].key == draws[1].key => drop(draws.remove(0)),
            MixesSubjects => draws.iter_mut().filter(|one| one.key.subject == "theirs").for_each(|one| {
                one.key.subject = "shop".to_owned();
            }),
            _ => {}
        }
        let booking = self.ledger.reserve(&draws, patience).await?;
        match (self.fault, booking) {
            (BooksWhatItRefuses, Booking::Full { .. }) if count == 1 => {
                self.ledger.reserve(&draws, Duration::MAX).await?;
            }
            (BooksHalf, Booking::Full { .. }) if count > 1 => {
                self.ledger.reserve(&draws[..1], Duration::MAX).await?;
            }
            (RoundsUp, Booking::Booked { ticket, ready_in }) if !ready_in.is_zero() => {
                let half = Duration::from_millis(500);
                let halves = u32::try_from(ready_in.as_millis().div_ceil(500)).unwrap();
                return Ok(Booking::Booked { ticket, ready_in: half * halves });
            }
            _ => {}
        }
        if let Booking::Booked { ticket, .. } = booking {
            self.open.lock().unwrap().insert(ticket.0, (self.clock.elapsed(), asked));
        }
        Ok(booking)
    }

    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        self.open.lock().unwrap().remove(&ticket.0);
        let mut corrections = corrections.to_vec();
        for one in &mut corrections {
            match self.fault {
                ForgetsAges => one.age = Duration::ZERO,
                ForgetsCosts => one.actual = None,
                ForgetsSizes => (one.capacity, one.refill) = (None, None),
                RemembersDropped => one.available = one.available.map(|left| left - self.dropped()),
                _ => {}
            }
        }
        self.ledger.correct(ticket, &corrections).await
    }
}

/// The clauses that a ledger with `fault` doesn't keep.
async fn failing(fault: Fault) -> Vec<&'static str> {
    let clauses = fusion_core::budget_conformance!(list move |clock: TestClock| async move {
        (Broken::new(fault, clock), ())
    });
    let (local, mut failing) = (LocalSet::new(), Vec::new());
    for (id, clause) in clauses {
        if local.run_until(local.spawn_local(clause)).await.is_err() {
            failing.push(id);
        }
    }
    failing
}

#[tokio::test]
async fn each_broken_ledger_fails_exactly_its_clause() {
    assert_eq!(failing(Nothing).await, [""; 0]);
    let mut wrong = Vec::new();
    for (fault, clause) in BROKEN {
        let failing = failing(*fault).await;
        if failing != [*clause] {
            wrong.push((fault, failing));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let all = fusion_core::budget_conformance!(list |clock: TestClock| async move {
        (Broken::new(Nothing, clock), ())
    });
    let ids: BTreeSet<_> = all.into_iter().map(|(id, _)| id).collect();
    assert_eq!(BROKEN.iter().map(|(_, clause)| *clause).collect::<BTreeSet<_>>(), ids, "each has its ledger");
}
