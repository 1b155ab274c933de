//! Further processes that perform jobs beside this one, and reach the shop through a port of this machine.
//!
//! A process that is killed loses nothing: what it had in hand falls due for the others when its leases end. When this
//! one is killed, the others see their standard input end, and end as well.

use crate::{
    args::Database,
    place::{self, Place},
    shop,
};
use fusion_core::{
    clock::{Cancel, Clock, Timestamp},
    error::{Error, ErrorKind},
};
use fusion_plugin_sdk::ReqwestTransport;
use fusion_plugins::shopify::{
    Shopify,
    simulator::{Served, Simulator},
};
use fusion_queue::{TokioClock, Worker};
use serde::{Deserialize, Serialize};
use std::{
    io::{BufRead as _, Write as _},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

/// What a process is told on its standard input: the address of a server may hold a password, which others on this
/// machine could read from a command line.
#[derive(Serialize, Deserialize)]
struct Told {
    name: String,
    database: String,
    keys: PathBuf,
    /// Where the shop listens.
    shop: SocketAddr,
    /// The shop's time, and the machine's at that moment.
    time: (Timestamp, Timestamp),
}

/// How often it is looked whether a process has ended, and how many times before it is killed.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: u32 = 250;

/// The processes that were started; they end with it.
pub(crate) struct Crew {
    children: Vec<Child>,
    served: Served,
}

fn failed(source: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "a further process can't be started").with_source(source)
}

impl Crew {
    /// Starts all but the first of `workers`.
    pub(crate) async fn start(
        workers: u32,
        place: &Place,
        simulator: &Simulator,
        clock: &dyn Clock,
    ) -> Result<Self, Error> {
        let Place::Lasting(kept) = place else {
            return Err(Error::new(
                ErrorKind::InvalidConfig,
                "several workers need a database that they share: sqlite:FILE or postgres://USER@HOST/DATABASE",
            ));
        };
        let served = simulator.serve().await?;
        let program = std::env::current_exe().map_err(failed)?;
        let mut crew = Self { children: Vec::new(), served };
        for number in 2..=workers {
            let told = Told {
                name: format!("worker-{number}"),
                database: kept.database.url(),
                keys: kept.keys(),
                shop: crew.served.address(),
                time: (clock.now(), TokioClock::system().now()),
            };
            let mut child = Command::new(&program)
                .arg("--child")
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .map_err(failed)?;
            let line = serde_json::to_string(&told).map_err(|error| failed(error.into()))?;
            let said = child.stdin.as_mut().map(|to| writeln!(to, "{line}"));
            crew.children.push(child);
            said.transpose().map_err(failed)?;
        }
        Ok(crew)
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for child in &mut self.children {
            drop(child.stdin.take());
        }
        for child in &mut self.children {
            let has_ended = (0..LOOKS).any(|_| {
                thread::sleep(LOOK);
                !matches!(child.try_wait(), Ok(None))
            });
            if !has_ended {
                let _gone = child.kill();
                let _status = child.wait();
            }
        }
    }
}

/// Performs jobs until standard input ends.
pub(crate) async fn work() -> Result<(), Error> {
    let unread = |source: std::io::Error| {
        Error::new(ErrorKind::InvalidConfig, "a further process is started by the program itself")
            .with_source(source)
    };
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(unread)?;
    let told: Told = serde_json::from_str(&line).map_err(|error| unread(error.into()))?;
    let Ok(database) = told.database.parse::<Database>();
    let (then, machine) = told.time;
    let passed = TokioClock::system().now().since(machine);
    let clock = Arc::new(TokioClock::scaled(then + passed * shop::FACTOR, shop::FACTOR));
    let keys = fusion_core::canonical::LocalKeys::open(told.keys)?;
    let network = Arc::new(ReqwestTransport::new()?);
    let hub = place::builder(&database, clock)
        .await?
        .keys(keys)
        .plugin(Shopify::simulated_at(told.shop, network))
        .build()
        .await?;
    let stop = Cancel::default();
    let end = stop.clone();
    thread::spawn(move || {
        // Whatever ends the stream, nobody is there any more who wants this process to go on.
        let _ended = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        end.cancel();
    });
    let ran = Worker::of(&hub).with_name(&told.name).with_lease(shop::LEASE).run(stop).await?;
    eprintln!("{}: {} jobs performed", told.name, ran.completed + ran.by_commit);
    Ok(())
}
