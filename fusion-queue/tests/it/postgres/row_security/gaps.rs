//! Whatever lets a statement past row security keeps a process from connecting.

use super::*;
use crate::postgres::schema::Schema;
use fusion_core::error::{ErrorKind, Retry};
use fusion_queue::PostgresSettings;

async fn refusal(settings: PostgresSettings) -> String {
    let error = settings.with_row_security().connect().await.expect_err("there is a gap");
    assert_eq!((error.kind(), error.retry()), (ErrorKind::InvalidConfig, Retry::AfterUserAction), "{error}");
    error.to_string()
}

/// What somebody does to a table, and whether a statement under the user tells.
const GAPS: [(&str, bool); 7] = [
    ("DROP POLICY of_tenant ON fusion.TABLE", true),
    ("ALTER POLICY of_tenant ON fusion.TABLE USING (true)", true),
    ("ALTER POLICY of_tenant ON fusion.TABLE WITH CHECK (true)", true),
    ("ALTER POLICY of_tenant ON fusion.TABLE TO CURRENT_USER", true),
    ("CREATE POLICY more ON fusion.TABLE USING (true)", true),
    ("ALTER TABLE fusion.TABLE DISABLE ROW LEVEL SECURITY", true),
    ("ALTER TABLE fusion.TABLE NO FORCE ROW LEVEL SECURITY", false),
];

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_gap_in_any_table_is_named_with_its_mend_and_seen_by_a_statement() {
    let (w, walled) = filled().await;
    drop(w);
    for table in DOMAIN {
        for (gap, is_seen) in GAPS {
            let gap = gap.replace("fusion.TABLE", &format!("fusion.{table}"));
            walled.run(&gap).await;
            let told = refusal(walled.settings()).await;
            assert!(told.contains(&format!("its table {table} ")), "{gap}: {told}");
            let mend = format!("{}.enable_row_security('{}')", walled.schema.name(), walled.user());
            assert!(told.contains(&mend), "{gap}: {told}");
            assert_eq!(trouble(&walled, table).await.is_some(), is_seen, "{gap}");
            walled.run(&format!("DROP POLICY IF EXISTS more ON fusion.{table}")).await;
            walled.enable().await;
            assert_eq!(trouble(&walled, table).await, None, "{gap}");
        }
    }
    walled.settings().connect().await.unwrap();
}

/// What leads past policies that are as they should be, and what undoes it; the mend is told.
fn detours(walled: &Walled) -> Vec<(String, String)> {
    let (schema, owner, user) = (walled.schema.name(), walled.owner(), walled.user());
    let database = walled.database();
    let other = format!("{schema}_other");
    let told = |done: &str, mend: &str| {
        let named = |sql: &str| {
            sql.replace("MAKER", &owner)
                .replace("USER", &user)
                .replace("OTHER", &other)
                .replace("DATABASE_", &database)
        };
        (named(done), named(mend).replace("fusion.", &format!("{schema}.")))
    };
    vec![
        told("GRANT TRUNCATE ON fusion.records TO USER", "REVOKE TRUNCATE ON fusion.records FROM USER"),
        told("GRANT REFERENCES ON fusion.audit TO PUBLIC", "REVOKE REFERENCES ON fusion.audit FROM PUBLIC"),
        told(
            "CREATE ROLE OTHER; GRANT OTHER TO USER; GRANT TRIGGER ON fusion.heads TO OTHER",
            "REVOKE TRIGGER ON fusion.heads FROM OTHER",
        ),
        told("ALTER ROLE USER SET fusion.tenant = 'acme'", "ALTER ROLE USER RESET fusion.tenant"),
        told(
            "ALTER ROLE USER IN DATABASE DATABASE_ SET fusion.tenant = 'acme'",
            "ALTER ROLE USER IN DATABASE DATABASE_ RESET fusion.tenant",
        ),
        told(
            "ALTER DATABASE DATABASE_ SET fusion.tenant = 'acme'",
            "ALTER DATABASE DATABASE_ RESET fusion.tenant",
        ),
        told(
            "CREATE TABLE fusion.more () INHERITS (fusion.records)",
            "ALTER TABLE fusion.more NO INHERIT fusion.records",
        ),
        told(
            "CREATE TABLE fusion.above (tenant text COLLATE \"C\" NOT NULL);
                ALTER TABLE fusion.heads INHERIT fusion.above",
            "ALTER TABLE fusion.heads NO INHERIT fusion.above",
        ),
        told(
            "CREATE VIEW fusion.waiting AS SELECT tenant FROM fusion.audit_waiting;
                ALTER VIEW fusion.waiting OWNER TO MAKER; GRANT SELECT ON fusion.waiting TO USER",
            "ALTER VIEW fusion.waiting SET (security_invoker = true)",
        ),
        told(
            "CREATE VIEW fusion.below WITH (security_invoker = true) AS SELECT * FROM fusion.records;
                CREATE VIEW fusion.report AS SELECT tenant FROM fusion.below;
                GRANT SELECT (tenant) ON fusion.report TO PUBLIC",
            "ALTER VIEW fusion.report SET (security_invoker = true)",
        ),
        told(
            "CREATE MATERIALIZED VIEW fusion.kept AS SELECT * FROM fusion.records;
                GRANT SELECT ON fusion.kept TO USER",
            "DROP MATERIALIZED VIEW fusion.kept",
        ),
    ]
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_way_past_policies_that_hold_is_named_with_its_mend() {
    let walled = Walled::new().await;
    let mut unseen = Vec::new();
    for (done, mend) in detours(&walled) {
        walled.run(&done).await;
        match walled.settings().with_row_security().connect().await {
            Ok(_) => unseen.push(done.clone()),
            Err(told) => assert!(told.to_string().contains(&mend), "{done}: {told}"),
        }
        walled.run(&mend).await;
        walled
            .settings()
            .with_row_security()
            .connect()
            .await
            .unwrap_or_else(|error| panic!("{done}: {error}"));
    }
    assert_eq!(unseen, Vec::<String>::new());
    let (url, schema) = (walled.url(&walled.user()), walled.schema.name());
    let url = format!("{url}?options=-c%20{schema}.tenant%3Dacme");
    let told = refusal(PostgresSettings::new(url).with_schema(schema)).await;
    assert!(told.contains("out of the options of the connection"), "{told}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn policies_that_look_right_and_let_through_another_tenants_row_are_found_by_trying() {
    let walled = Walled::new().await;
    let body = "CREATE OR REPLACE FUNCTION fusion.tenant() RETURNS text LANGUAGE sql STABLE AS";
    walled.run(&format!("{body} $$ SELECT E'\\x01theirs' $$")).await;
    let told = refusal(walled.settings()).await;
    assert!(told.contains("its table records shows a tenant what is another's"), "{told}");
    // Nothing of what was tried is left.
    assert_eq!(walled.schema.count("SELECT count(*) FROM fusion.records").await, 0);
}

/// What somebody does to the policy by which the owner's function sees who has waited longest.
const TURN_GAPS: [&str; 4] = [
    "DROP POLICY whose_turn ON fusion.audit_waiting",
    "ALTER POLICY whose_turn ON fusion.audit_waiting USING (false)",
    "ALTER POLICY whose_turn ON fusion.audit_waiting TO CURRENT_USER",
    "DROP POLICY whose_turn ON fusion.audit_waiting;
        CREATE POLICY whose_turn ON fusion.audit_waiting AS RESTRICTIVE FOR SELECT USING (true)",
];

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn whatever_would_let_entries_wait_for_ever_is_named_with_its_mend() {
    let (w, walled) = filled().await;
    for gap in TURN_GAPS {
        walled.run(gap).await;
        assert_eq!(w.db.chain(9).await.unwrap(), 0, "{gap}");
        let told = refusal(walled.settings()).await;
        assert!(told.contains("its table audit_waiting lacks its policy whose_turn"), "{gap}: {told}");
        walled.enable().await;
        walled.settings().connect().await.unwrap();
    }
    let function = format!("ALTER FUNCTION {}.whose_turn()", walled.schema.name());
    let definer = format!("{function} SECURITY DEFINER");
    let owned = format!("{function} OWNER TO {}", walled.owner());
    for gap in [
        "ALTER FUNCTION fusion.whose_turn() SECURITY INVOKER".to_owned(),
        format!("ALTER FUNCTION fusion.whose_turn() OWNER TO {}", walled.user()),
    ] {
        walled.run(&gap).await;
        assert_eq!(w.db.chain(9).await.unwrap(), 0, "{gap}");
        let told = refusal(walled.settings()).await;
        assert!(told.contains(&format!("say {definer} and {owned}")), "{gap}: {told}");
        walled.run(&format!("{definer}; {owned}")).await;
        walled.settings().connect().await.unwrap();
    }
    assert_eq!(w.db.chain(9).await.unwrap(), 2, "of each tenant's last commit");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_user_whom_no_policy_holds_is_refused_by_name() {
    let walled = Walled::new().await;
    let (owner, user) = (walled.owner(), walled.user());
    let other = format!("{}_other", walled.schema.name());
    let dropped = format!("DROP ROLE {other}");
    for (done, undone, why) in [
        (
            format!("CREATE ROLE {other} SUPERUSER; GRANT {other} TO {user}"),
            dropped.clone(),
            format!("{other}, a superuser"),
        ),
        (
            format!("CREATE ROLE {other} BYPASSRLS; GRANT {other} TO {user}; ALTER ROLE {user} NOINHERIT"),
            format!("ALTER ROLE {user} INHERIT; {dropped}"),
            format!("may act as {other}, let past every policy (BYPASSRLS)"),
        ),
        (
            format!("ALTER ROLE {user} SUPERUSER"),
            format!("ALTER ROLE {user} NOSUPERUSER"),
            "is a superuser".to_owned(),
        ),
        (
            format!("ALTER ROLE {user} BYPASSRLS"),
            format!("ALTER ROLE {user} NOBYPASSRLS"),
            "is let past".to_owned(),
        ),
        (format!("GRANT {owner} TO {user}"), format!("REVOKE {owner} FROM {user}"), "its owner".to_owned()),
    ] {
        walled.run(&done).await;
        let told = refusal(walled.settings()).await;
        assert!(told.contains(&why) && told.contains(&format!("the user {user}")), "{done}: {told}");
        walled.run(&undone).await;
        walled.settings().connect().await.unwrap();
    }
    let told = refusal(walled.settings_of(&owner)).await;
    assert!(told.contains("who owns the table records"), "{told}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn who_has_connected_is_refused_as_well_as_whom_it_acts_as() {
    let walled = Walled::new().await;
    let (owner, user) = (walled.owner(), walled.user());
    let acting = format!("&options=-c%20role%3D{user}");
    let told = refusal(walled.schema.settings_with(&acting)).await;
    assert!(told.contains("who is a superuser"), "{told}");
    walled.run(&format!("GRANT {user} TO {owner}")).await;
    let url = format!("{}?{}", walled.url(&owner), acting.trim_start_matches('&'));
    let told = refusal(PostgresSettings::new(url).with_schema(walled.schema.name())).await;
    assert!(told.contains(&format!("the user {owner}, who owns the table records")), "{told}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_schema_that_isnt_there_or_isnt_this_releases_is_left_to_its_owner() {
    let schema = Schema::new();
    let told = refusal(schema.settings()).await;
    assert!(told.contains("its owner connects once without row security"), "{told}");
    let sql = format!("SELECT count(*) FROM pg_namespace WHERE nspname = '{}'", schema.name());
    assert_eq!(schema.count(&sql).await, 0);
    let walled = Walled::new().await;
    walled.run("DELETE FROM fusion.migrations").await;
    let told = refusal(walled.settings()).await;
    assert!(told.contains("its owner connects once without row security"), "{told}");
}
