//! What has become of every job, noted by the database itself.

use super::Place;
use fusion_core::model::JobId;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use uuid::Uuid;

pub(super) struct Entry {
    pub(super) job: JobId,
    /// How often it has ended.
    pub(super) ends: i64,
    /// When, among all.
    pub(super) nth: i64,
    /// What the attempt that was settled has done to the world.
    pub(super) effects: i64,
}

const ON_SERVER: &str = "
    CREATE TABLE fusion.effects (job uuid NOT NULL, token bigint NOT NULL);
    CREATE INDEX effects_of ON fusion.effects (job);
    CREATE TABLE fusion.ledger (nth bigserial PRIMARY KEY, job uuid NOT NULL);
    CREATE INDEX ledger_of ON fusion.ledger (job);
    CREATE FUNCTION fusion.note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO fusion.ledger (job) VALUES (NEW.id); RETURN NULL; END $$;
    CREATE TRIGGER noted AFTER INSERT ON fusion.ended FOR EACH ROW EXECUTE FUNCTION fusion.note()";

const IN_FILE: &str = "
    CREATE TABLE effects (job BLOB NOT NULL, token INTEGER NOT NULL);
    CREATE INDEX effects_of ON effects (job);
    CREATE TABLE ledger (nth INTEGER PRIMARY KEY AUTOINCREMENT, job BLOB NOT NULL);
    CREATE INDEX ledger_of ON ledger (job);
    CREATE TRIGGER noted AFTER UPDATE OF status ON jobs WHEN NEW.ended IS NOT NULL
    BEGIN INSERT INTO ledger (job) VALUES (NEW.id); END";

const ENTRIES: &str = "
    SELECT j.id, (SELECT count(*) FROM fusion.ledger l WHERE l.job = j.id),
        (SELECT coalesce(max(l.nth), 0) FROM fusion.ledger l WHERE l.job = j.id),
        (SELECT count(*) FROM fusion.effects e WHERE e.job = j.id AND e.token = j.settled)
    FROM (SELECT id, settled FROM fusion.jobs UNION ALL SELECT id, settled FROM fusion.ended) j";

type Row = (Uuid, i64, i64, i64);

impl Place {
    pub(super) async fn make_ledger(&self) {
        match self {
            Self::Server { url, schema } => {
                let sql = AssertSqlSafe(ON_SERVER.replace("fusion.", &format!("{schema}.")));
                let mut connection = PgConnection::connect(url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            }
            Self::File(path) => {
                let url = format!("sqlite:{}", path.display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                sqlx::raw_sql(IN_FILE).execute(&mut connection).await.unwrap();
            }
        }
    }

    pub(super) async fn ledger(&self) -> Vec<Entry> {
        let rows: Vec<Row> = match self {
            Self::Server { url, schema } => {
                let sql = AssertSqlSafe(ENTRIES.replace("fusion.", &format!("{schema}.")));
                let mut connection = PgConnection::connect(url).await.unwrap();
                sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap()
            }
            Self::File(path) => {
                let sql = ENTRIES.replace(" UNION ALL SELECT id, settled FROM fusion.ended", "");
                let sql = AssertSqlSafe(sql.replace("fusion.", ""));
                let url = format!("sqlite:{}", path.display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap()
            }
        };
        let entry = |(id, ends, nth, effects)| Entry { job: JobId::from_uuid(id), ends, nth, effects };
        rows.into_iter().map(entry).collect()
    }
}
