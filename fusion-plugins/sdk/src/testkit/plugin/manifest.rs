//! What the scripted plugin says about itself.

use super::{
    super::{Script, wire::HOST},
    kinds,
};
use fusion_core::{
    plugin::{
        ApiVersion, AuthScheme, Bucket, BudgetUnit, Capability, FieldRule, Manifest, Rule, Scope, Support,
        WriteUnit,
    },
    verb::{Operation, PlatformSlug},
};
use std::time::Duration;

/// Longest title, as an example of a rule that the guard keeps.
const MAX_TITLE: usize = 80;

/// Rows that one stock call holds.
const STOCK_ROWS: usize = 50;

pub(super) fn manifest(script: &Script) -> Manifest {
    Manifest {
        slug: PlatformSlug::of("scripted"),
        name: "Scripted platform",
        version: "1",
        api: ApiVersion { version: "1", sunset: None },
        capabilities: Operation::OF_PLATFORMS
            .map(|operation| Capability {
                operation,
                support: Support::Native,
                description: "does it in memory",
            })
            .to_vec(),
        fields: vec![
            FieldRule { path: "title", rule: Rule::MaxChars(MAX_TITLE), link: "" },
            FieldRule { path: "bullets", rule: Rule::Refused, link: "" },
        ],
        buckets: script.buckets.clone().unwrap_or_else(wide_buckets),
        auth: vec![AuthScheme::Token, AuthScheme::AuthorizationCode, AuthScheme::ClientCredentials],
        scopes: Vec::new(),
        settings: Vec::new(),
        refs: vec![
            kinds::PRODUCT,
            kinds::VARIANT,
            kinds::MEDIA,
            kinds::ORDER,
            kinds::RECEIPT,
            kinds::FULFILMENT,
            kinds::REFUND,
        ],
        write_unit: WriteUnit::Apart { stock_rows: STOCK_ROWS },
        settle: script.settle,
        api_hosts: vec![HOST],
        asset_hosts: Vec::new(),
    }
}

/// So wide that no test meets their end by accident.
fn wide_buckets() -> Vec<Bucket> {
    let bucket = |name: &'static str, scope| Bucket {
        name: name.into(),
        scope,
        unit: BudgetUnit::Requests,
        capacity: 10_000,
        refill: 10_000,
        per: Duration::from_secs(1),
    };
    vec![bucket("requests", Scope::Connection), bucket("writes", Scope::Store)]
}
