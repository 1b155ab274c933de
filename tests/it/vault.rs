//! The vault and the life of a database: over a file and over a server.

mod expired;
mod forged;
mod resealed;
mod restored;

use crate::{
    place::{Place, in_every_place},
    scene::variant_ref,
    world::builder,
};
use fusion_core::{
    approval::Policy,
    audit::AuditEntry,
    canonical::{KeyId, KeyProvider as _, LocalKeys, Purpose},
    clock::Timestamp,
    hub::{BundleView, Hub, HubBuilder, ListingsWanted, NewStore, OrdersWanted},
    model::{NewProduct, NewVariant, Order, ProductId, Store},
    storage::Backend,
    tenant::Actor,
};
use fusion_plugin_sdk::testkit::{Script, ScriptedPlatform};
use fusion_queue::{TokioClock, Worker};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use std::sync::Arc;
use tempfile::TempDir;

/// Times as fast as real time.
const FASTER: u32 = 100;

/// Where everything is stored.
enum Database {
    At(Place),
    #[cfg(feature = "postgres")]
    Whole(crate::server::Whole),
}

/// What outlives a process: a database, a key file, the platform.
struct Shop {
    database: Database,
    _folder: TempDir,
    clock: Arc<TokioClock>,
    keys: Arc<LocalKeys>,
    platform: ScriptedPlatform,
}

impl Shop {
    fn new(place: Place) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(TokioClock::scaled(Timestamp::from_micros(1_700_000_000_000_000), FASTER));
        Self {
            database: Database::At(place),
            keys: Arc::new(LocalKeys::create(folder.path().join("shop.keys"), &*clock).unwrap()),
            _folder: folder,
            platform: ScriptedPlatform::with_script(clock.clone(), Script::default()),
            clock,
        }
    }

    /// The database, as a process opens it.
    async fn open(&self) -> Arc<dyn Backend> {
        match &self.database {
            Database::At(place) => place.open(self.clock.clone()).await,
            #[cfg(feature = "postgres")]
            Database::Whole(whole) => Arc::new(whole.open(self.clock.clone()).await),
        }
    }

    async fn builder(&self) -> HubBuilder {
        let hub = builder(self.open().await, &self.platform, self.platform.transport());
        hub.policy(Policy::two_people()).keys(self.keys.clone())
    }

    async fn hub(&self) -> Hub {
        self.builder().await.build().await.unwrap()
    }

    /// What somebody does who may write to the database; `fusion.` stands for the schema, if there is one. How many rows
    /// it changes.
    async fn execute(&self, sql: &str) -> u64 {
        match &self.database {
            Database::At(Place::File(folder)) => {
                let sql = AssertSqlSafe(sql.replace("fusion.", ""));
                let file = format!("sqlite:{}", folder.path().join("fusion.db").display());
                let mut writer = sqlx::SqliteConnection::connect(&file).await.unwrap();
                writer.execute(sqlx::raw_sql(sql)).await.unwrap().rows_affected()
            }
            #[cfg(feature = "postgres")]
            Database::At(Place::Server(schema)) => {
                let mut writer = crate::server::connection().await;
                writer.execute(sqlx::raw_sql(schema.sql(sql))).await.unwrap().rows_affected()
            }
            _ => panic!("nobody else writes there"),
        }
    }

    async fn current_key(&self) -> KeyId {
        self.keys.current(Purpose::Sealing).await.unwrap()
    }
}

fn person(hub: &Hub, name: &str) -> Actor {
    hub.tenant("acme").unwrap().person(name).unwrap()
}

async fn store(hub: &Hub, name: &str) -> Store {
    hub.register_store(&person(hub, "alice"), NewStore::new("scripted", name)).await.unwrap()
}

async fn product(hub: &Hub, title: &str) -> ProductId {
    let variant = NewVariant::new(format!("{title}-1"), "12.50 EUR".parse().unwrap(), 40);
    let product = NewProduct::new(title).with_variant(variant);
    hub.save_product(&person(hub, "alice"), product).await.unwrap().id
}

/// A product that alice wants in the store.
async fn asked(hub: &Hub, store: &Store, title: &str) -> BundleView {
    let alice = person(hub, "alice");
    let bundle = hub.publish(&alice, [product(hub, title).await], [store.id]).await.unwrap();
    if bundle.is_ready() { bundle } else { hub.prepare(&alice, bundle.id).await.unwrap() }
}

/// And bob too.
async fn agreed(hub: &Hub, store: &Store, title: &str) -> BundleView {
    let bundle = asked(hub, store, title).await;
    hub.approve(&person(hub, "bob"), &bundle).await.unwrap().all().unwrap();
    bundle
}

async fn work(hub: &Hub) {
    Worker::of(hub).run_until_idle().await.unwrap();
}

/// A product that is in the store, and an order of it that was pulled.
async fn bought(hub: &Hub, shop: &Shop, store: &Store, title: &str) -> Order {
    let alice = person(hub, "alice");
    agreed(hub, store, title).await;
    work(hub).await;
    let listings = hub.listings(&alice, ListingsWanted::In(store.id), None, 9).await.unwrap();
    shop.platform.place_order("main", &[(variant_ref(&listings[0], 0), 1)]).unwrap();
    hub.pull_orders(&alice, store.id).await.unwrap();
    work(hub).await;
    hub.orders(&alice, store.id, OrdersWanted::All, None, 9).await.unwrap().remove(0)
}

async fn entries(hub: &Hub) -> Vec<AuditEntry> {
    hub.audit(&person(hub, "alice"), 0, 10_000).await.unwrap()
}

async fn count(hub: &Hub, action: &str) -> usize {
    entries(hub).await.iter().filter(|entry| entry.entry.action.as_str() == action).count()
}
