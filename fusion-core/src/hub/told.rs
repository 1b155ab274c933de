//! What a store was last told about stock: kept, so that nothing is told twice and no refusal is repeated.

use super::{Hub, commit::Rounds};
use crate::{
    audit::{Action, NewAudit, Subject, SubjectKind},
    canonical::{self, Hash},
    error::{Failure, Result},
    job::{Settled, Settlement},
    model::{Listing, PushMark, PushedRow, StockRow},
    storage::{ChangeSet, Version, find},
    tenant::{Actor, Tenant},
};
use serde_json::{Value, json};

impl Hub {
    /// Remembers what the store was told, with the job's end where it ends.
    pub(super) async fn keep_told(
        &self,
        tenant: &Tenant,
        listing: &Listing,
        told: &[StockRow],
        refused: Option<(Hash, Failure)>,
        settle: Option<Settlement>,
    ) -> Result<Option<Settled>> {
        let nothing = told.is_empty() && refused.is_none();
        if nothing && settle.is_none() {
            return Ok(None);
        }
        let policy = self.policy_of(tenant).await?.value.hash;
        // Only another push of this listing can be in the way, and there is one at a time.
        let mut rounds = Rounds::of("what the store was told");
        loop {
            let known = find::<PushMark>(&*self.0.backend, tenant, listing.id).await?;
            let (rows, version) =
                known.map_or_else(|| (Vec::new(), Version::NEW), |mark| (mark.value.rows, mark.version));
            let mut mark =
                PushMark { listing: listing.id, rows, refused: refused.clone(), at: self.0.clock.now() };
            for row in told {
                keep_row(&mut mark.rows, row);
            }
            let mut changes = ChangeSet { settle: settle.clone(), ..ChangeSet::default() };
            if !nothing {
                changes.update(version, mark);
                changes.audit.push(self.push_entry(tenant, listing, told, policy)?);
            }
            if let Some(committed) = rounds.store(self, tenant, changes).await? {
                return Ok(committed.settled);
            }
        }
    }

    fn push_entry(
        &self,
        tenant: &Tenant,
        listing: &Listing,
        told: &[StockRow],
        policy: Hash,
    ) -> Result<NewAudit> {
        let by = Actor::system(tenant, "stock").signature().clone();
        let subject = Subject::new(SubjectKind::Listing, listing.id);
        let sequence = told.iter().map(|row| row.sequence).max().unwrap_or_default();
        let details =
            json!({ "policy": policy, "rows": rows_hash(told)?, "count": told.len(), "sequence": sequence });
        NewAudit::new(by, Action::StockPushed, subject, self.0.clock.now()).with_details(details)
    }
}

pub(super) fn rows_hash(rows: &[StockRow]) -> Result<Hash> {
    let told: Vec<Value> = rows
        .iter()
        .map(|row| json!([row.variant, row.refs.current(), row.location, row.available]))
        .collect();
    canonical::hash(&told)
}

/// Rows that the store wasn't told already.
pub(super) fn not_told(rows: Vec<StockRow>, mark: Option<&PushMark>) -> Vec<StockRow> {
    let Some(mark) = mark else { return rows };
    let is_told = |row: &StockRow| {
        mark.rows.iter().any(|told| {
            told.variant == row.variant
                && told.location == row.location
                && told.refs == row.refs.current()
                && told.available == row.available
        })
    };
    rows.into_iter().filter(|row| !is_told(row)).collect()
}

fn keep_row(rows: &mut Vec<PushedRow>, row: &StockRow) {
    let told = PushedRow {
        variant: row.variant,
        location: row.location.clone(),
        refs: row.refs.current().to_vec(),
        available: row.available,
    };
    match rows.iter_mut().find(|known| known.variant == told.variant && known.location == told.location) {
        Some(known) => *known = told,
        None => rows.push(told),
    }
}
