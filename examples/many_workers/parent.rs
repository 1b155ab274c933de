//! Puts the jobs in, starts the processes, kills one, and counts in the end.

use crate::{
    args::{self, Args, Queue},
    child::Parcel,
    ledger::{self, Performed},
};
use fusion_core::{
    clock::Clock,
    error::{Error, ErrorKind, Result},
    job::{JobFilter, JobStatus, NewJob, Payload},
    model::StoreId,
    tenant::Tenant,
};
use fusion_queue::TokioClock;
use serde_json::json;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Jobs that are put in at once.
const BATCH: usize = 500;

/// Jobs that belong to one store wait in one line; lines take turns.
const STORES: usize = 5;

const LOOK: Duration = Duration::from_millis(200);

/// Without an ended job for so long, something is wrong: several times what a lost lease takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The processes that were started; those that are left are ended with it.
struct Crew(Vec<(String, Child)>);

impl Drop for Crew {
    fn drop(&mut self) {
        for (_, child) in &mut self.0 {
            let _gone = child.kill();
            let _status = child.wait();
        }
    }
}

impl Crew {
    fn start(workers: u32, url: &str, ledger: &Path) -> Result<Self> {
        let program = std::env::current_exe().map_err(failed)?;
        let mut crew = Self(Vec::new());
        for number in 1..=workers {
            let name = format!("worker-{number}");
            let child = Command::new(&program)
                .args(["--database", url, "--child", &name, "--ledger"])
                .arg(ledger)
                .stdin(Stdio::piped())
                .spawn()
                .map_err(failed)?;
            println!("{name} is process {}", child.id());
            crew.0.push((name, child));
        }
        Ok(crew)
    }

    /// Kills the first process as an operator or a full memory does, without a chance to say goodbye.
    fn kill_first(&mut self) -> Result<String> {
        let (name, mut child) = self.0.remove(0);
        child.kill().map_err(failed)?;
        child.wait().map_err(failed)?;
        Ok(name)
    }

    /// Lets the rest finish what they have in hand.
    fn dismiss(mut self) -> Result<()> {
        for (name, child) in &mut self.0 {
            drop(child.stdin.take());
            let status = child.wait().map_err(failed)?;
            if !status.success() {
                return Err(Error::new(ErrorKind::Internal, format!("{name} ended with {status}")));
            }
        }
        self.0.clear();
        Ok(())
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "a process can't be started or ended").with_source(error)
}

/// Whether everything is as it has to be.
pub(crate) async fn run(args: &Args) -> Result<bool> {
    let folder = tempfile::tempdir().map_err(failed)?;
    let own = format!("sqlite:{}", folder.path().join("queue.db").display());
    let url = args.database.clone().unwrap_or(own);
    let ledger = args.ledger.clone().unwrap_or_else(|| PathBuf::from(folder.path()).join("ledger.txt"));
    let db = args::open(&url).await?;
    // A tenant of this run's own: whatever else is in the queue is left alone.
    let tenant = Tenant::new(&format!("example-{}", std::process::id()))?;
    let clock = TokioClock::system();
    let jobs = parcels(&clock, &tenant, args.jobs)?;
    for batch in jobs.chunks(BATCH) {
        db.enqueue(batch.to_vec()).await?;
    }
    // An address may hold a password.
    let place = if url.starts_with("sqlite:") { &url } else { "the queue on PostgreSQL" };
    println!("{} jobs are in {place}", jobs.len());
    let mut crew = Crew::start(args.workers, &url, &ledger)?;
    let killed = watch(&*db, &clock, &tenant, args, &mut crew).await?;
    crew.dismiss()?;
    let done = ended(&*db, &tenant, JobStatus::Completed).await?;
    let mut performed = ledger::read(&ledger)?;
    // Jobs of an earlier run that was broken off may have been left in the queue.
    let ours: BTreeSet<String> = jobs.iter().map(|job| job.id.to_string()).collect();
    performed.retain(|job, _| ours.contains(job));
    Ok(tell(args.jobs, done, &performed, killed.as_deref()))
}

fn parcels(clock: &dyn Clock, tenant: &Tenant, count: u32) -> Result<Vec<NewJob>> {
    let stores: Vec<StoreId> = (0..STORES).map(|_| StoreId::new(clock)).collect();
    let kind = Parcel::kind()?;
    let parcels = (0..count).zip(stores.into_iter().cycle());
    let jobs = parcels.map(|(number, store)| NewJob {
        partition: Some(store),
        ..NewJob::new(clock, tenant, kind.clone(), json!(Parcel { number }))
    });
    Ok(jobs.collect())
}

async fn ended(db: &dyn Queue, tenant: &Tenant, status: JobStatus) -> Result<u32> {
    let filter = JobFilter { status: Some(status), ..JobFilter::default() };
    let (mut count, mut last) = (0, None);
    loop {
        let page = db.list(tenant, &filter, last, BATCH).await?;
        count += u32::try_from(page.len()).unwrap_or(u32::MAX);
        last = page.last().map(|row| row.id);
        if page.len() < BATCH {
            return Ok(count);
        }
    }
}

/// Watches until every job has ended; kills a process when a third is done, and says which.
async fn watch(
    db: &dyn Queue,
    clock: &dyn Clock,
    tenant: &Tenant,
    args: &Args,
    crew: &mut Crew,
) -> Result<Option<String>> {
    let (mut killed, mut seen, mut moved_at) = (None, 0, clock.elapsed());
    loop {
        let done = ended(db, tenant, JobStatus::Completed).await?;
        let rest = args.jobs - done - ended(db, tenant, JobStatus::Failed).await?;
        if done > seen {
            println!("{done} of {} done", args.jobs);
            (seen, moved_at) = (done, clock.elapsed());
        }
        if rest == 0 {
            return Ok(killed);
        }
        if clock.elapsed().saturating_sub(moved_at) > PATIENCE {
            return Err(Error::new(ErrorKind::Timeout, format!("nothing has ended for {PATIENCE:?}")));
        }
        if killed.is_none() && !args.spare && args.workers > 1 && done * 3 >= args.jobs {
            let name = crew.kill_first()?;
            println!("{name} is killed");
            killed = Some(name);
        }
        clock.sleep(LOOK).await;
    }
}

/// Prints what was counted, and whether it is what it has to be.
fn tell(jobs: u32, done: u32, performed: &Performed, killed: Option<&str>) -> bool {
    let twice: Vec<_> = performed.iter().filter(|(_, workers)| workers.len() > 1).collect();
    let blameless = twice.iter().filter(|(_, workers)| workers.first().map(String::as_str) != killed).count();
    println!("{done} of {jobs} jobs are done; the ledger names {} of them", performed.len());
    match killed {
        None => println!("nobody was killed, and {} were performed twice", twice.len()),
        Some(name) => println!(
            "{} were performed twice: {name} had performed them and was killed before it could say so",
            twice.len()
        ),
    }
    let is_right = done == jobs && performed.len() == jobs as usize && blameless == 0;
    println!("{}", if is_right { "nothing was lost" } else { "SOMETHING IS WRONG" });
    is_right
}
