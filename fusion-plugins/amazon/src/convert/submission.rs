//! What became of a write: accepted is not live, and an issue that comes later is a failure.

use super::{
    asked::ListingPart,
    family::stops,
    issues::issues,
    item::{Listed, item},
};
use crate::{
    kinds::{ASIN, SKU},
    wire::listing::Submission,
};
use fusion_core::{
    clock::Timestamp,
    error::{Error, ErrorKind, Fate, Problem, Result},
    model::{Issue, Losses, Ref, Refs, StoreFacts},
    plugin::{Receipt, Watch},
};
use fusion_plugin_sdk::parse;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Names what [`submitted`] gives to watch.
pub const SUBMISSION: &str = "submission";

/// A write takes minutes, at times hours, to show (<https://github.com/amzn/selling-partner-api-docs/issues/2167>).
pub const SETTLES_WITHIN: Duration = Duration::from_secs(24 * 3_600);

/// What is needed to ask what became of a write: there is no call for a submission's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// The SKU that was written.
    pub sku: String,
    /// The platform's id of the write, for its support.
    pub submission: String,
    /// When it was handed in.
    pub at: Timestamp,
    /// Issues, by code and fields, that the listing had before: they say nothing about this write.
    #[serde(default)]
    pub known: Vec<(String, Vec<String>)>,
}

/// Reads the answer to a write at `now`. `known` are the issues that the listing had before.
///
/// # Errors
/// [`ErrorKind::PlatformRefused`]: `INVALID`, although the answer came with status 200; the problems name the
/// attributes. [`ErrorKind::Protocol`]: it can't be read, or has a status that nobody knows; then the write may
/// have taken effect.
pub fn submitted(
    answer: &[u8],
    known: &[Issue],
    facts: &StoreFacts,
    now: Timestamp,
) -> Result<Receipt<Refs>> {
    let read: Submission = parse(answer, "").map_err(|error| error.with_fate(Fate::Unknown))?;
    let mut losses = Losses::default();
    let found = issues(&read.issues, &facts.remote_id, &mut losses);
    let mut refs = Refs::of([Ref::new(SKU, read.sku.as_str())]);
    let here = |id: &Option<String>| id.as_ref().is_none_or(|id| *id == facts.remote_id);
    for asin in
        read.identifiers.into_iter().filter(|one| here(&one.marketplace_id)).filter_map(|one| one.asin)
    {
        refs.set(Ref::new(ASIN, asin));
    }
    let receipt = match read.status.as_str() {
        // A preview: nothing was stored.
        "VALID" => Receipt::done(refs),
        "ACCEPTED" => {
            let submitted = Submitted {
                sku: read.sku,
                submission: read.submission_id,
                at: now,
                known: known.iter().map(|issue| (issue.code.clone(), issue.fields.clone())).collect(),
            };
            Receipt::accepted(Some(refs), watch(&submitted)?, now + SETTLES_WITHIN)
        }
        "INVALID" => return Err(refused("the platform found the listing wrong", &found)),
        _ => {
            return Err(fusion_plugin_sdk::unreadable("status", "it is no word that this version knows")
                .with_fate(Fate::Unknown));
        }
    };
    Ok(Receipt { issues: found, losses: losses.with(()).losses, ..receipt })
}

/// What became of a write that was accepted, from `getListingsItem` at `now`: `None` is its 404.
///
/// # Errors
/// [`ErrorKind::PlatformRefused`]: an issue stands there now that keeps it from being sold.
/// [`ErrorKind::NotFound`]: long after it was accepted there is no such SKU.
pub fn observed(
    answer: Option<&[u8]>,
    submitted: &Submitted,
    facts: &StoreFacts,
    now: Timestamp,
) -> Result<Receipt<Box<Listed>>> {
    let until = submitted.at + SETTLES_WITHIN;
    let read = match answer.map(|answer| item(answer, &ListingPart::ALL, facts)) {
        // There in other marketplaces alone: not here yet.
        Some(Err(error)) if error.kind() == ErrorKind::NotFound => None,
        Some(read) => Some(read?),
        None => None,
    };
    let Some(read) = read else {
        if now < until {
            return Ok(Receipt::accepted(None, watch(submitted)?, until));
        }
        return Err(Error::new(
            ErrorKind::NotFound,
            "the platform accepted the listing and has none of that SKU; look for a slip in it",
        )
        .with_fate(Fate::Rejected));
    };
    let is_new = |issue: &&Issue| {
        !submitted.known.iter().any(|(code, fields)| *code == issue.code && *fields == issue.fields)
    };
    let listed = read.value;
    let new: Vec<Issue> =
        listed.product.issues.iter().filter(is_new).filter(|issue| stops(issue)).cloned().collect();
    if !new.is_empty() {
        return Err(refused("the platform accepted the listing and then found it wrong", &new));
    }
    let shows_it = listed.product.updated.is_some_and(|updated| updated >= submitted.at);
    let issues = listed.product.issues.clone();
    let receipt = if shows_it {
        Receipt::done(Box::new(listed))
    } else {
        Receipt::accepted(Some(Box::new(listed)), watch(submitted)?, until)
    };
    Ok(Receipt { issues, losses: read.losses, ..receipt })
}

fn watch(submitted: &Submitted) -> Result<Watch> {
    let handle = serde_json::to_value(submitted)
        .map_err(|source| Error::new(ErrorKind::Internal, "a watch has no JSON form").with_source(source))?;
    Ok(Watch { kind: SUBMISSION.to_owned(), handle })
}

fn refused(message: &'static str, issues: &[Issue]) -> Error {
    let problems = issues.iter().filter(|issue| stops(issue)).map(|issue| Problem {
        path: issue.fields.iter().map(|field| format!("attributes.{field}")).collect::<Vec<_>>().join(", "),
        code: issue.code.clone(),
        message: issue.message.clone(),
        severity: issue.severity,
    });
    let error = Error::new(ErrorKind::PlatformRefused, message).with_fate(Fate::Rejected);
    let error = match issues.iter().find(|issue| stops(issue)) {
        Some(first) => error.with_platform_code(first.code.clone()),
        None => error,
    };
    error.with_problems(problems)
}
