//! The storage contract, and typed reads over it.

use super::{ChangeSet, Committed, Entity, Key, Query, Record, Version, Versioned};
use crate::{
    audit::{AuditEntry, Head, TrustedCheckpoint},
    clock::Clock,
    error::{Error, ErrorKind, Result},
    tenant::Tenant,
};
use async_trait::async_trait;
use std::sync::Arc;

/// A listed record.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its key.
    pub key: Key,
    /// How often it was written.
    pub version: Version,
    /// What it holds.
    pub record: Record,
}

/// Keeps every record of every tenant.
///
/// Implementors promise, beside each method's text, that these hold in the database itself: one listing for each
/// (store, current ref of a unique kind, of the listing or a variant), one listing for each (store, product), one order
/// for each (store, current ref of a unique kind), one webhook delivery for each (connection, topic, hash of the
/// body), one open doubt for each (store, question), one store for each
/// (platform, the platform's id of the storefront), one request for each caller's key, one move for each (cause,
/// kind, item, location), one live grant for each (request, revision), one counting vote for each (request,
/// revision, person); a second one is refused with [`ErrorKind::AlreadyExists`]. Steps, revisions and audit
/// entries are never changed. No read or write of a tenant touches another's rows.
#[async_trait]
pub trait Storage: Send + Sync {
    /// The records under `keys`, in order.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>>;

    /// Up to `limit` records that `query` asks for, by key, from behind `after`.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>>;

    /// Up to `limit` audit entries numbered above `after`. The tenant is chained first, so nothing that was
    /// committed before the call is missing.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>>;

    /// The end of the tenant's chain, with all that was committed before the call; before the first entry the
    /// tenant's genesis.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    async fn head(&self, tenant: &Tenant) -> Result<Head>;

    /// Drops the chained entries up to the one that was signed; how many. The rest stays as it is, the next entry follows
    /// on the last, and what is gone already is no error; up to the genesis nothing is dropped. [`may_drop`] says whether
    /// the chain goes through what was signed.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: it doesn't, and nothing is dropped. [`ErrorKind::Unsupported`]: every entry is kept.
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    ///
    /// # Cancellation
    /// Dropping the future leaves the oldest of them dropped, or none.
    async fn drop_audit(&self, _tenant: &Tenant, _through: &TrustedCheckpoint) -> Result<u64> {
        Err(Error::new(ErrorKind::Unsupported, "this storage keeps every audit entry"))
    }

    /// Numbers and chains up to `limit` committed entries of whichever tenants have some; how many were chained.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage was not reached.
    async fn chain(&self, limit: usize) -> Result<usize>;

    /// Stores all of `changes` or nothing. Order of the checks: time, fence, versions, domain rules.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`]: `not_after` has passed. [`ErrorKind::Fenced`]: the fence's lease is lost.
    /// [`ErrorKind::Conflict`]: a version is another; read again and decide again.
    /// [`ErrorKind::AlreadyExists`]: a domain rule. [`ErrorKind::Refused`]: a step or a revision would be changed.
    /// [`ErrorKind::InvalidInput`]: a record under a key that isn't its own, or an audit entry that has no canonical
    /// form. [`ErrorKind::Unavailable`] with fate `Unknown`: it may be stored; reading tells.
    ///
    /// # Cancellation
    /// Dropping the future leaves all of it stored or nothing.
    async fn commit(&self, tenant: &Tenant, changes: ChangeSet) -> Result<Committed>;

    /// The clock that everybody who shares this storage uses.
    fn clock(&self) -> Arc<dyn Clock>;

    /// Whether what is stored outlives the process; what doesn't may use keys that don't either.
    fn is_lasting(&self) -> bool;
}

#[async_trait]
impl<T: Storage + ?Sized> Storage for Arc<T> {
    async fn get(&self, tenant: &Tenant, keys: &[Key]) -> Result<Vec<Option<Versioned<Record>>>> {
        (**self).get(tenant, keys).await
    }
    async fn list(
        &self,
        tenant: &Tenant,
        query: &Query,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        (**self).list(tenant, query, after, limit).await
    }
    async fn audit(&self, tenant: &Tenant, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        (**self).audit(tenant, after, limit).await
    }
    async fn head(&self, tenant: &Tenant) -> Result<Head> {
        (**self).head(tenant).await
    }
    async fn drop_audit(&self, tenant: &Tenant, through: &TrustedCheckpoint) -> Result<u64> {
        (**self).drop_audit(tenant, through).await
    }
    async fn chain(&self, limit: usize) -> Result<usize> {
        (**self).chain(limit).await
    }
    async fn commit(&self, tenant: &Tenant, changes: ChangeSet) -> Result<Committed> {
        (**self).commit(tenant, changes).await
    }
    fn clock(&self) -> Arc<dyn Clock> {
        (**self).clock()
    }
    fn is_lasting(&self) -> bool {
        (**self).is_lasting()
    }
}

/// Whether the tenant's chain goes through what was signed and still has entries up to there; `false`: they are gone.
///
/// # Errors
/// [`ErrorKind::Refused`]: the chain doesn't go through it. [`ErrorKind::Unavailable`]: storage was not reached.
pub async fn may_drop(
    storage: &(impl Storage + ?Sized),
    tenant: &Tenant,
    through: &TrustedCheckpoint,
) -> Result<bool> {
    let signed = through.head();
    if signed.tenant == *tenant {
        let found = storage.audit(tenant, signed.sequence.saturating_sub(1), 1).await?.pop();
        match found {
            Some(entry) if entry.sequence == signed.sequence && entry.hash == signed.hash => return Ok(true),
            Some(entry) if entry.sequence > signed.sequence => return Ok(false),
            None if storage.head(tenant).await? == signed => return Ok(false),
            _ => {}
        }
    }
    Err(Error::new(ErrorKind::Refused, "the chain doesn't go through what was signed, so nothing is dropped"))
}

/// The `E` under `id`, if there is one.
///
/// # Errors
/// [`ErrorKind::Unavailable`]: storage was not reached.
pub async fn find<E: Entity>(
    storage: &(impl Storage + ?Sized),
    tenant: &Tenant,
    id: E::Id,
) -> Result<Option<Versioned<E>>> {
    let Some(row) = storage.get(tenant, &[E::key(id)]).await?.pop().flatten() else { return Ok(None) };
    open(row.value, row.version).map(Some)
}

/// The `E`s under `ids`, each where there is one, in order and by one call.
///
/// # Errors
/// [`ErrorKind::Unavailable`]: storage was not reached.
pub async fn find_each<E: Entity>(
    storage: &(impl Storage + ?Sized),
    tenant: &Tenant,
    ids: impl IntoIterator<Item = E::Id>,
) -> Result<Vec<Option<Versioned<E>>>> {
    let keys: Vec<Key> = ids.into_iter().map(E::key).collect();
    let rows = storage.get(tenant, &keys).await?;
    rows.into_iter().map(|row| row.map(|row| open(row.value, row.version)).transpose()).collect()
}

/// The `E`s under `ids`, in order and by one call.
///
/// # Errors
/// [`ErrorKind::NotFound`]: one isn't there. [`ErrorKind::Unavailable`]: storage was not reached.
pub(crate) async fn load_each<E: Entity>(
    storage: &(impl Storage + ?Sized),
    tenant: &Tenant,
    ids: impl IntoIterator<Item = E::Id>,
) -> Result<Vec<Versioned<E>>> {
    let ids: Vec<E::Id> = ids.into_iter().collect();
    let found = find_each::<E>(storage, tenant, ids.iter().cloned()).await?;
    let there = |(id, found): (E::Id, Option<Versioned<E>>)| found.ok_or_else(|| missing(&E::key(id)));
    ids.into_iter().zip(found).map(there).collect()
}

/// The `E` under `id`.
///
/// # Errors
/// [`ErrorKind::NotFound`]: there is none. [`ErrorKind::Unavailable`]: storage was not reached.
pub async fn load<E: Entity>(
    storage: &(impl Storage + ?Sized),
    tenant: &Tenant,
    id: E::Id,
) -> Result<Versioned<E>> {
    let key = E::key(id.clone());
    find(storage, tenant, id).await?.ok_or_else(|| missing(&key))
}

/// Rows that one call lists: several thousand small records fit into one answer of any database.
const PAGE: usize = 500;

/// Everything of type `E` that `query` asks for, page by page.
///
/// # Errors
/// [`ErrorKind::Unavailable`]: storage was not reached.
pub async fn list_all<E: Entity>(
    storage: &(impl Storage + ?Sized),
    tenant: &Tenant,
    query: &Query,
) -> Result<Vec<Versioned<E>>> {
    let (mut all, mut next) = list_page(storage, tenant, query, None, PAGE).await?;
    while let Some(after) = next {
        let (page, key) = list_page(storage, tenant, query, Some(&after), PAGE).await?;
        all.extend(page);
        next = key;
    }
    Ok(all)
}

/// One page of what [`list_all`] lists, for whoever need not hold all of it at once: `limit` rows at most after
/// `after`, and the key to go on from unless this is the last page.
///
/// # Errors
/// [`ErrorKind::Unavailable`]: storage was not reached.
pub async fn list_page<E: Entity>(
    storage: &(impl Storage + ?Sized),
    tenant: &Tenant,
    query: &Query,
    after: Option<&Key>,
    limit: usize,
) -> Result<(Vec<Versioned<E>>, Option<Key>)> {
    let rows = storage.list(tenant, query, after, limit).await?;
    let next = (rows.len() == limit).then(|| rows.last().map(|row| row.key.clone())).flatten();
    let page = rows.into_iter().map(|row| open(row.record, row.version)).collect::<Result<_>>()?;
    Ok((page, next))
}

fn open<E: Entity>(record: Record, version: Version) -> Result<Versioned<E>> {
    let value = E::open(record)
        .ok_or_else(|| Error::new(ErrorKind::Internal, "storage returned a record of another kind"))?;
    Ok(Versioned { value, version })
}

fn missing(key: &Key) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no {}", describe(key)))
}

/// `request 0190…`: the kind and id of a key, for messages.
fn describe(key: &Key) -> String {
    match serde_json::to_value(key) {
        Ok(serde_json::Value::Object(fields)) => fields
            .into_iter()
            .map(|(kind, id)| format!("{} {}", kind.replace('_', " "), id.to_string().replace('"', "")))
            .collect(),
        _ => "such record".to_owned(),
    }
}
