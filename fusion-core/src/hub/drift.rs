//! Where a store shows something else than what was agreed.

use super::{Hub, session::Session, settle::observed};
use crate::{
    audit::{Action, SubjectKind},
    error::{Error, ErrorKind, Problem, Result},
    model::{Listing, ListingId, Quantity, RemoteProduct, StockRow, Store, StoreId},
    plugin::{Difference, ProductQuery, Target, Unreadable},
    storage::ChangeSet,
    storage::{Query, list_all},
    tenant::Actor,
};
use serde::Serialize;
use serde_json::json;
use std::collections::{HashMap, HashSet};

/// A listing that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drifted {
    /// Which one.
    pub listing: ListingId,
    /// Field by field; one difference without a path when the platform has no such product.
    pub differences: Vec<Difference>,
}

/// What a drift check found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DriftReport {
    /// Listings that were compared.
    pub checked: usize,
    /// Those that differ.
    pub drifted: Vec<Drifted>,
    /// Records that could not be read; nothing is said about them.
    pub unreadable: Vec<Unreadable>,
}

/// Pages of one walk: at the smallest page of any platform, far beyond any catalogue.
const MAX_PAGES: usize = 10_000;

impl Hub {
    /// Compares what the platform shows of each listing with what was last written there: texts, prices, variants
    /// and stock. Own changes that haven't been sent are no drift.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such store. Else as any read of the plugin.
    pub async fn drift(&self, by: &Actor, store: StoreId) -> Result<DriftReport> {
        let tenant = by.tenant();
        let (store, session) = self.store_session(tenant, store).await?;
        let plugin = session.plugin();
        let listings =
            list_all::<Listing>(&*self.0.backend, tenant, &Query::ListingsIn(store.value.id)).await?;
        let mut report = DriftReport::default();
        let mut live = walk(&session, &store.value, &mut report).await?;
        for listing in listings.into_iter().map(|listing| listing.value) {
            let (Some(desired), Some(first)) = (&listing.desired, listing.refs.current().first()) else {
                continue;
            };
            let shown = match live.remove(&first.id) {
                Some(shown) if shown.variants.is_read() => Some(shown),
                // Not on the pages, or with its variants cut off: read it alone.
                _ => match plugin.get_product(&session.context(&store.value), first).await {
                    Ok(shown) => Some(shown),
                    Err(error) if error.kind() == ErrorKind::NotFound => None,
                    // One bad record says nothing about the others.
                    Err(error) if is_about_record(error.kind()) => {
                        let record = Some(first.clone());
                        let problem = Problem::error("", "unreadable", error.message().to_owned());
                        report.unreadable.push(Unreadable { record, problem });
                        continue;
                    }
                    Err(error) => return Err(error),
                },
            };
            report.checked += 1;
            let Some(shown) = shown else {
                let gone =
                    Difference { path: String::new(), desired: json!(desired.title), live: json!(null) };
                report.drifted.push(Drifted { listing: listing.id, differences: vec![gone] });
                continue;
            };
            let target = Target::of(&listing);
            // What the platform showed after our last write may differ from what we asked by its own rules.
            let mut differences = match observed(&shown)? {
                now if listing.observed == Some(now) => Vec::new(),
                _ => plugin.drift(desired, &target, &shown),
            };
            let rows = self.wanted_rows(tenant, &store.value, &listing).await?;
            differences.extend(stock_differences(&rows, &shown));
            if !differences.is_empty() {
                report.drifted.push(Drifted { listing: listing.id, differences });
            }
        }
        self.note_drift(by, store.value.id, &report).await?;
        Ok(report)
    }

    async fn note_drift(&self, by: &Actor, store: StoreId, report: &DriftReport) -> Result<()> {
        if report.drifted.is_empty() {
            return Ok(());
        }
        let listings: Vec<ListingId> = report.drifted.iter().map(|drifted| drifted.listing).collect();
        let details = json!({ "checked": report.checked, "listings": listings });
        let mut changes = ChangeSet::default();
        changes
            .audit
            .push(self.note(by, Action::DriftFound, SubjectKind::Store, store).with_details(details)?);
        self.store_changes(by.tenant(), changes).await?;
        Ok(())
    }
}

/// Whether the record itself is at fault, and not the way to it.
fn is_about_record(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Protocol | ErrorKind::PlatformRefused | ErrorKind::InvalidInput)
}

/// Every product of the store by its first id.
async fn walk(
    session: &Session<'_>,
    store: &Store,
    report: &mut DriftReport,
) -> Result<HashMap<String, RemoteProduct>> {
    let mut live = HashMap::new();
    let mut cursors = HashSet::new();
    let mut query = ProductQuery::default();
    for _ in 0..MAX_PAGES {
        let page = session.plugin().list_products(&session.context(store), &query).await?;
        report.unreadable.extend(page.unreadable);
        for product in page.items {
            if let Some(first) = product.refs.current().first() {
                live.insert(first.id.clone(), product.clone());
            }
        }
        let Some(next) = page.next else { return Ok(live) };
        if !cursors.insert(next.clone()) {
            return Err(Error::new(ErrorKind::Protocol, "the platform repeats a page"));
        }
        query.cursor = Some(next);
    }
    Err(Error::new(ErrorKind::Protocol, "the platform's pages don't end"))
}

/// Numbers that the platform shows otherwise than they should be; what it doesn't count or tell is no difference.
fn stock_differences(rows: &[StockRow], shown: &RemoteProduct) -> Vec<Difference> {
    let Some(variants) = shown.variants.value() else { return Vec::new() };
    rows.iter()
        .filter_map(|row| {
            let variant = variants
                .iter()
                .find(|variant| variant.refs.current().iter().any(|one| row.refs.knows(one)))?;
            let levels = variant.levels.value()?;
            let level = levels.iter().find(|level| level.location == row.location)?;
            let Quantity::Counted(live) = level.quantity else { return None };
            (live != i64::from(row.available)).then(|| Difference {
                path: format!("variants.{}.stock", row.variant),
                desired: json!(row.available),
                live: json!(live),
            })
        })
        .collect()
}
