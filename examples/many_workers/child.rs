//! One of the processes.

use crate::{
    args::{self, Args},
    ledger,
};
use fusion_core::{
    clock::{Cancel, Clock},
    error::{Error, ErrorKind, Result},
    job::{Finish, Handlers, Payload},
};
use fusion_queue::{TokioClock, Worker};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// Short, so that what the killed process had in hand is soon free again.
const LEASE: Duration = Duration::from_secs(3);

/// What a job takes: long enough to be killed in the middle of it.
const EFFORT: Duration = Duration::from_millis(20);

const SLOTS: usize = 4;

/// A parcel to be packed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Parcel {
    pub(crate) number: u32,
}

impl Payload for Parcel {
    const KIND: &'static str = "example.parcel";
}

/// Works until standard input ends: when the parent says so, or is gone.
pub(crate) async fn work(args: &Args, name: &str) -> Result<()> {
    let (Some(url), Some(path)) = (&args.database, &args.ledger) else {
        return Err(Error::new(ErrorKind::InvalidConfig, "a process needs --database and --ledger"));
    };
    let db = args::open(url).await?;
    let clock = Arc::new(TokioClock::system());
    let (own, path, worker) = (clock.clone(), PathBuf::from(path), name.to_owned());
    let handlers = Handlers::default().on(move |_: Parcel, job| {
        let (clock, path, worker) = (own.clone(), path.clone(), worker.clone());
        async move {
            clock.sleep(EFFORT).await;
            match ledger::note(&path, job.job().id, &worker) {
                Ok(()) => Finish::Done(Value::Null),
                Err(error) => Finish::Failed(error),
            }
        }
    })?;
    let stop = Cancel::default();
    let told = stop.clone();
    std::thread::spawn(move || {
        // Whatever ends the stream, nobody is there any more who wants this process to go on.
        let _ended = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        told.cancel();
    });
    Worker::of_queue(db, clock, handlers)
        .with_name(name)
        .with_lease(LEASE)
        .with_slots(SLOTS)
        .run(stop)
        .await?;
    Ok(())
}
