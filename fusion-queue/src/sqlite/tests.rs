use super::{
    SqliteStorage,
    rows::STATEMENTS,
    table::{FOUND, HELD},
};
use tempfile::TempDir;

#[tokio::test]
async fn no_statement_of_a_commit_looks_through_a_table() {
    let folder = TempDir::new().unwrap();
    let db = SqliteStorage::open(folder.path().join("fusion.db")).await.unwrap();
    for sql in STATEMENTS.into_iter().chain([FOUND, HELD]) {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let rows: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(explain).fetch_all(&db.0.readers).await.unwrap();
        assert!(!rows.is_empty(), "{sql}");
        for (.., line) in rows {
            let scans = line.starts_with("SCAN ") && !line.contains("VIRTUAL TABLE");
            assert!(!scans, "{sql}: {line}");
        }
    }
}
