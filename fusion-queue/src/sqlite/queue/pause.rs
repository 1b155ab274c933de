//! Pauses of kinds, as rows.

use crate::sqlite::{fault::Place, writer::Desk};
use fusion_core::{error::Result, job::JobKind, tenant::Tenant};
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

/// What stands in the column of a kind.
fn column(kind: Option<&JobKind>) -> String {
    kind.map(|kind| kind.as_str().to_owned()).unwrap_or_default()
}

pub(super) async fn pause_kind(desk: &mut Desk<'_>, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
    sqlx::query("INSERT OR IGNORE INTO pauses (tenant, kind) VALUES (?, ?)")
        .bind(tenant.as_str())
        .bind(column(kind))
        .execute(&mut *desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

pub(super) async fn resume_kind(desk: &mut Desk<'_>, tenant: &Tenant, kind: Option<&JobKind>) -> Result<()> {
    sqlx::query("DELETE FROM pauses WHERE tenant = ? AND kind = ?")
        .bind(tenant.as_str())
        .bind(column(kind))
        .execute(&mut *desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

/// Every pause of a kind.
#[derive(Default)]
pub(super) struct Pauses(BTreeSet<(String, String)>);

impl Pauses {
    pub(super) async fn read(connection: &mut SqliteConnection, place: &Place) -> Result<Self> {
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT tenant, kind FROM pauses")
            .fetch_all(connection)
            .await
            .map_err(|source| place.fault(source))?;
        Ok(Self(rows.into_iter().collect()))
    }

    pub(super) fn holds(&self, tenant: &str, kind: &str) -> bool {
        ["", kind].iter().any(|kind| self.0.contains(&(tenant.to_owned(), (*kind).to_owned())))
    }
}
