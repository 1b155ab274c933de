//! Behind a pooler that gives each transaction another session of the server's and leaves nothing in it.
//!
//! The pooler is the test's own: it reads the protocol's frames, lends a session from a client's first message to the
//! end of its transaction, takes the next client's transaction to another session, and says `DISCARD ALL` in between.

use super::Schema;
use crate::fixture::*;
use fusion_core::{job::*, testkit::TestClock};
use fusion_queue::{PostgresSettings, TokioClock, Worker};
use sqlx::postgres::PgConnectOptions;
use std::{collections::VecDeque, str::FromStr as _, sync::Arc};
use tokio::{
    io::{self, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Mutex, Semaphore},
};

/// Sessions of the server's: fewer than clients, so that they change hands.
const SESSIONS: usize = 2;

const SSL_REQUEST: u32 = 80_877_103;

/// The sessions that nobody has; the one that has rested longest is lent next.
struct Lending {
    idle: Mutex<VecDeque<TcpStream>>,
    room: Semaphore,
}

/// A frame of the protocol: its type, and the whole of it.
async fn frame(from: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let kind = from.read_u8().await?;
    let length = from.read_u32().await?;
    let mut whole = vec![kind];
    whole.extend(length.to_be_bytes());
    whole.resize(1 + length as usize, 0);
    from.read_exact(&mut whole[5..]).await?;
    Ok((kind, whole))
}

/// Passes on what a session says until it is ready; whether it is then in no transaction.
async fn until_ready(session: &mut TcpStream, mut to: Option<&mut TcpStream>) -> io::Result<bool> {
    loop {
        let (kind, whole) = frame(session).await?;
        if let Some(to) = &mut to {
            to.write_all(&whole).await?;
        }
        if kind == b'Z' {
            return Ok(whole[5] == b'I');
        }
        assert!(to.is_some() || kind != b'E', "{}", String::from_utf8_lossy(&whole));
    }
}

/// A session of the server's, let in without a password.
async fn session(options: &PgConnectOptions) -> io::Result<TcpStream> {
    let mut session = TcpStream::connect((options.get_host(), options.get_port())).await?;
    session.set_nodelay(true)?;
    let database = options.get_database().unwrap_or("postgres");
    let said = format!("user\0{}\0database\0{database}\0\0", options.get_username());
    session.write_u32(8 + said.len() as u32).await?;
    session.write_u32(196_608).await?;
    session.write_all(said.as_bytes()).await?;
    until_ready(&mut session, None).await?;
    Ok(session)
}

impl Lending {
    /// Serves one client until it goes.
    async fn serve(self: Arc<Self>, mut client: TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        loop {
            let length = client.read_u32().await? as usize;
            let version = client.read_u32().await?;
            io::copy(&mut (&mut client).take(length as u64 - 8), &mut io::sink()).await?;
            if version != SSL_REQUEST {
                break;
            }
            client.write_all(b"N").await?;
        }
        // Let in, and ready.
        client.write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I").await?;
        loop {
            let mut first = frame(&mut client).await?;
            if first.0 == b'X' {
                return Ok(());
            }
            let _room = self.room.acquire().await.unwrap();
            let mut session = self.idle.lock().await.pop_front().unwrap();
            let mut is_over = false;
            while !is_over {
                session.write_all(&first.1).await?;
                // A query, or what was said until a sync, is answered until the session is ready.
                if matches!(first.0, b'Q' | b'S') {
                    is_over = until_ready(&mut session, Some(&mut client)).await?;
                }
                if !is_over {
                    first = frame(&mut client).await?;
                }
            }
            session.write_all(b"Q\0\0\0\x10DISCARD ALL\0").await?;
            until_ready(&mut session, None).await?;
            self.idle.lock().await.push_back(session);
        }
    }
}

/// Starts a pooler before the server at `url`; the settings for who goes through it.
pub(super) async fn pooled(url: &str, schema: &str) -> PostgresSettings {
    let options = PgConnectOptions::from_str(url).unwrap();
    let mut idle = VecDeque::new();
    for _ in 0..SESSIONS {
        idle.push_back(session(&options).await.unwrap());
    }
    let lending = Arc::new(Lending { idle: Mutex::new(idle), room: Semaphore::new(SESSIONS) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            // A client that goes in the middle takes the session with it.
            tokio::spawn(lending.clone().serve(client));
        }
    });
    let url = format!("postgres://{}@127.0.0.1:{port}/pooled", options.get_username());
    PostgresSettings::new(url).with_schema(schema).with_connections(3).with_pooler()
}

fusion_core::queue_conformance!(
    #[ignore = "needs a PostgreSQL server"]
    |clock: TestClock| async move {
        let schema = Schema::new();
        let settings = pooled(schema.url(), schema.name()).await;
        (settings.with_clock(Arc::new(clock)).connect().await.unwrap(), schema)
    }
);

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn workers_behind_a_pooler_get_everything_done_by_polling() {
    let schema = Schema::new();
    let settings = pooled(schema.url(), schema.name()).await;
    let clock = Arc::new(TokioClock::system());
    let (db, other) = (settings.clone().connect().await.unwrap(), settings.connect().await.unwrap());
    let w = World::over(clock.clone(), db.clone());
    let serial = |nth: usize| (nth.is_multiple_of(3)).then(|| (nth % 7).to_string());
    let jobs: Vec<NewJob> = (0..200).map(|nth| NewJob { serial: serial(nth), ..w.job() }).collect();
    for part in jobs.chunks(50) {
        w.db.enqueue(part.to_vec()).await.unwrap();
    }
    struct Nothing;
    #[async_trait::async_trait]
    impl JobHandler for Nothing {
        async fn run(&self, _: JobContext) -> Finish {
            Finish::Done(1.into())
        }
    }
    let worker = |db| {
        let handlers = Handlers::default().with(kind(), Nothing);
        Worker::of_queue(db, clock.clone(), handlers).with_poll(SECOND / 20)
    };
    let (here, there) = (worker(db), worker(other));
    let (here, there) = tokio::join!(here.run_until_idle(), there.run_until_idle());
    let (here, there) = (here.unwrap(), there.unwrap());
    assert_eq!(here.completed + there.completed, 200, "{here:?} {there:?}");
    for job in jobs {
        assert_eq!(w.status(job.id).await, JobStatus::Completed);
    }
}
