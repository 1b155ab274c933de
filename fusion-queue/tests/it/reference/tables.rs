use super::hold;
use crate::postgres::schema::{Schema, connection};
use fusion_queue::sqlite::SqliteSettings;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection, postgres::PgRow, sqlite::SqliteRow};
use std::{collections::BTreeMap, path::Path};

const HEAD: &str = "# Tables

Written by the test `the_tables_are_those_of_a_fresh_database` from the catalogues of databases that were just made, and \
from the line above each table in `fusion-queue/src/*/*.sql`; `FUSION_WRITE_DOCS=1 cargo test -p fusion-queue \
--all-features --test it the_tables_are` writes it anew. What may be there once, and what is asked: [rules](rules.md).

`?`: the column may be null. Moments are microseconds since 1970, hashes have 32 bytes, a `body` is JSON. Nothing but \
the library writes here: functions and rows are a release's own.
";

const ON_POSTGRES: &str = "
## PostgreSQL

In a schema of its own, `fusion` where the settings name no other. *By tenant*: under row security where that is on.
";

const ON_SQLITE: &str = "
## SQLite

In one file.
";

/// What is told of a table or view.
struct Table {
    name: String,
    kind: &'static str,
    columns: String,
    indexes: Vec<String>,
}

/// What stands above each `CREATE TABLE` and `CREATE VIEW` in the folder's files, by the name of what they make.
fn purposes(folder: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "sql") {
            continue;
        }
        let mut above: Vec<String> = Vec::new();
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let made = ["CREATE TABLE IF NOT EXISTS ", "CREATE TABLE ", "CREATE VIEW "];
            if let Some(words) = line.strip_prefix("-- ") {
                above.push(words.to_owned());
                continue;
            }
            if let Some(name) = made.iter().find_map(|made| line.strip_prefix(made)) {
                let name = name.split([' ', '(']).next().unwrap().trim_start_matches("fusion.");
                found.insert(name.to_owned(), above.join(" "));
            }
            above.clear();
        }
    }
    found
}

fn section(folder: &str, tables: Vec<Table>) -> String {
    let purposes = purposes(folder);
    assert!(tables.len() > 10);
    let mut text = String::new();
    for Table { name, kind, columns, indexes } in tables {
        let purpose = purposes.get(&name).filter(|purpose| !purpose.is_empty());
        let purpose =
            purpose.unwrap_or_else(|| panic!("{folder}: no line above the table {name} says what it is for"));
        text += &format!("\n### {name}{kind}\n\n{purpose}\n\n- Columns: {columns}\n");
        indexes.iter().for_each(|index| text += &format!("- {index}\n"));
    }
    text
}

fn index(sort: &str, columns: &str, only: Option<String>) -> String {
    match only {
        Some(only) => format!("{sort}: `{columns}`, where `{only}`"),
        None => format!("{sort}: `{columns}`"),
    }
}

async fn on_postgres() -> String {
    let schema = Schema::new();
    drop(schema.settings().connect().await.unwrap());
    let (mut db, name) = (connection().await, schema.name());
    let sql = format!(
        "SELECT c.oid::bigint AS id, c.relname::text AS name, c.relkind = 'v' AS is_view,
            c.relname = ANY (fusion.walled()) AS is_walled,
            (SELECT string_agg(format('`%s` %s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                CASE WHEN a.attnotnull OR c.relkind = 'v' THEN '' ELSE '?' END), ', ' ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = '{name}'
        WHERE c.relkind IN ('r', 'v') ORDER BY c.relname COLLATE \"C\""
    );
    let of_table = "SELECT i.indisprimary AS is_key, i.indisunique AS is_unique, c.relname::text AS name,
            (SELECT string_agg(pg_get_indexdef(i.indexrelid, n, false), ', ' ORDER BY n)
            FROM generate_series(1, i.indnkeyatts) AS n) AS columns,
            pg_get_expr(i.indpred, i.indrelid) AS only
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = $1::oid
        ORDER BY i.indisprimary DESC, c.relname COLLATE \"C\"";
    let mut tables = Vec::new();
    for row in sqlx::query(schema.sql(&sql)).fetch_all(&mut db).await.unwrap() {
        let told = |row: PgRow| {
            let sort = match (row.get("is_key"), row.get("is_unique")) {
                (true, _) => "Key".to_owned(),
                (_, true) => format!("Unique `{}`", row.get::<&str, _>("name")),
                _ => format!("Index `{}`", row.get::<&str, _>("name")),
            };
            index(&sort, row.get("columns"), row.get("only"))
        };
        let id: i64 = row.get("id");
        let indexes = sqlx::query(of_table).bind(id).fetch_all(&mut db).await.unwrap();
        let mut indexes: Vec<String> = indexes.into_iter().map(told).collect();
        if row.get("is_walled") {
            indexes.push("By tenant".to_owned());
        }
        let kind = if row.get("is_view") { " (view)" } else { "" };
        tables.push(Table { name: row.get("name"), kind, columns: row.get("columns"), indexes });
    }
    section("src/postgres/sql", tables)
}

async fn on_sqlite() -> String {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("fusion.db");
    drop(SqliteSettings::new(&path).open_with_queue().await.unwrap());
    let mut db = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let names =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let names: Vec<String> = sqlx::query_scalar(names).fetch_all(&mut db).await.unwrap();
    let mut tables = Vec::new();
    for name in names {
        let sql = format!(
            "SELECT name, lower(type) AS type, \"notnull\" OR pk > 0 AS is_there, pk FROM pragma_table_info('{name}')"
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut db).await.unwrap();
        let column = |row: &SqliteRow| {
            let sign = if row.get::<i64, _>("is_there") == 1 { "" } else { "?" };
            format!("`{}` {}{sign}", row.get::<&str, _>("name"), row.get::<&str, _>("type"))
        };
        let columns: Vec<String> = rows.iter().map(column).collect();
        let mut key: Vec<(i64, &str)> = rows.iter().map(|row| (row.get("pk"), row.get("name"))).collect();
        key.retain(|(place, _)| *place > 0);
        key.sort_unstable();
        let key: Vec<&str> = key.into_iter().map(|(_, name)| name).collect();
        let mut indexes = vec![index("Key", &key.join(", "), None)];
        let sql = format!(
            "SELECT l.name, l.origin, l.\"unique\" AS is_unique, s.sql,
                (SELECT group_concat(i.name, ', ') FROM pragma_index_info(l.name) i) AS columns
            FROM pragma_index_list('{name}') l LEFT JOIN sqlite_schema s ON s.name = l.name
            WHERE l.origin <> 'pk' ORDER BY l.name"
        );
        for row in sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut db).await.unwrap() {
            let made: Option<String> = row.get("sql");
            let only = made.as_deref().and_then(|sql| sql.split_once("WHERE "));
            let only = only.map(|(_, only)| only.split_whitespace().collect::<Vec<_>>().join(" "));
            let sort = match (row.get::<&str, _>("origin"), row.get::<i64, _>("is_unique")) {
                ("u", _) => "Unique".to_owned(),
                (_, 1) => format!("Unique `{}`", row.get::<&str, _>("name")),
                _ => format!("Index `{}`", row.get::<&str, _>("name")),
            };
            indexes.push(index(&sort, row.get("columns"), only));
        }
        tables.push(Table { name, kind: "", columns: columns.join(", "), indexes });
    }
    section("src/sqlite", tables)
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn the_tables_are_those_of_a_fresh_database() {
    let page = HEAD.to_owned() + ON_POSTGRES + &on_postgres().await + ON_SQLITE + &on_sqlite().await;
    hold("tables.md", &page);
}
