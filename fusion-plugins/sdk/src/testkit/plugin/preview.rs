//! What a command will change, without asking anybody.

use super::super::{Script, wire::Product};
use fusion_core::{
    error::{Error, ErrorKind, Result},
    model::{Charge, ChargeKind, Collector, Edit, Lifecycle, NewListing, Removal},
    plugin::{Change, Command, FieldChange, PlannedCalls, Preview, Snapshot, Work},
};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

type Fields = BTreeMap<String, Value>;

/// The fields that a product has, in the form of [`wanted`].
pub(super) fn fields(product: &Product) -> Result<Fields> {
    let mut fields = Fields::new();
    put(&mut fields, "title", &product.title)?;
    put(&mut fields, "description", &product.description)?;
    put(&mut fields, "brand", &product.brand)?;
    put(&mut fields, "tags", &product.tags)?;
    put(&mut fields, "lifecycle", &product.lifecycle)?;
    for variant in &product.variants {
        let Some(row) = variant.row else { continue };
        put(&mut fields, &format!("variants.{row}.price"), &variant.price)?;
        put(&mut fields, &format!("variants.{row}.sku"), &variant.sku)?;
        put(&mut fields, &format!("variants.{row}.offered"), &variant.offered)?;
        put(&mut fields, &format!("variants.{row}.compare_at"), &variant.compare_at)?;
        put(&mut fields, &format!("variants.{row}.cost"), &variant.cost)?;
        put(&mut fields, &format!("variants.{row}.codes"), &variant.codes)?;
        put(&mut fields, &format!("variants.{row}.weight"), &variant.shipping.weight)?;
        put(&mut fields, &format!("variants.{row}.hs_code"), &variant.shipping.hs_code)?;
        put(&mut fields, &format!("variants.{row}.origin"), &variant.shipping.origin)?;
        put(&mut fields, &format!("variants.{row}.media"), &variant.picture)?;
    }
    Ok(fields)
}

/// The fields that `command` sets.
pub(super) fn wanted(command: &Command) -> Result<Fields> {
    let mut fields = Fields::new();
    match &command.change {
        Change::CreateProduct { listing } => whole(&mut fields, listing, &Lifecycle::Draft)?,
        Change::Publish { listing } => whole(&mut fields, listing, &Lifecycle::Live)?,
        Change::UpdateProduct { edit, .. } => {
            put_edit(&mut fields, "title", &edit.title)?;
            put_edit(&mut fields, "description", &edit.description)?;
            put_edit(&mut fields, "brand", &edit.brand)?;
            put_edit(&mut fields, "tags", &edit.tags)?;
            for (row, change) in &edit.variants {
                put_edit(&mut fields, &format!("variants.{row}.price"), &change.price)?;
                put_edit(&mut fields, &format!("variants.{row}.sku"), &change.sku)?;
                put_edit(&mut fields, &format!("variants.{row}.offered"), &change.offered)?;
                put_edit(&mut fields, &format!("variants.{row}.compare_at"), &change.compare_at)?;
                put_edit(&mut fields, &format!("variants.{row}.cost"), &change.cost)?;
                put_edit(&mut fields, &format!("variants.{row}.codes"), &change.codes)?;
                put_edit(&mut fields, &format!("variants.{row}.weight"), &change.weight)?;
                put_edit(&mut fields, &format!("variants.{row}.hs_code"), &change.hs_code)?;
                put_edit(&mut fields, &format!("variants.{row}.origin"), &change.origin)?;
                put_edit(&mut fields, &format!("variants.{row}.media"), &change.media)?;
            }
        }
        Change::Unpublish { .. } | Change::DeleteProduct { removal: Removal::Hide, .. } => {
            put(&mut fields, "lifecycle", &Lifecycle::Hidden)?;
        }
        Change::DeleteProduct { removal: Removal::Archive, .. } => {
            put(&mut fields, "lifecycle", &Lifecycle::Ended)?;
        }
        Change::DeleteProduct { removal: Removal::Delete, .. } => {
            put(&mut fields, "lifecycle", &Lifecycle::Gone)?;
        }
        Change::PushStock { .. } | Change::Order { .. } | Change::ChangePolicy { .. } => {}
    }
    Ok(fields)
}

fn whole(fields: &mut Fields, listing: &NewListing, lifecycle: &Lifecycle) -> Result<()> {
    put(fields, "title", &listing.title)?;
    put(fields, "description", &listing.description)?;
    put(fields, "brand", &listing.brand)?;
    put(fields, "tags", &listing.tags)?;
    put(fields, "lifecycle", lifecycle)?;
    for variant in &listing.variants {
        put(fields, &format!("variants.{}.price", variant.id), &variant.offer.price)?;
        put(fields, &format!("variants.{}.sku", variant.id), &variant.sku)?;
    }
    Ok(())
}

fn put(fields: &mut Fields, path: &str, value: &impl Serialize) -> Result<()> {
    let value = serde_json::to_value(value).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "the field has no JSON form").with_source(source)
    })?;
    fields.insert(path.to_owned(), value);
    Ok(())
}

fn put_edit<T: Serialize>(fields: &mut Fields, path: &str, edit: &Edit<T>) -> Result<()> {
    match edit {
        Edit::Keep => Ok(()),
        Edit::Set(value) => put(fields, path, value),
        Edit::Clear => put(fields, path, &Value::Null),
    }
}

pub(super) fn preview(script: &Script, work: Work<'_>, snapshot: &Snapshot) -> Result<Preview> {
    let changes = wanted(work.command)?
        .into_iter()
        .filter_map(|(path, to)| {
            let from = snapshot.fields.get(&path).cloned();
            (from.as_ref() != Some(&to)).then_some(FieldChange { path, from, to: Some(to) })
        })
        .collect();
    let calls = calls(script, work.command);
    let publishes = matches!(work.command.change, Change::Publish { .. });
    let charges = script
        .fee
        .filter(|_| publishes)
        .map(|fee| Charge {
            kind: ChargeKind::Fee,
            amount: fee.into(),
            collector: Collector::Platform,
            included: false,
        })
        .into_iter()
        .collect();
    Ok(Preview {
        summary: format!("{} of {} on the scripted platform", work.command.operation(), work.subject()),
        changes,
        calls: ["requests", "writes"]
            .map(|bucket| PlannedCalls { bucket: bucket.to_owned(), calls, cost: calls })
            .to_vec(),
        charges,
        ..Preview::default()
    })
}

fn calls(script: &Script, command: &Command) -> u32 {
    let made = |listing: &NewListing| {
        let chunks = script.variants_per_call.map_or(0, |size| listing.variants.len().div_ceil(size.max(1)));
        u32::try_from(1 + chunks).unwrap_or(u32::MAX)
    };
    match &command.change {
        Change::CreateProduct { listing } => made(listing),
        Change::Publish { listing } => made(listing).saturating_add(1),
        Change::ChangePolicy { .. } => 0,
        Change::UpdateProduct { .. }
        | Change::Unpublish { .. }
        | Change::DeleteProduct { .. }
        | Change::PushStock { .. }
        | Change::Order { .. } => 1,
    }
}
