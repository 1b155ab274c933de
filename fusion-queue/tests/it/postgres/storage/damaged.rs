use super::*;
use crate::postgres::schema::connection;
use fusion_core::{
    error::{Error, ErrorKind, Retry},
    model::{Location, LocationId, LocationKind, StockItem},
    storage::{Entity, Query, Storage},
};
use sqlx::Executor as _;

/// All that an error shows, with what it came from.
fn shown(error: &Error) -> String {
    let mut all = format!("{error} {error:?}");
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        all += &format!(" {source} {source:?}");
        next = source.source();
    }
    all
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn what_cant_be_read_is_told_with_its_place_and_never_quoted() {
    let (w, schema) = opened().await;
    let (item, place) = (
        w.item("mug"),
        Location { id: LocationId::new(&w.clock), name: "hush".into(), kind: LocationKind::Own },
    );
    w.commit(|c| {
        c.create(item.clone());
        c.create(place.clone());
        c.audit.push(w.entry("one"));
    })
    .await;
    let damage = "UPDATE fusion.records SET body = '{\"hush\":1}';
        UPDATE fusion.audit_waiting SET body = '\"hush\"'";
    connection().await.execute(sqlx::raw_sql(schema.sql(damage))).await.unwrap();
    let errors = [
        Storage::get(&w.db, &w.tenant, &[StockItem::key(item.id)]).await.unwrap_err(),
        Storage::list(&w.db, &w.tenant, &Query::Locations, None, 9).await.unwrap_err(),
        w.db.audit(&w.tenant, 0, 9).await.unwrap_err(),
    ];
    for (error, what) in errors.iter().zip(["stock_item", "location", "audit entry"]) {
        let shown = shown(error);
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(shown.contains(what) && shown.contains(schema.name()), "{shown}");
        assert!(!shown.contains("hush"), "{shown}");
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_refusal_shows_nothing_of_what_a_record_holds() {
    let (w, _schema) = opened().await;
    let item = w.item("hush");
    w.commit(|c| c.create(item.clone())).await;
    let twice = crate::storage::change(|c| c.create(item.clone()));
    let error = w.db.commit(&w.tenant, twice).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(!shown(&error).contains("hush"), "{}", shown(&error));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_full_disk_is_told_as_such_and_nothing_of_the_commit_is_stored() {
    let (w, schema) = opened().await;
    // As the server says it where a file can't grow, at the last thing that the commit writes.
    let full = "CREATE FUNCTION fusion.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON fusion.audit_waiting FOR EACH ROW
        EXECUTE FUNCTION fusion.full_disk()";
    connection().await.execute(sqlx::raw_sql(schema.sql(full))).await.unwrap();
    let item = w.item("mug");
    let changes = || {
        crate::storage::change(|c| {
            c.create(item.clone());
            c.audit.push(w.entry("one"));
        })
    };
    let error = w.db.commit(&w.tenant, changes()).await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::AfterUserAction));
    assert!(error.message().contains("disk"), "{error}");
    assert_eq!(Storage::get(&w.db, &w.tenant, &[StockItem::key(item.id)]).await.unwrap(), [None]);
    let room = "DROP TRIGGER full_disk ON fusion.audit_waiting";
    connection().await.execute(sqlx::raw_sql(schema.sql(room))).await.unwrap();
    drop(w.db.commit(&w.tenant, changes()).await.unwrap());
    assert_eq!(w.db.head(&w.tenant).await.unwrap().sequence, 1);
}
