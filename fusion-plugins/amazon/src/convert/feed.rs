//! What became of a bulk write, SKU by SKU. Done doesn't mean that anything went well.

use super::{
    asked::ListingPart,
    issues::severity,
    item::{Listed, read},
    page::page,
};
use crate::{kinds::SKU, wire::feed as wire};
use fusion_core::{
    error::Result,
    model::{Converted, Issue, StoreFacts},
    plugin::Page,
};
use fusion_plugin_sdk::parse;
use std::collections::BTreeMap;

/// The report of a bulk write.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedReport {
    /// What is wrong with the document as a whole; one error here, and nothing of it was taken.
    pub whole: Vec<Issue>,
    /// What is wrong SKU by SKU: one error here, and the SKU was refused. A SKU that isn't named was accepted,
    /// which is not live.
    pub issues: BTreeMap<String, Vec<Issue>>,
    /// Listings as they are now, where the feed asked for them.
    pub items: Page<Converted<Listed>>,
}

/// Reads the report of a JSON_LISTINGS_FEED that asked for the parts `asked`.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): it isn't a report. A listing that can't be
/// read is named in its page.
pub fn feed_report(answer: &[u8], asked: &[ListingPart], facts: &StoreFacts) -> Result<FeedReport> {
    let report: wire::Report = parse(answer, "")?;
    let mut whole = Vec::new();
    let mut issues: BTreeMap<String, Vec<Issue>> = BTreeMap::new();
    for read in report.issues {
        let mut fields = read.attribute_names;
        fields.extend(read.attribute_name);
        let issue =
            Issue { code: read.code, message: read.message, severity: severity(&read.severity), fields };
        match read.sku.filter(|sku| !sku.is_empty()) {
            Some(sku) => issues.entry(sku).or_default().push(issue),
            None => whole.push(issue),
        }
    }
    let items = report.items.unwrap_or_default();
    let items = page(&items, "items", ("/sku", SKU), |record| read(record, asked, facts));
    Ok(FeedReport { whole, issues, items })
}
