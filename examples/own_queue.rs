//! A queue of one's own: a worker and three kinds of jobs, which can be watched.
//!
//! Albums of pictures are made ready. Each picture is fetched, from a server that refuses now and then; each is
//! resized once it is there; and an album's report is written when all its pictures are. On a file the work can be
//! stopped at any moment and goes on where it was when the program is started again.

use clap::Parser;
use fusion_core::{
    clock::{Cancel, Clock},
    error::{Error, ErrorKind, Result, Retry},
    job::{
        Finish, Handlers, JobContext, JobFilter, JobKind, JobQueue, JobRow, JobStatus, NewJob, Payload,
        QueueControl,
    },
    storage::{Backend, Storage},
    tenant::Tenant,
};
use fusion_queue::{Memory, Sqlite, Worker};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{io::IsTerminal, process::ExitCode, sync::Arc, time::Duration};

/// Jobs at once.
const SLOTS: usize = 4;

/// Short, so that what was in hand when the program was killed is soon free again.
const LEASE: Duration = Duration::from_secs(5);

/// Pictures of an album.
const PICTURES: u32 = 3;

/// What a job takes, and a part of one.
const EFFORT: Duration = Duration::from_millis(150);
const PARTS: u64 = 3;

const LOOK: Duration = Duration::from_millis(100);

/// Jobs that are listed at once.
const PAGE: usize = 200;

/// Works off jobs of three kinds with one worker, and shows how far they are.
///
/// Exits with 0 when every job is done, with 1 otherwise.
#[derive(Debug, Parser)]
#[command(name = "own_queue")]
struct Args {
    /// Albums to make ready.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100))]
    albums: u32,

    /// Keep the queue in a file, sqlite:FILE; what is left there from an earlier run is done first. Without it the
    /// queue ends with the program.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Fetch {
    picture: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Resize {
    picture: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Report {
    album: u32,
}

impl Payload for Fetch {
    const KIND: &'static str = "example.fetch";
}

impl Payload for Resize {
    const KIND: &'static str = "example.resize";
}

impl Payload for Report {
    const KIND: &'static str = "example.report";
}

const KINDS: [&str; 3] = [Fetch::KIND, Resize::KIND, Report::KIND];

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn open(database: Option<&str>) -> Result<Arc<dyn Backend>> {
    match database.map(|url| url.split_once(':')) {
        None => Ok(Arc::new(Memory::new())),
        Some(Some(("sqlite", path))) if !path.is_empty() => Ok(Arc::new(Sqlite::open(path).await?)),
        Some(_) => Err(Error::new(
            ErrorKind::InvalidConfig,
            "a queue is named as sqlite:FILE; many_workers takes postgres://… as well",
        )),
    }
}

async fn run(args: &Args) -> Result<bool> {
    let db = open(args.database.as_deref()).await?;
    let tenant = Tenant::new("example")?;
    let left = jobs(&*db, &tenant).await?.iter().filter(|row| !row.state.status.is_final()).count();
    match left {
        0 => db.enqueue(albums(&*db.clock(), &tenant, args.albums)?).await.map(drop)?,
        left => println!("{left} jobs are left from an earlier run"),
    }
    let stop = Cancel::default();
    let signal = stop.clone();
    let worker = Worker::new(db.clone(), handlers(&db.clock())?).with_slots(SLOTS).with_lease(LEASE);
    let work = tokio::spawn(async move { worker.run(signal).await });
    let rows = watch(&*db, &tenant).await?;
    stop.cancel();
    work.await
        .map_err(|error| Error::new(ErrorKind::Internal, "the worker has broken off").with_source(error))??;
    tell(&*db, &tenant, &rows).await
}

/// The jobs of the albums: a report waits for its pictures, each of which waits to be fetched.
fn albums(clock: &dyn Clock, tenant: &Tenant, count: u32) -> Result<Vec<NewJob>> {
    let job = |kind, payload| Ok(NewJob::new(clock, tenant, JobKind::custom(kind)?, payload));
    let mut all = Vec::new();
    for album in 1..=count {
        let mut resized = Vec::new();
        for picture in 1..=PICTURES {
            let picture = format!("album {album}, picture {picture}");
            let fetch: NewJob = job(Fetch::KIND, json!(Fetch { picture: picture.clone() }))?;
            let resize: Result<NewJob> = job(Resize::KIND, json!(Resize { picture }));
            let resize = NewJob { parents: vec![fetch.id], ..resize? };
            resized.push(resize.id);
            all.extend([fetch, resize]);
        }
        all.push(NewJob { parents: resized, ..job(Report::KIND, json!(Report { album }))? });
    }
    Ok(all)
}

fn handlers(clock: &Arc<dyn Clock>) -> Result<Handlers> {
    let (fetching, resizing) = (clock.clone(), clock.clone());
    Handlers::default()
        .on(move |fetch: Fetch, job: JobContext| {
            let clock = fetching.clone();
            async move {
                clock.sleep(EFFORT).await;
                // The server refuses each second picture once.
                if fetch.picture.ends_with('2') && job.attempt() == 1 {
                    job.log("the server refused; it is asked again");
                    let refused = Error::new(ErrorKind::Unavailable, "the server refused");
                    return Finish::Failed(refused.with_retry(Retry::Backoff));
                }
                Finish::Done(json!(fetch.picture.len()))
            }
        })?
        .on(move |_: Resize, job: JobContext| {
            let clock = resizing.clone();
            async move {
                let bytes = job.parents().first().and_then(|parent| parent.result.clone());
                for part in 1..=PARTS {
                    clock.sleep(EFFORT).await;
                    job.progress().report(part, Some(PARTS));
                }
                Finish::Done(bytes.unwrap_or_default())
            }
        })?
        .on(move |report: Report, job: JobContext| async move {
            let sizes = job.parents().iter().filter_map(|parent| parent.result.as_ref()?.as_u64());
            let text = format!(
                "album {}: {} pictures, {} bytes",
                report.album,
                job.parents().len(),
                sizes.sum::<u64>()
            );
            Finish::Done(Value::String(text))
        })
}

async fn jobs(db: &dyn Backend, tenant: &Tenant) -> Result<Vec<JobRow>> {
    let (mut rows, mut last) = (Vec::new(), None);
    loop {
        let page = QueueControl::list(db, tenant, &JobFilter::default(), last, PAGE).await?;
        let is_last = page.len() < PAGE;
        last = page.last().map(|row| row.id);
        rows.extend(page);
        if is_last {
            return Ok(rows);
        }
    }
}

/// A bar for each kind on a terminal, a line for each change elsewhere.
struct Screen {
    bars: Option<Vec<ProgressBar>>,
    told: String,
}

impl Screen {
    fn new() -> Self {
        let bars = std::io::stdout().is_terminal().then(|| {
            let all = MultiProgress::with_draw_target(indicatif::ProgressDrawTarget::stdout());
            let bar = |kind: &str| {
                let bar = all.add(ProgressBar::new(0));
                if let Ok(style) = ProgressStyle::with_template("{prefix:16} [{bar:30}] {pos}/{len} {msg}") {
                    bar.set_style(style.progress_chars("=> "));
                }
                bar.with_prefix(kind.to_owned())
            };
            KINDS.map(bar).into()
        });
        Self { bars, told: String::new() }
    }

    fn show(&mut self, rows: &[JobRow]) {
        let mut line = Vec::new();
        for (nth, kind) in KINDS.iter().enumerate() {
            let of = || rows.iter().filter(|row| row.state.job.kind.as_str() == *kind);
            let done = of().filter(|row| row.state.status.is_final()).count();
            let running: Vec<String> =
                of().filter(|row| row.state.status == JobStatus::Running).map(far).collect();
            if let Some(bar) = self.bars.as_ref().and_then(|bars| bars.get(nth)) {
                bar.set_length(of().count() as u64);
                bar.set_position(done as u64);
                bar.set_message(running.join(" "));
            }
            line.push(format!("{kind} {done} of {}", of().count()));
        }
        let line = line.join(", ");
        if self.bars.is_none() && line != self.told {
            println!("{line}");
            self.told = line;
        }
    }
}

/// How far a running job is.
fn far(row: &JobRow) -> String {
    match row.state.progress {
        Some((done, Some(of))) => format!("{done}/{of}"),
        Some((done, None)) => done.to_string(),
        None => "…".to_owned(),
    }
}

/// Shows how far all of it is, until all has ended.
async fn watch(db: &dyn Backend, tenant: &Tenant) -> Result<Vec<JobRow>> {
    let mut screen = Screen::new();
    loop {
        let rows = jobs(db, tenant).await?;
        screen.show(&rows);
        if rows.iter().all(|row| row.state.status.is_final()) {
            return Ok(rows);
        }
        db.clock().sleep(LOOK).await;
    }
}

/// Prints what came out, and whether all went well.
async fn tell(db: &dyn Backend, tenant: &Tenant, rows: &[JobRow]) -> Result<bool> {
    for row in rows {
        let about = row.state.job.payload.get("picture").and_then(Value::as_str).unwrap_or_default();
        for line in db.lines(tenant, row.id).await? {
            println!("{about}: {}", line.text);
        }
    }
    for text in rows.iter().filter_map(|row| row.state.result.as_ref()?.as_str()) {
        println!("{text}");
    }
    let done = rows.iter().filter(|row| row.state.status == JobStatus::Completed).count();
    println!("{done} of {} jobs are done", rows.len());
    Ok(done == rows.len())
}
