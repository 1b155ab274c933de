//! What a reviewer is told beside the change: what is another in the shop, and stays so.

use super::{OPTIONS, STRANGERS, kept};
use crate::convert::Stranger;
use fusion_core::{
    error::{Error, ErrorKind, Problem, Result, Severity},
    plugin::{Change, Snapshot, Work},
};
use std::collections::BTreeSet;

/// What is another in the shop and stays so.
///
/// # Errors
/// [`ErrorKind::InvalidInput`]: some variants can't stay, since their options aren't the listing's.
pub(super) fn notes(work: Work<'_>, snapshot: &Snapshot) -> Result<Vec<Problem>> {
    match &work.command.change {
        change @ (Change::CreateProduct { .. } | Change::Publish { .. }) => {
            strange_variants(change, snapshot)
        }
        Change::UpdateProduct { .. } => {
            renamed_options(work, snapshot).map(|note| note.into_iter().collect())
        }
        Change::Unpublish { .. }
        | Change::DeleteProduct { .. }
        | Change::PushStock { .. }
        | Change::Order { .. }
        | Change::ChangePolicy { .. } => Ok(Vec::new()),
    }
}

/// An edit leaves options as they are called in the shop.
fn renamed_options(work: Work<'_>, snapshot: &Snapshot) -> Result<Option<Problem>> {
    let there = snapshot.fields.get(OPTIONS).or_else(|| snapshot.beside.get(OPTIONS));
    let (Some(ours), Some(there)) = (&work.target.options, there) else { return Ok(None) };
    let there: Vec<String> = kept(there)?;
    let sorted = |names: &[String]| names.iter().map(|name| name.trim().to_owned()).collect::<BTreeSet<_>>();
    if sorted(ours) == sorted(&there) {
        return Ok(None);
    }
    let (theirs, ours) = (there.join(", "), ours.join(", "));
    Ok(Some(Problem {
        path: OPTIONS.to_owned(),
        code: "renamed".to_owned(),
        message: format!(
            "the shop calls the product's options {theirs}, and we call them {ours}: they stay so here; \
             publishing the product names them as ours"
        ),
        severity: Severity::Warning,
    }))
}

/// Variants that aren't ours stay, and the reviewer is told.
fn strange_variants(change: &Change, snapshot: &Snapshot) -> Result<Vec<Problem>> {
    let Some(strange) = snapshot.fields.get(STRANGERS) else { return Ok(Vec::new()) };
    let strange: Vec<Stranger> = kept(strange)?;
    if let Change::CreateProduct { listing } | Change::Publish { listing } = change {
        let stuck = |one: &&Stranger| !one.fits(listing);
        let problem = |one: &Stranger| {
            let help = "remove it by name, or give it the listing's options";
            Problem::error("variants", "strange_options", format!("`{}` can't stay: {help}", one.name))
        };
        let problems: Vec<Problem> = strange.iter().filter(stuck).map(problem).collect();
        if !problems.is_empty() {
            let message = "the product has variants that aren't the listing's and can't stay beside them";
            return Err(Error::new(ErrorKind::InvalidInput, message).with_problems(problems));
        }
    }
    let note = |one: &Stranger| Problem {
        path: "variants".to_owned(),
        code: "kept".to_owned(),
        message: format!("`{}` ({}) isn't the listing's and stays as it is", one.name, one.id),
        severity: Severity::Info,
    };
    Ok(strange.iter().map(note).collect())
}
