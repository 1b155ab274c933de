//! A service of one's own around the hub: it takes products, lists what waits, lets people agree to exactly what they
//! were shown, streams what happened, and keeps a table of its own whose rows come in with a job, in one transaction.
//!
//! `cargo run --features embed --example embed_axum`, and then, with `x-person` in place of a sign-in:
//!
//! ```text
//! curl -H 'x-person: alice' -d '{"title":"Mug","sku":"MUG-1","price":"9.90 EUR","on_hand":40}' \
//!      -H 'content-type: application/json' localhost:8080/products
//! curl -H 'x-person: bob' localhost:8080/requests
//! curl -H 'x-person: bob' -H 'content-type: application/json' -d '{"digest":"…"}' localhost:8080/requests/…/approve
//! curl -H 'x-person: bob' localhost:8080/events
//! ```

use axum::{
    Json, Router,
    extract::{FromRequestParts, Path, State},
    http::{HeaderMap, StatusCode, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use clap::Parser;
use fusion_core::{
    approval::Policy,
    canonical::{Hash, LocalKeys},
    clock::Cancel,
    error::{Error, ErrorKind, Retry},
    hub::{BundleView, Hub, NewStore, RequestView, RequestsWanted},
    job::{Finish, Handlers, NewJob, Payload},
    model::{Money, NewProduct, RequestId, StoreId},
    tenant::{Actor, Tenant},
};
use fusion_plugins::shopify::Shopify;
use fusion_queue::{Sqlite, TokioClock, Worker};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{convert::Infallible, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Mutex};

/// A shop's back-end with the hub inside. There is no sign-in: whoever the header `x-person` names is believed, so
/// it listens on this machine alone.
#[derive(Parser)]
struct Args {
    /// Where everything is kept.
    #[arg(long, default_value = "embed-axum")]
    folder: PathBuf,

    /// The port; 0 takes a free one, which is printed.
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

/// Requests and events that are read at once.
const PAGE: usize = 100;

/// How often a listener's stream looks for more.
const LOOK: Duration = Duration::from_millis(250);

#[derive(Clone)]
struct Service(Arc<Inner>);

struct Inner {
    hub: Hub,
    database: Sqlite,
    acme: Tenant,
    store: StoreId,
    /// The service's own way to the same file, for its own table.
    own: Mutex<SqliteConnection>,
}

/// An error as the hub gives it, for whoever called.
struct Refused(Error);

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0.kind() {
            ErrorKind::InvalidInput => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Refused => StatusCode::FORBIDDEN,
            ErrorKind::Conflict | ErrorKind::AlreadyExists => StatusCode::CONFLICT,
            ErrorKind::Unavailable | ErrorKind::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        // The chain behind an error is for the log; what a caller may see is its failure.
        (status, Json(json!(self.0.to_failure()))).into_response()
    }
}

/// Whoever the header names; a real service puts its sign-in here.
struct Person(Actor);

impl FromRequestParts<Service> for Person {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Refused> {
        let name = parts.headers.get("x-person").and_then(|name| name.to_str().ok());
        let name = name.ok_or_else(|| Error::new(ErrorKind::Refused, "say who you are: x-person"))?;
        Ok(Self(service.0.hub.tenant(service.0.acme.as_str())?.person(name)?))
    }
}

#[derive(Deserialize)]
struct NewMug {
    title: String,
    sku: String,
    price: Money,
    on_hand: i64,
}

/// Saves a product, and asks for it to be published.
async fn add_product(
    State(service): State<Service>,
    Person(by): Person,
    Json(new): Json<NewMug>,
) -> Result<Json<BundleView>, Refused> {
    let Inner { hub, store, .. } = &*service.0;
    let new = NewProduct::new(new.title).variant(new.sku, new.price, new.on_hand);
    let product = hub.save_product(&by, new).await?;
    Ok(Json(hub.publish(&by, [product.id], [*store]).await?))
}

async fn requests(
    State(service): State<Service>,
    Person(by): Person,
) -> Result<Json<Vec<RequestView>>, Refused> {
    Ok(Json(service.0.hub.requests(&by, RequestsWanted::Open, None, PAGE).await?))
}

#[derive(Deserialize)]
struct Vote {
    /// Of what the voter saw.
    digest: Hash,
}

/// Agrees to a request as the voter saw it: another revision has another digest, and the vote isn't counted.
async fn approve(
    State(service): State<Service>,
    Person(by): Person,
    Path(id): Path<RequestId>,
    Json(vote): Json<Vote>,
) -> Result<Json<RequestView>, Refused> {
    let hub = &service.0.hub;
    hub.approve(&by, (id, vote.digest)).await?.all()?;
    Ok(Json(hub.request(&by, id).await?))
}

/// The audit feed from behind `last-event-id` on, and whatever comes.
async fn events(
    State(service): State<Service>,
    Person(by): Person,
    headers: HeaderMap,
) -> Sse<impl futures_util::Stream<Item = Result<Event, Infallible>>> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let begin = (service, by, last.unwrap_or(0), Vec::new().into_iter());
    let stream = futures_util::stream::unfold(begin, |(service, by, mut last, mut page)| async move {
        loop {
            if let Some(entry) = page.next() {
                let entry: fusion_core::audit::AuditEntry = entry;
                last = entry.sequence;
                let event = Event::default().id(last.to_string()).event(entry.entry.action.as_str());
                let event = event.data(json!(entry.entry).to_string());
                return Some((Ok(event), (service, by, last, page)));
            }
            match service.0.hub.audit(&by, last, PAGE).await {
                Ok(more) if !more.is_empty() => page = more.into_iter(),
                Ok(_) => tokio::time::sleep(LOOK).await,
                // The listener comes again, with the id of the last one that it has seen.
                Err(_) => return None,
            }
        }
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// A buyer's question: a row of the service's own, answered by a job.
#[derive(Serialize, Deserialize)]
struct Answer {
    question: i64,
}

impl Payload for Answer {
    const KIND: &'static str = "embed.answer";
}

#[derive(Deserialize)]
struct Question {
    text: String,
}

/// Writes a row of the service's own table and the job that answers it: both, or neither.
async fn ask(State(service): State<Service>, Json(question): Json<Question>) -> Result<Json<Value>, Refused> {
    let Inner { hub, database, acme, own, .. } = &*service.0;
    let mut own = own.lock().await;
    let mut transaction = own.begin_with("BEGIN IMMEDIATE").await.map_err(broken)?;
    let id: i64 = sqlx::query_scalar("INSERT INTO questions (text) VALUES (?) RETURNING id")
        .bind(question.text)
        .fetch_one(&mut *transaction)
        .await
        .map_err(broken)?;
    let job = NewJob::new(&**hub.clock(), acme, Answer::kind()?, json!(Answer { question: id }));
    database.enqueue_in(&mut transaction, vec![job]).await?;
    transaction.commit().await.map_err(broken)?;
    database.wake();
    Ok(Json(json!({ "question": id })))
}

async fn answer_to(State(service): State<Service>, Path(id): Path<i64>) -> Result<Json<Value>, Refused> {
    let mut own = service.0.own.lock().await;
    let answer: Option<Option<String>> = sqlx::query_scalar("SELECT answer FROM questions WHERE id = ?")
        .bind(id)
        .fetch_optional(&mut *own)
        .await
        .map_err(broken)?;
    let answer = answer.ok_or_else(|| Error::new(ErrorKind::NotFound, "nobody asked that"))?;
    Ok(Json(json!({ "answer": answer })))
}

/// Another try may succeed: a job that fails so is tried again.
fn broken(source: sqlx::Error) -> Error {
    let error = Error::new(ErrorKind::Unavailable, "the service's own table can't be reached");
    error.with_retry(Retry::Backoff).with_source(source)
}

/// Performs the service's own jobs beside the hub's. It may run twice, so it writes what it would write again.
fn handlers(hub: &Hub, file: PathBuf) -> Result<Handlers, Error> {
    hub.handlers().on(move |answer: Answer, _| {
        let file = file.clone();
        async move {
            match write_answer(&file, answer.question).await {
                Ok(()) => Finish::Done(Value::Null),
                Err(error) => Finish::Failed(broken(error)),
            }
        }
    })
}

async fn write_answer(file: &std::path::Path, question: i64) -> sqlx::Result<()> {
    let mut own = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await?;
    sqlx::query("UPDATE questions SET answer = 'we ship on Monday' WHERE id = ?")
        .bind(question)
        .execute(&mut own)
        .await?;
    own.close().await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    std::fs::create_dir_all(&args.folder)?;
    let file = args.folder.join("shop.db");
    let clock = Arc::new(TokioClock::system());
    let database = Sqlite::open(&file).await?;
    let keys = LocalKeys::open_or_create(args.folder.join("shop.keys"), &*clock)?;
    let shop = Shopify::simulator(clock).state_folder(args.folder.join("shop")).build()?;
    let hub = Hub::builder(database.clone())
        .plugin(Shopify::simulated_by(&shop))
        .policy(Policy::two_people())
        .keys(keys)
        .build()
        .await?;
    let owner = hub.tenant("acme")?.service("embed_axum")?;
    let store = match hub.stores(&owner).await?.pop() {
        Some(store) => store.id,
        None => hub.register_store(&owner, NewStore::new("shopify", "Main shop")).await?.id,
    };
    let mut own = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&file)).await?;
    let table =
        "CREATE TABLE IF NOT EXISTS questions (id INTEGER PRIMARY KEY, text TEXT NOT NULL, answer TEXT)";
    sqlx::query(table).execute(&mut own).await?;

    let stop = Cancel::default();
    let worker = Worker::new(database.clone(), handlers(&hub, file)?);
    let working = tokio::spawn({
        let stop = stop.clone();
        async move { worker.run(stop).await }
    });
    let acme = owner.tenant().clone();
    let service = Service(Arc::new(Inner { hub, database, acme, store, own: Mutex::new(own) }));
    let routes = Router::new()
        .route("/products", post(add_product))
        .route("/requests", get(requests))
        .route("/requests/{id}/approve", post(approve))
        .route("/events", get(events))
        .route("/questions", post(ask))
        .route("/questions/{id}", get(answer_to))
        .with_state(service);
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], args.port))).await?;
    println!("listening on http://{}", listener.local_addr()?);
    tokio::select! {
        served = axum::serve(listener, routes) => served?,
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            println!("what is under way is finished");
        }
    }
    stop.cancel();
    working.await??;
    Ok(())
}
