//! Two stores, one of which allows little: the worker keeps to what each allows, and the one doesn't slow the other.
//!
//! Every job is one call. It books the call with the ledger of budgets first and waits for its turn; where that
//! would take too long, it gives its place in the worker to others and closes the gate of its store meanwhile. Half
//! way, the narrow store halves what it allows without a word: a call is refused, what the refusal tells goes into
//! the ledger, and the rest keeps to it. Nobody waits for it: time jumps to the next moment at which something happens.

use clap::Parser;
use fusion_core::{
    clock::Clock,
    error::{Error, ErrorKind, Result, When},
    job::{Finish, Handlers, JobContext, JobQueue, NewJob, Payload, SnoozeReason},
    model::StoreId,
    plugin::{Booking, Bucket, BucketKey, BucketLevel, BudgetLedger, BudgetUnit, Correction, Draw, Scope},
    storage::Storage,
    tenant::Tenant,
    verb::PlatformSlug,
};
use fusion_queue::{Memory, TokioClock, Worker};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    process::ExitCode,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Jobs at once. As many calls may have left before the first refusal is known.
const SLOTS: usize = 8;

/// A job that would have to wait longer gives its place to another.
const PATIENCE: Duration = Duration::from_millis(200);

/// Performs calls to two stores, of which one allows little and soon even less.
///
/// Exits with 0 when every call was made, no more were refused than were on their way when the store changed its
/// mind, and the store that allows much was not slowed down.
#[derive(Debug, Parser)]
#[command(name = "throttled_store")]
struct Args {
    /// Calls to each store.
    #[arg(long, default_value_t = 80, value_parser = clap::value_parser!(u32).range(20..=2_000))]
    calls: u32,
}

/// A call to be made.
#[derive(Debug, Serialize, Deserialize)]
struct Call {
    store: usize,
}

impl Payload for Call {
    const KIND: &'static str = "example.call";
}

/// A platform's side of one store: what it allows, and what it has seen.
struct Shop {
    name: &'static str,
    id: StoreId,
    /// What it says that it allows.
    bucket: Bucket,
    seen: Mutex<Seen>,
}

struct Seen {
    level: BucketLevel,
    taken: u32,
    refused: u32,
    /// When the last call was taken.
    last: Duration,
}

impl Shop {
    fn new(name: &'static str, clock: &dyn Clock, capacity: u32, refill: u32) -> Self {
        let per = Duration::from_secs(1);
        let unit = BudgetUnit::Requests;
        let bucket = Bucket { name: "calls".into(), scope: Scope::Store, unit, capacity, refill, per };
        let level = BucketLevel::new(&bucket);
        let seen = Mutex::new(Seen { level, taken: 0, refused: 0, last: Duration::ZERO });
        Self { name, id: StoreId::new(clock), bucket, seen }
    }

    fn seen<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Takes a call, or says how long to wait.
    fn call(&self, now: Duration) -> std::result::Result<(), Duration> {
        self.seen(|seen| {
            let (full_at, wait) = seen.level.draw(1, now);
            if wait > Duration::ZERO {
                seen.refused += 1;
                return Err(wait);
            }
            seen.level.full_at = full_at;
            seen.taken += 1;
            seen.last = now;
            Ok(())
        })
    }

    fn halve(&self) {
        self.seen(|seen| seen.level.refill /= 2);
    }

    fn key(&self, platform: &PlatformSlug) -> BucketKey {
        BucketKey {
            platform: platform.clone(),
            bucket: self.bucket.name.clone().into_owned(),
            subject: self.id.to_string(),
        }
    }
}

/// Everything that the calls need.
struct Scene {
    db: Memory,
    clock: Arc<dyn Clock>,
    platform: PlatformSlug,
    shops: [Shop; 2],
}

impl Scene {
    /// One call: booked, waited for, made; what the platform tells goes back into the ledger.
    async fn perform(&self, call: &Call) -> Result<Finish> {
        let shop = self.shops.get(call.store).ok_or_else(|| {
            Error::new(ErrorKind::InvalidInput, format!("there is no store {}", call.store))
        })?;
        let draw = Draw { key: shop.key(&self.platform), bucket: shop.bucket.clone(), amount: 1 };
        let (ticket, ready_in) = match self.db.reserve(&[draw], PATIENCE).await? {
            Booking::Booked { ticket, ready_in } => (ticket, ready_in),
            Booking::Full { ready_in } => return Ok(closed_for(ready_in)),
        };
        self.clock.sleep(ready_in).await;
        let Err(wait) = shop.call(self.clock.elapsed()) else {
            // The call is answered: what it booked is no longer on its way.
            self.db.correct(ticket, &[]).await?;
            return Ok(Finish::Done(Value::Null));
        };
        let refill = shop.seen(|seen| seen.level.refill);
        let told = Correction {
            key: shop.key(&self.platform),
            actual: None,
            available: Some(0),
            capacity: None,
            refill: Some(refill),
            age: Duration::ZERO,
        };
        self.db.correct(ticket, &[told]).await?;
        Ok(closed_for(wait))
    }
}

/// All jobs of the store wait as long; none of them has failed.
fn closed_for(wait: Duration) -> Finish {
    Finish::Snooze { after: When::In(wait), close_gate: true, why: SnoozeReason::Budget }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(&args)),
        Err(error) => {
            Err(Error::new(ErrorKind::Unavailable, "the runtime can't be started").with_source(error))
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<bool> {
    let db = Memory::with_clock(Arc::new(TokioClock::system().with_seed(7)));
    let clock = db.clock();
    let shops = [Shop::new("wide", &*clock, 40, 40), Shop::new("narrow", &*clock, 8, 8)];
    let scene = Arc::new(Scene { db: db.clone(), clock, platform: PlatformSlug::of("example"), shops });
    db.enqueue(jobs(&scene, args.calls)?).await?;
    for shop in &scene.shops {
        let Bucket { capacity, refill, .. } = shop.bucket;
        println!("{}: {} calls to make; {capacity} at once, then {refill} a second", shop.name, args.calls);
    }
    let handlers = handlers(&scene, args.calls / 2)?;
    let ran = Worker::new(db, handlers).with_slots(SLOTS).run_until_idle().await?;
    println!("{} jobs made room for others while they would have waited", ran.snoozed);
    Ok(tell(&scene, args.calls))
}

fn jobs(scene: &Scene, calls: u32) -> Result<Vec<NewJob>> {
    let (tenant, kind) = (Tenant::new("acme")?, Call::kind()?);
    let mut jobs = Vec::new();
    for (store, shop) in scene.shops.iter().enumerate() {
        jobs.extend((0..calls).map(|_| NewJob {
            partition: Some(shop.id),
            // A closed gate holds back what begins work.
            begins_work: true,
            ..NewJob::new(&*scene.clock, &tenant, kind.clone(), json!(Call { store }))
        }));
    }
    Ok(jobs)
}

/// The narrow store changes its mind when it has taken `half` of the calls.
fn handlers(scene: &Arc<Scene>, half: u32) -> Result<Handlers> {
    let scene = scene.clone();
    Handlers::default().on(move |call: Call, _: JobContext| {
        let scene = scene.clone();
        async move {
            let finish = scene.perform(&call).await.unwrap_or_else(Finish::Failed);
            let [_, narrow] = &scene.shops;
            if matches!(finish, Finish::Done(_)) && call.store == 1 && narrow.seen(|seen| seen.taken) == half
            {
                narrow.halve();
                println!("narrow: halves what it allows, and doesn't say so");
            }
            finish
        }
    })
}

/// Prints what the stores have seen, and whether it is what it has to be.
fn tell(scene: &Scene, calls: u32) -> bool {
    let mut is_right = true;
    for shop in &scene.shops {
        let (taken, refused, last) = shop.seen(|seen| (seen.taken, seen.refused, seen.last));
        println!("{}: {taken} calls in {:.1} s, {refused} refused", shop.name, last.as_secs_f64());
        is_right &= taken == calls;
    }
    let [wide, narrow] = scene.shops.each_ref().map(|shop| shop.seen(|seen| (seen.refused, seen.last)));
    is_right &= wide.0 == 0 && narrow.0 as usize <= SLOTS && wide.1 < narrow.1;
    println!("{}", if is_right { "each store got what it allows" } else { "SOMETHING IS WRONG" });
    is_right
}
