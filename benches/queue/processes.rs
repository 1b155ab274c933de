//! Worker processes on one server.

use crate::{
    Result,
    drain::Filled,
    options::Options,
    server::Server,
    table::Table,
    turns::{About, Seen, Wanted, in_turn},
    work::{Maker, Performed},
};
use fusion_core::clock::Clock as _;
use fusion_queue::{PostgresSettings, TokioClock, Worker};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, ExitCode, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::sync::mpsc;

const MANY: usize = 4;

/// A process says that often how many jobs it has performed.
const SAY_EVERY: Duration = Duration::from_millis(5);

/// Longer than any drain of the bench: a process that says nothing for so long has lost a job.
const PATIENCE: Duration = Duration::from_secs(60);

const READY: &str = "ready";

pub(crate) async fn rows(options: &Options, server: &Server, table: &mut Table) -> Result<()> {
    if !options.wants("postgres-processes") {
        return Ok(());
    }
    let jobs = options.size(20_000, 100_000);
    let about = About {
        name: "postgres-processes",
        work: format!("PostgreSQL: {MANY} worker processes perform {jobs} jobs"),
        yardstick: "one process",
        unit: "jobs/s",
        wanted: Wanted::AtLeast(1.0),
    };
    let ours = async || drained_by(server, jobs, MANY).await;
    table.add(in_turn(options, about, ours, async || drained_by(server, jobs, 1).await).await?);
    Ok(())
}

/// A process of the bench's own: drains the schema, and says how far it is.
pub(crate) async fn drain(schema: &str, address: &str) -> Result<ExitCode> {
    let queue = PostgresSettings::new(address).with_schema(schema).connect().await?;
    let clock = Arc::new(TokioClock::system());
    let performed = Performed::counted();
    println!("{READY}");
    tokio::task::spawn_blocking(|| std::io::stdin().lines().next()).await?;
    let worker = Worker::of_queue(queue, clock.clone(), performed.handlers()?);
    let mut working = std::pin::pin!(worker.run_until_idle());
    let mut said = 0;
    loop {
        let ended = tokio::select! {
            ran = &mut working => Some(ran?),
            () = clock.sleep(SAY_EVERY) => None,
        };
        if performed.count() > said {
            said = performed.count();
            println!("{said}");
        }
        if ended.is_some() {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

/// Until the last job was performed by any of so many processes.
async fn drained_by(server: &Server, jobs: usize, many: usize) -> Result<Seen> {
    let filled = Filled::with(server, Maker::new()?.jobs(jobs)).await?;
    let mut crew = Crew::of(&filled, server, many).await?;
    let clock = TokioClock::system();
    let begun = clock.elapsed();
    crew.begin()?;
    let mut counts = vec![0; many];
    while counts.iter().sum::<usize>() < jobs {
        match tokio::time::timeout(PATIENCE, crew.words.recv()).await {
            Ok(Some((nth, Some(word)))) => {
                if let Some(count) = counts.get_mut(nth) {
                    *count = word.parse()?;
                }
            }
            Ok(Some((_, None))) => {}
            _ => return Err(format!("{} of {jobs} jobs were performed", counts.iter().sum::<usize>()).into()),
        }
    }
    let span = clock.elapsed().saturating_sub(begun);
    crew.end().await?;
    let mut connection = server.connection().await?;
    let (ended, once): (i64, i64) = sqlx::query_as(
        filled
            .schema
            .sql("SELECT count(*), count(*) FILTER (WHERE status = 3 AND attempt = 1) FROM fusion.ended"),
    )
    .fetch_one(&mut connection)
    .await?;
    filled.clear(server).await?;
    if (usize::try_from(ended)?, usize::try_from(once)?) != (jobs, jobs) {
        return Err(format!("of {jobs} jobs {ended} have ended, {once} at their first attempt").into());
    }
    Ok(Seen::rate(jobs, span))
}

/// Processes that wait for a word to begin.
struct Crew {
    children: Vec<Child>,
    /// What each says, and that it says no more.
    words: mpsc::UnboundedReceiver<(usize, Option<String>)>,
}

impl Crew {
    async fn of(filled: &Filled, server: &Server, many: usize) -> Result<Self> {
        let (to, words) = mpsc::unbounded_channel();
        let mut crew = Self { children: Vec::new(), words };
        for nth in 0..many {
            let mut child = Command::new(std::env::current_exe()?)
                .args(["--drain-as", filled.schema.name(), "--drain-at", &server.address()?])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()?;
            let says = child.stdout.take().ok_or("a process has no output")?;
            crew.children.push(child);
            let to = to.clone();
            // Ends with the process.
            std::thread::spawn(move || {
                let words = BufReader::new(says).lines().map_while(std::result::Result::ok).map(Some);
                for word in words.chain([None]) {
                    if to.send((nth, word)).is_err() {
                        return;
                    }
                }
            });
        }
        let mut ready = 0;
        while ready < many {
            match crew.words.recv().await {
                Some((_, Some(word))) if word == READY => ready += 1,
                other => return Err(format!("a process said {other:?}").into()),
            }
        }
        Ok(crew)
    }

    fn begin(&mut self) -> Result<()> {
        for child in &mut self.children {
            let mut hears = child.stdin.take().ok_or("a process has no input")?;
            writeln!(hears, "begin")?;
        }
        Ok(())
    }

    async fn end(mut self) -> Result<()> {
        for mut child in std::mem::take(&mut self.children) {
            let status = tokio::task::spawn_blocking(move || child.wait()).await??;
            if !status.success() {
                return Err(format!("a process ended with {status}").into());
            }
        }
        Ok(())
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for child in &mut self.children {
            if let Err(error) = child.kill() {
                eprintln!("a process of the bench goes on: {error}");
            }
        }
    }
}
