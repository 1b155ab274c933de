//! Pieces that are told as sent without a package.

use fusion_core::model::{Fulfilment, Refs};

/// Names what was sent in no package that is told.
const KEY: &str = "unpacked";

/// The pieces of `sent` (line and count) that no fulfilment holds, as one of their own: packages may not have been
/// asked for, and stock has to know all the same.
pub(super) fn unpacked(sent: &[(String, i64)], told: &[Fulfilment]) -> Option<Fulfilment> {
    let packed = |key: &String| {
        let rows = told.iter().flat_map(|one| &one.lines).filter(|(line, _)| line == key);
        rows.fold(0_i64, |sum, (_, count)| sum.saturating_add(*count))
    };
    let rest = |(key, count): &(String, i64)| (key.clone(), count.saturating_sub(packed(key)));
    let lines: Vec<(String, i64)> = sent.iter().map(rest).filter(|(_, count)| *count > 0).collect();
    (!lines.is_empty()).then(|| Fulfilment {
        key: KEY.to_owned(),
        refs: Refs::default(),
        lines,
        carrier: None,
        tracking: Vec::new(),
        shipped: None,
        delivered: None,
    })
}
