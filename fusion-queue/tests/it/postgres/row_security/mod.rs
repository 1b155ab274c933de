//! Under row security: a user who isn't the owner of the schema, which its owner has opened to them.

mod gaps;
mod walled;

use super::pooled::pooled;
use crate::{fixture::World, storage::change};
use fusion_core::{
    model::{LocationId, MoveId, MoveKind, StockItemId, StockMove},
    storage::{ChangeSet, Query, Storage, Version, Write},
    tenant::Tenant,
    testkit::TestClock,
};
use fusion_queue::Postgres;
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};
use std::sync::Arc;
pub(crate) use walled::Walled;

async fn fresh(clock: TestClock) -> (Postgres, Walled) {
    let walled = Walled::new().await;
    (walled.settings().with_clock(Arc::new(clock)).connect().await.unwrap(), walled)
}

fusion_core::storage_conformance!(
    #[ignore = "needs a PostgreSQL server"]
    fresh
);

crate::storage::commit::commits!(
    #[ignore = "needs a PostgreSQL server"]
    fresh
);

/// The tables that hold what a tenant's records say.
const DOMAIN: [&str; 6] = ["records", "lookups", "unique_keys", "audit_waiting", "audit", "heads"];

/// Those with a tenant that workers go over for all tenants at once.
const OF_THE_QUEUE: [&str; 10] =
    ["lanes", "gates", "pauses", "jobs", "keys", "loose", "ended", "slots", "errands", "tokens_seen"];

/// With rows of both tenants in every table of the domain.
async fn filled() -> (World<TestClock, Postgres>, Walled) {
    let clock = World::new().clock;
    let (db, walled) = fresh(clock.clone()).await;
    let w = World::over(clock, db);
    for tenant in [&w.tenant, &w.other] {
        drop(w.db.commit(tenant, moved(&w)).await.unwrap());
        w.db.head(tenant).await.unwrap();
        drop(w.db.commit(tenant, moved(&w)).await.unwrap());
    }
    (w, walled)
}

/// A record that is looked up and claims what may be there only once, with its audit entry.
fn moved<D>(w: &World<TestClock, D>) -> ChangeSet {
    let id = MoveId::new(&w.clock);
    change(|c| {
        c.create(StockMove {
            id,
            item: StockItemId::new(&w.clock),
            location: LocationId::new(&w.clock),
            delta: 1,
            kind: MoveKind::Adjust,
            cause: "a count".to_owned(),
            at: fusion_core::clock::Timestamp::EPOCH,
        });
        c.audit.push(w.entry(&id.to_string()));
    })
}

/// What a statement under the user can do to `table` that it mustn't, or can't that it must; nothing of it stays.
async fn trouble(walled: &Walled, table: &str) -> Option<String> {
    let mut user = walled.connection(&walled.user()).await;
    let told = tried(&mut user, walled, table).await;
    // What it has begun would lock the table.
    user.close().await.unwrap();
    told
}

async fn tried(user: &mut PgConnection, walled: &Walled, table: &str) -> Option<String> {
    let schema = &walled.schema;
    let name = async |user: &mut PgConnection, tenant: &str| {
        let sql = format!("SELECT set_config('fusion.tenant', '{tenant}', true)");
        user.execute(schema.sql(&sql)).await.unwrap();
    };
    for (tenant, wanted) in [(None, vec![]), (Some("acme"), vec!["acme"]), (Some("bolt"), vec!["bolt"])] {
        let mut user = user.begin().await.unwrap();
        if let Some(tenant) = tenant {
            name(&mut user, tenant).await;
        }
        let sql = format!("SELECT DISTINCT tenant FROM fusion.{table}");
        let rows = user.fetch_all(schema.sql(&sql)).await.unwrap();
        let seen: Vec<String> = rows.iter().map(|row| row.get("tenant")).collect();
        if seen != wanted {
            return Some(format!("{tenant:?} sees what {seen:?} have"));
        }
    }
    let theirs = "jsonb_populate_record(t, '{\"tenant\":\"bolt\"}')";
    for (sql, refused) in [
        (
            format!(
                "INSERT INTO fusion.{table} OVERRIDING SYSTEM VALUE SELECT ({theirs}).* FROM fusion.{table} t"
            ),
            true,
        ),
        (format!("UPDATE fusion.{table} SET tenant = 'bolt'"), true),
        (format!("UPDATE fusion.{table} SET tenant = tenant WHERE tenant <> 'acme'"), false),
        (format!("DELETE FROM fusion.{table} WHERE tenant <> 'acme'"), false),
    ] {
        let mut user = user.begin().await.unwrap();
        name(&mut user, "acme").await;
        let told = match user.execute(schema.sql(&sql)).await {
            Ok(done) if !refused && done.rows_affected() == 0 => continue,
            Ok(done) => format!("changed {} rows", done.rows_affected()),
            Err(error) => match error.as_database_error().and_then(|told| told.code()) {
                Some(code) if refused && code == "42501" => continue,
                _ => error.to_string(),
            },
        };
        return Some(format!("{sql}: {told}"));
    }
    None
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_statement_under_the_user_reaches_the_rows_of_the_tenant_that_it_names_and_no_others() {
    let (_w, walled) = filled().await;
    let mut user = walled.connection(&walled.user()).await;
    for table in DOMAIN {
        assert_eq!(trouble(&walled, table).await, None, "{table}");
    }
    // Nothing stays behind the transaction that named one.
    user.execute(walled.schema.sql("SELECT fusion.find('acme', '{}', '{}')")).await.unwrap();
    let seen = user.fetch_all(walled.schema.sql("SELECT FROM fusion.records")).await.unwrap();
    assert_eq!(seen.len(), 0);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn the_user_changes_no_table_and_no_migration() {
    let walled = Walled::new().await;
    let mut user = walled.connection(&walled.user()).await;
    for sql in [
        "TRUNCATE fusion.records",
        "ALTER TABLE fusion.records DISABLE ROW LEVEL SECURITY",
        "DROP POLICY of_tenant ON fusion.records",
        "DELETE FROM fusion.migrations",
        "CREATE TABLE fusion.copies (id bigint)",
    ] {
        let error = user.execute(walled.schema.sql(sql)).await.unwrap_err();
        let code = error.as_database_error().and_then(|told| told.code()).map(|code| code.into_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{sql}: {error}");
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn every_table_that_has_a_tenant_is_under_row_security_or_the_queues() {
    let walled = Walled::new().await;
    let schema = &walled.schema;
    let mut owner = walled.connection(&walled.owner()).await;
    let sql = "SELECT c.relname::text AS name, c.relname = ANY (fusion.walled()) AS is_walled FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant'
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace =
            (SELECT r.relnamespace FROM pg_class r WHERE r.oid = 'fusion.records'::regclass)";
    let rows = owner.fetch_all(schema.sql(sql)).await.unwrap();
    let (mut domain, mut queue): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for row in rows {
        if row.get("is_walled") { domain.push(row.get("name")) } else { queue.push(row.get("name")) }
    }
    domain.sort();
    queue.sort();
    let sorted = |names: &[&str]| {
        let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(domain, sorted(&DOMAIN));
    assert_eq!(queue, sorted(&OF_THE_QUEUE), "a new one is the queue's, or stands in fusion.walled()");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn every_function_that_names_a_tenant_is_volatile() {
    let walled = Walled::new().await;
    let named = "SELECT count(*) FROM pg_proc p JOIN pg_proc t ON t.pronamespace = p.pronamespace
        WHERE t.oid = 'fusion.tenant()'::regprocedure AND p.prosrc LIKE '%set_config(''fusion.tenant''%'";
    let all = walled.schema.count(named).await;
    assert!(all >= 9, "{all}");
    assert_eq!(walled.schema.count(&format!("{named} AND p.provolatile = 'v'")).await, all);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn tenants_whose_statements_share_the_sessions_of_a_pooler_stay_apart() {
    let walled = Walled::new().await;
    let clock = World::new().clock;
    let settings = pooled(&walled.url(&walled.user()), walled.schema.name()).await;
    let settings = settings.with_row_security().with_clock(Arc::new(clock.clone()));
    let w = World::over(clock, settings.connect().await.unwrap());
    let of = async |tenant: &Tenant| {
        for nth in 1..=20 {
            let changes = moved(&w);
            let Write { key, record, .. } = changes.writes[0].clone();
            drop(w.db.commit(tenant, changes).await.unwrap());
            let query = Query::MovesBecause("a count".to_owned());
            assert_eq!(w.db.list(tenant, &query, None, 100).await.unwrap().len(), nth);
            let again = Write { key: key.clone(), expect: Version(1), record };
            drop(w.db.commit(tenant, change(|c| c.writes.push(again))).await.unwrap());
            assert!(w.db.get(tenant, &[key]).await.unwrap()[0].is_some());
        }
        w.db.audit(tenant, 0, 100).await.unwrap().len()
    };
    assert_eq!(tokio::join!(of(&w.tenant), of(&w.other)), (20, 20));
}
