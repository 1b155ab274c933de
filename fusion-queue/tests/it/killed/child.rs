//! A worker in a process of its own.

use super::*;
use async_trait::async_trait;
use fusion_core::{
    clock::Cancel,
    error::{Error, Retry},
};
use fusion_queue::{PostgresSettings, Worker, sqlite::SqliteSettings};
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};
use std::{env, path::PathBuf};

const PLACE: &str = "FUSION_TEST_WORK_AT";
const SCHEMA: &str = "FUSION_TEST_WORK_IN";

/// How many milliseconds a job takes at most.
pub(super) const NAPS: u64 = 40;

/// Short, so that what a killed worker held comes back soon.
const SHORT_LEASE: Duration = Duration::from_secs(1);

/// Where the queue is.
#[derive(Clone)]
pub(super) enum Place {
    Server { url: String, schema: String },
    File(PathBuf),
}

impl Place {
    pub(super) async fn open(&self) -> Arc<dyn Queue> {
        match self {
            Self::Server { url, schema } => Arc::new(
                PostgresSettings::new(url).with_schema(schema).with_connections(3).connect().await.unwrap(),
            ),
            Self::File(path) => Arc::new(SqliteSettings::new(path).open_with_queue().await.unwrap()),
        }
    }

    fn effects(&self) -> Effects {
        match self {
            Self::Server { url, schema } => Effects::Server(
                PgPool::connect_lazy(url).unwrap(),
                format!("INSERT INTO {schema}.effects VALUES ($1, $2)"),
            ),
            Self::File(path) => {
                Effects::File(SqlitePool::connect_lazy(&format!("sqlite:{}", path.display())).unwrap())
            }
        }
    }
}

/// What the jobs do to the world.
enum Effects {
    Server(PgPool, String),
    File(SqlitePool),
}

impl Effects {
    async fn add(&self, lease: &Lease) -> sqlx::Result<()> {
        let (job, token) = (lease.job.as_uuid(), i64::try_from(lease.token).unwrap());
        match self {
            Self::Server(pool, sql) => {
                let sql = AssertSqlSafe(sql.clone());
                sqlx::query(sql).bind(job).bind(token).execute(pool).await.map(drop)
            }
            Self::File(pool) => sqlx::query("INSERT INTO effects VALUES (?, ?)")
                .bind(job)
                .bind(token)
                .execute(pool)
                .await
                .map(drop),
        }
    }
}

struct Handler {
    effects: Effects,
    clock: Arc<TokioClock>,
}

#[async_trait]
impl JobHandler for Handler {
    async fn run(&self, job: JobContext) -> Finish {
        use fusion_core::clock::Clock as _;
        let Some(at_most) = job.job().payload.as_u64() else { std::process::abort() };
        let nap = u64::from(self.clock.entropy()[0]) % at_most;
        self.clock.sleep(Duration::from_millis(nap)).await;
        match self.effects.add(job.lease()).await {
            Ok(()) => Finish::Done(json!(null)),
            Err(error) => Finish::Failed(
                Error::new(ErrorKind::Unavailable, "the effect failed")
                    .with_retry(Retry::Backoff)
                    .with_source(error),
            ),
        }
    }
}

/// Starts a worker that goes on until it is killed.
pub(super) fn start(place: &Place) -> Running {
    let name = "killed::child::a_child_works";
    match place {
        Place::Server { url, schema } => process::start(name, &[(PLACE, url), (SCHEMA, schema)], None),
        Place::File(path) => process::start(name, &[(PLACE, path)], None),
    }
}

/// Started by the tests beside it; without a place there is nothing to do.
#[tokio::test]
async fn a_child_works() {
    let Some(at) = env::var_os(PLACE) else { return };
    process::end_with_parent();
    let place = match env::var(SCHEMA) {
        Ok(schema) => Place::Server { url: at.into_string().unwrap(), schema },
        Err(_) => Place::File(at.into()),
    };
    let clock = Arc::new(TokioClock::system());
    let handler = Handler { effects: place.effects(), clock: clock.clone() };
    let handlers = Handlers::default().with(kind(), handler);
    let worker = Worker::of_queue(place.open().await, clock, handlers)
        .with_lease(SHORT_LEASE)
        .with_poll(Duration::from_millis(50))
        .with_slots(8);
    worker.run(Cancel::default()).await.unwrap();
}
