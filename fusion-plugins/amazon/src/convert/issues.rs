//! What the platform finds wrong with a listing.

use crate::wire::listing as wire;
use fusion_core::{
    error::{Result, Severity},
    model::{Issue, LossKind, Losses, StoreFacts},
};
use fusion_plugin_sdk::parse;

/// The marketplace's issues; `losses` names what is not kept of them.
pub(super) fn issues(read: &[wire::Issue], marketplace: &str, losses: &mut Losses) -> Vec<Issue> {
    let here = |issue: &wire::Issue| {
        issue.marketplace_ids.is_empty() || issue.marketplace_ids.iter().any(|id| id == marketplace)
    };
    let mut issues = Vec::new();
    for (nth, issue) in read.iter().enumerate().filter(|(_, issue)| here(issue)) {
        if let Some(enforced) = &issue.enforcements {
            let actions: Vec<&str> = enforced.actions.iter().map(|one| one.action.as_str()).collect();
            let exempt = enforced.exemption.as_ref().map_or("not told", |one| one.status.as_str());
            losses.add(
                format!("issues[{nth}].enforcements"),
                LossKind::Dropped,
                format!(
                    "what Amazon did stands in the listing's state alone: {}; exemption: {exempt}",
                    actions.join(", ")
                ),
            );
        }
        issues.push(Issue {
            code: issue.code.clone(),
            message: issue.message.clone(),
            severity: severity(&issue.severity),
            fields: issue.attribute_names.clone(),
        });
    }
    issues
}

/// An unknown word is taken seriously.
pub(super) fn severity(word: &str) -> Severity {
    match word {
        "INFO" => Severity::Info,
        "WARNING" => Severity::Warning,
        _ => Severity::Error,
    }
}

/// Whether Amazon has taken the listing out of sight here.
pub(super) fn is_suppressed(read: &[wire::Issue], marketplace: &str) -> bool {
    read.iter()
        .filter(|issue| {
            issue.marketplace_ids.is_empty() || issue.marketplace_ids.iter().any(|id| id == marketplace)
        })
        .filter_map(|issue| issue.enforcements.as_ref())
        .filter(|enforced| enforced.exemption.as_ref().is_none_or(|one| one.status == "NOT_EXEMPT"))
        .flat_map(|enforced| &enforced.actions)
        .any(|one| matches!(one.action.as_str(), "LISTING_SUPPRESSED" | "CATALOG_ITEM_REMOVED"))
}

/// Why a product can't be listed in the store's marketplace, from `getListingsRestrictions`; empty: it can.
///
/// # Errors
/// [`ErrorKind::Protocol`](fusion_core::error::ErrorKind::Protocol): the answer can't be read.
pub fn restrictions(answer: &[u8], facts: &StoreFacts) -> Result<Vec<Issue>> {
    let read: wire::Restrictions = parse(answer, "")?;
    let here = read.restrictions.into_iter().filter(|one| one.marketplace_id == facts.remote_id);
    Ok(here
        .flat_map(|one| {
            let condition = one.condition_type;
            one.reasons.into_iter().map(move |reason| Issue {
                code: reason.reason_code.unwrap_or_else(|| "RESTRICTED".to_owned()),
                message: match &condition {
                    Some(condition) => format!("{condition}: {}", reason.message),
                    None => reason.message,
                },
                severity: Severity::Error,
                fields: vec!["condition_type".to_owned()],
            })
        })
        .collect())
}
