//! One change on one store, as a value.

use crate::{
    error::{Error, ErrorKind, Result},
    model::{
        Listing, ListingEdit, ListingId, ListingVariantId, MediaId, NewListing, Order, OrderAction, OrderId,
        Refs, Removal, StockUnit, StoreId,
    },
    verb::Operation,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is to be done. Names our ids and holds resolved values; the platform's ids are looked up when it runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Change {
    /// Makes a product that buyers can't see yet.
    CreateProduct {
        /// What it shall look like.
        listing: Box<NewListing>,
    },
    /// Makes a product visible, creating it if need be.
    Publish {
        /// What it shall look like.
        listing: Box<NewListing>,
    },
    /// Changes named fields.
    UpdateProduct {
        /// Which listing.
        listing: ListingId,
        /// What changes.
        edit: Box<ListingEdit>,
    },
    /// Takes a product out of sight.
    Unpublish {
        /// Which listing.
        listing: ListingId,
    },
    /// Takes a product away.
    DeleteProduct {
        /// Which listing.
        listing: ListingId,
        /// How.
        removal: Removal,
    },
    /// Brings stock in line, where that costs money; names no quantity.
    PushStock {
        /// Which rows.
        unit: StockUnit,
    },
    /// Does something to an order.
    Order {
        /// Which one.
        order: OrderId,
        /// What.
        action: OrderAction,
    },
    /// Changes the tenant's approval policy.
    ChangePolicy {
        /// The new policy.
        policy: Value,
    },
}

/// A change on one store, or on the tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Version of this form; older ones are still read.
    pub v: u32,
    /// Where; `None` for what concerns the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreId>,
    /// What.
    pub change: Change,
}

impl Command {
    /// The form that is written now.
    pub const VERSION: u32 = 1;

    /// A change on `store`.
    pub fn on(store: StoreId, change: Change) -> Self {
        Self { v: Self::VERSION, store: Some(store), change }
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: damaged, or written by a newer version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let command: Self = serde_json::from_slice(bytes).map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "the stored command can't be read").with_source(source)
        })?;
        if command.v > Self::VERSION {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "the command was written by a newer version; update this one",
            ));
        }
        Ok(command)
    }

    /// The operation that capabilities and policies know it by.
    pub const fn operation(&self) -> Operation {
        match &self.change {
            Change::CreateProduct { .. } => Operation::CreateProduct,
            Change::Publish { .. } => Operation::Publish,
            Change::UpdateProduct { .. } => Operation::UpdateProduct,
            Change::Unpublish { .. } => Operation::Unpublish,
            Change::DeleteProduct { .. } => Operation::DeleteProduct,
            Change::PushStock { .. } => Operation::SyncInventory,
            Change::Order { action, .. } => action.operation(),
            Change::ChangePolicy { .. } => Operation::ChangePolicy,
        }
    }

    /// The listing it is about, if it is about one.
    pub fn listing(&self) -> Option<ListingId> {
        match &self.change {
            Change::CreateProduct { listing } | Change::Publish { listing } => Some(listing.listing),
            Change::UpdateProduct { listing, .. }
            | Change::Unpublish { listing }
            | Change::DeleteProduct { listing, .. } => Some(*listing),
            Change::PushStock { unit } => Some(unit.listing()),
            Change::Order { .. } | Change::ChangePolicy { .. } => None,
        }
    }

    /// The order it is about, if it is about one.
    pub const fn order(&self) -> Option<OrderId> {
        match &self.change {
            Change::Order { order, .. } => Some(*order),
            _ => None,
        }
    }
}

/// What the platform calls a listing and its variants at the moment, or an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The listing or order; empty when the platform doesn't have it yet.
    pub refs: Refs,
    /// Each of our rows.
    pub variants: Vec<TargetVariant>,
    /// Each of our pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<(MediaId, Refs)>,
    /// The names of our options, as the store was last told them; `None`: it wasn't told yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<String>>,
    /// The product's title, as the store was last told; `None`: it wasn't told yet, or it is about no product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The SKU of each of our rows that has one, as the store was last told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skus: Vec<(ListingVariantId, String)>,
}

/// What the platform calls one of our rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetVariant {
    /// Our row.
    pub id: ListingVariantId,
    /// The platform's ids.
    pub refs: Refs,
}

impl Target {
    /// The platform's ids of `listing`.
    pub fn of(listing: &Listing) -> Self {
        let told = listing.desired.as_deref();
        Self {
            refs: listing.refs.clone(),
            variants: listing
                .variants
                .iter()
                .map(|variant| TargetVariant { id: variant.id, refs: variant.refs.clone() })
                .collect(),
            media: listing.media.clone(),
            options: told.map(|told| told.options.iter().map(|option| option.name.clone()).collect()),
            title: told.map(|told| told.title.clone()),
            skus: told
                .into_iter()
                .flat_map(|told| &told.variants)
                .filter_map(|row| Some((row.id, row.sku.clone()?)))
                .collect(),
        }
    }

    /// The platform's ids of `order`.
    pub fn of_order(order: &Order) -> Self {
        Self { refs: order.facts.refs.clone(), ..Self::default() }
    }

    /// Whether the store has our row `id`.
    pub fn has(&self, id: ListingVariantId) -> bool {
        self.variant(id).is_some_and(|refs| !refs.is_empty())
    }

    /// The platform's ids of our row `id`.
    pub fn variant(&self, id: ListingVariantId) -> Option<&Refs> {
        self.variants.iter().find(|variant| variant.id == id).map(|variant| &variant.refs)
    }
}

/// A command with what it is about.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// What is to be done.
    pub command: &'a Command,
    /// What the platform calls the listing.
    pub target: &'a Target,
}

/// SKUs that a subject names; a reviewer finds the product by one, and reads the others in the catalogue.
const SKUS_NAMED: usize = 3;

impl Work<'_> {
    /// The product that it is about, for a [preview](super::Preview::summary): title and SKUs, those of the rows that
    /// it names if it names any. `a product` where the store was told of none yet.
    pub fn subject(&self) -> String {
        let Some(title) = &self.target.title else { return "a product".to_owned() };
        let named = self.rows();
        let is_named = |id: &ListingVariantId| named.is_empty() || named.contains(id);
        let rows = self.target.skus.iter().filter(|(id, _)| is_named(id));
        let mut skus: Vec<&str> = rows.map(|(_, sku)| sku.as_str()).collect();
        if let Change::UpdateProduct { edit, .. } = &self.command.change {
            skus.extend(edit.add.iter().filter_map(|row| row.sku.as_deref()));
        }
        let more = skus.len().saturating_sub(SKUS_NAMED);
        skus.truncate(SKUS_NAMED);
        match (skus.join(", "), more) {
            (none, _) if none.is_empty() => format!("`{title}`"),
            (skus, 0) => format!("`{title}` ({skus})"),
            (skus, more) => format!("`{title}` ({skus} and {more} more)"),
        }
    }

    /// The rows that it names.
    fn rows(&self) -> Vec<ListingVariantId> {
        match &self.command.change {
            Change::UpdateProduct { edit, .. } => {
                let changed = edit.variants.iter().map(|(id, _)| *id);
                changed.chain(edit.remove.iter().copied()).chain(edit.add.iter().map(|row| row.id)).collect()
            }
            Change::PushStock { unit: StockUnit::Variant(_, row) } => vec![*row],
            Change::PushStock { unit: StockUnit::Listing(_) }
            | Change::CreateProduct { .. }
            | Change::Publish { .. }
            | Change::Unpublish { .. }
            | Change::DeleteProduct { .. }
            | Change::Order { .. }
            | Change::ChangePolicy { .. } => Vec::new(),
        }
    }
}
