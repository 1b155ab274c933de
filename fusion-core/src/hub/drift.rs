//! Where a store shows something else than what was agreed.

use super::{
    Hub,
    session::Session,
    settle::observed,
    walk::{is_about_record, unreadable},
};
use crate::{
    audit::{Action, SubjectKind},
    error::{ErrorKind, Result},
    model::{Converted, Listing, ListingId, Quantity, Ref, RemoteProduct, StockRow, Store, StoreId},
    plugin::{Difference, Paged, ProductQuery, Target, Unreadable},
    storage::{ChangeSet, Query, find, list_page},
    tenant::{Actor, Tenant},
};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Listings that are looked up at once.
const STEP: usize = 500;

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

/// What a listing is held against.
struct Storefront<'s> {
    session: &'s Session<'s>,
    store: &'s Store,
}

/// The listings of a store that are at the platform, by what it calls them.
type Expected = BTreeMap<Ref, ListingId>;

impl Hub {
    /// Compares what the platform shows of each listing with what was last written there: texts, prices, variants,
    /// names of options where the platform keeps ours, and stock. Own changes that haven't been sent are no drift.
    ///
    /// Holds one page of the platform's products at a time.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such store. Else as any read of the plugin.
    pub async fn drift(&self, by: &Actor, store: StoreId) -> Result<DriftReport> {
        let (store, session) = self.store_session(by.tenant(), store).await?;
        let (store, session) = (&store.value, &session);
        let storefront = Storefront { session, store };
        let mut expected = self.expected_in(by.tenant(), store.id).await?;
        let mut report = DriftReport::default();
        let mut walk = Paged::new(None, name_of, |cursor| async move {
            let query = ProductQuery { cursor, ..ProductQuery::default() };
            session.plugin().list_products(&session.context(store), &query).await
        });
        // What the model can't hold was never written, so it is no drift.
        while let Some(page) = walk.next().await? {
            report.unreadable.extend(page.unreadable);
            // What shows its variants cut off is read alone.
            let shown = page.items.into_iter().map(|shown| shown.value);
            for shown in shown.filter(|shown| shown.variants.is_read()) {
                let known = shown.refs.current().first().and_then(|first| expected.remove_entry(first));
                if let Some((first, listing)) = known {
                    self.compare(&storefront, listing, &first, Some(shown), &mut report).await?;
                }
            }
        }
        for (first, listing) in expected {
            match session.plugin().get_product(&session.context(store), &first).await {
                Ok(shown) => {
                    self.compare(&storefront, listing, &first, Some(shown.value), &mut report).await?
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    self.compare(&storefront, listing, &first, None, &mut report).await?;
                }
                // One bad record says nothing about the others.
                Err(error) if is_about_record(&error) => {
                    let problem = unreadable(&error);
                    report.unreadable.push(Unreadable { record: Some(first), problem });
                }
                Err(error) => return Err(error),
            }
        }
        self.note_drift(by, store.id, &report).await?;
        Ok(report)
    }

    async fn expected_in(&self, tenant: &Tenant, store: StoreId) -> Result<Expected> {
        let mut expected = Expected::new();
        let mut after = None;
        loop {
            let query = Query::ListingsIn(store);
            let (page, next) =
                list_page::<Listing>(&*self.0.backend, tenant, &query, after.as_ref(), STEP).await?;
            let there = page.into_iter().map(|listing| listing.value).filter(|one| one.desired.is_some());
            expected.extend(there.filter_map(|one| Some((one.refs.current().first()?.clone(), one.id))));
            after = next;
            if after.is_none() {
                return Ok(expected);
            }
        }
    }

    /// Holds a listing against what the platform shows of it; `None`: nothing.
    async fn compare(
        &self,
        storefront: &Storefront<'_>,
        listing: ListingId,
        first: &Ref,
        shown: Option<RemoteProduct>,
        report: &mut DriftReport,
    ) -> Result<()> {
        let tenant = &storefront.session.tenant;
        let listing = find::<Listing>(&*self.0.backend, tenant, listing).await?.map(|listing| listing.value);
        // Taken away or made anew meanwhile: what was shown is not of what it is now.
        let Some(listing) = listing.filter(|listing| listing.refs.current().first() == Some(first)) else {
            return Ok(());
        };
        let Some(desired) = &listing.desired else { return Ok(()) };
        report.checked += 1;
        let Some(shown) = shown else {
            let gone = Difference { path: String::new(), desired: json!(desired.title), live: json!(null) };
            report.drifted.push(Drifted { listing: listing.id, differences: vec![gone] });
            return Ok(());
        };
        // What the platform showed after our last write may differ from what we asked by its own rules.
        let mut differences = match observed(&shown)? {
            now if listing.observed == Some(now) => Vec::new(),
            _ => storefront.session.plugin().drift(desired, &Target::of(&listing), &shown),
        };
        let rows = self.wanted_rows(tenant, storefront.store, &listing).await?;
        differences.extend(stock_differences(&rows, &shown));
        if !differences.is_empty() {
            report.drifted.push(Drifted { listing: listing.id, differences });
        }
        Ok(())
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

/// What tells products of a walk apart.
fn name_of(product: &Converted<RemoteProduct>) -> String {
    product.value.refs.current().first().map(ToString::to_string).unwrap_or_default()
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
