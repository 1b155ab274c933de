use super::*;
use fusion_core::{
    ErrorKind,
    error::{Fate, Retry},
};
use sqlx::{Connection as _, Executor as _, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{fs, time::Duration};

pub(super) async fn raw(folder: &TempDir) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(folder.path().join(FILE)).create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// Opening fails by a setting that somebody has to change, says `word`, and leaves the file as it is.
async fn refused(folder: &TempDir, word: &str) {
    let bytes = || fs::read(folder.path().join(FILE)).unwrap();
    let before = bytes();
    let error = settings(folder).open().await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::InvalidConfig, Retry::AfterUserAction));
    assert!(error.message().contains(word) && error.message().contains(FILE), "{error}");
    assert_eq!(bytes(), before);
}

#[tokio::test]
async fn a_folder_that_isnt_there_is_named() {
    let folder = TempDir::new().unwrap();
    let error = settings(folder.path().join("nowhere")).open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.message().contains("nowhere") && error.message().contains("folder"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(FILE), "a letter to a friend, and a long one. ".repeat(50)).unwrap();
    refused(&folder, "no database").await;
}

#[tokio::test]
async fn another_programs_database_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let mut other = raw(&folder).await;
    other.execute("CREATE TABLE records (theirs TEXT)").await.unwrap();
    other.close().await.unwrap();
    refused(&folder, "another program").await;
}

#[tokio::test]
async fn a_newer_releases_file_is_refused_unless_that_release_says_otherwise() {
    let folder = TempDir::new().unwrap();
    let (w, db) = (World::new(), opened(&folder).await);
    drop(db.commit(&w.tenant, numbered(&w, 1)).await.unwrap());
    drop(db);
    let mut newer = raw(&folder).await;
    newer.execute("INSERT INTO fusion_migrations VALUES (11, 1)").await.unwrap();
    assert!(is_there(&opened(&folder).await, &w, 1).await);
    newer.execute("UPDATE fusion_migrations SET schema_min = 11 WHERE number = 11").await.unwrap();
    newer.close().await.unwrap();
    let error = settings(&folder).open().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.message().contains("newer release"), "{error}");
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_file_as_it_was() {
    let folder = TempDir::new().unwrap();
    let mut half = raw(&folder).await;
    half.execute("PRAGMA application_id = 1182102382").await.unwrap();
    half.execute("CREATE TABLE heads (in_the_way TEXT)").await.unwrap();
    assert_eq!(settings(&folder).open().await.unwrap_err().kind(), ErrorKind::Internal);
    half.execute("DROP TABLE heads").await.unwrap();
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut half).await.unwrap();
    assert_eq!(tables, 0);
    half.close().await.unwrap();
    opened(&folder).await;
}

#[tokio::test]
async fn a_locked_file_is_unavailable_for_the_moment_and_nothing_is_stored() {
    let folder = TempDir::new().unwrap();
    let w = World::new();
    let db = settings(&folder).with_busy_timeout(Duration::from_millis(1)).open().await.unwrap();
    let mut other = raw(&folder).await;
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let error = db.commit(&w.tenant, numbered(&w, 1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!((error.retry(), error.fate()), (Retry::Backoff, Fate::NotSent));
    // Reading goes on.
    assert!(!is_there(&db, &w, 1).await);
    other.execute("ROLLBACK").await.unwrap();
    drop(db.commit(&w.tenant, numbered(&w, 1)).await.unwrap());
    assert!(is_there(&db, &w, 1).await);
}

#[tokio::test]
async fn a_new_file_that_is_locked_is_unavailable_for_the_moment_and_made_by_the_next_start() {
    let folder = TempDir::new().unwrap();
    let mut other = raw(&folder).await;
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let error = settings(&folder).with_busy_timeout(Duration::from_millis(1)).open().await.unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Backoff), "{error:?}");
    other.execute("ROLLBACK").await.unwrap();
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut other).await.unwrap();
    assert_eq!(tables, 0);
    other.close().await.unwrap();
    let (w, db) = (World::new(), opened(&folder).await);
    drop(db.commit(&w.tenant, numbered(&w, 1)).await.unwrap());
    assert!(is_there(&db, &w, 1).await);
}

#[tokio::test]
async fn a_record_that_cant_be_read_is_told_and_never_left_out() {
    let folder = TempDir::new().unwrap();
    let (w, db) = (World::new(), opened(&folder).await);
    drop(db.commit(&w.tenant, numbered(&w, 1)).await.unwrap());
    let mut other = raw(&folder).await;
    other.execute("UPDATE records SET body = '{\"location\":{}}' WHERE kind = 'location'").await.unwrap();
    assert_eq!(db.get(&w.tenant, &keys(1)).await.unwrap_err().kind(), ErrorKind::Internal);
    let query = fusion_core::storage::Query::Locations;
    assert_eq!(db.list(&w.tenant, &query, None, 9).await.unwrap_err().kind(), ErrorKind::Internal);
}
