//! `docs/model.md` shows the plugins' own tables of losses.

use fusion_core::model::{LossKind, LossRow, LossSubject};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

const PLUGINS: &[(&str, &[LossRow])] = &[
    ("Shopify", fusion_plugin_shopify::LOSSES),
    ("Etsy", fusion_plugin_etsy::LOSSES),
    ("Printify", fusion_plugin_printify::LOSSES),
    ("Amazon", fusion_plugin_amazon::LOSSES),
];

const SUBJECTS: &[(LossSubject, &str)] = &[
    (LossSubject::Listing, "A new listing, on its way out"),
    (LossSubject::Edit, "A change of a listing, on its way out"),
    (LossSubject::Stock, "Stock, on its way out"),
    (LossSubject::Action, "Something done to an order, on its way out"),
    (LossSubject::Product, "A product, as the platform shows it"),
    (LossSubject::Order, "An order, as the platform shows it"),
    (LossSubject::Store, "A store, as the platform shows it"),
];

const BEGIN: &str = "<!-- losses: begin -->\n";
const END: &str = "<!-- losses: end -->\n";

fn word(kind: LossKind) -> &'static str {
    match kind {
        LossKind::Dropped => "dropped",
        LossKind::Truncated => "truncated",
        LossKind::Reinterpreted => "reinterpreted",
        LossKind::Aggregated => "aggregated",
        LossKind::Guessed => "guessed",
    }
}

fn table(subject: LossSubject) -> String {
    let mut cells: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (nth, (_, rows)) in PLUGINS.iter().enumerate() {
        for row in rows.iter().filter(|row| row.subject == subject) {
            let of_field = cells.entry(row.field).or_insert_with(|| vec![String::new(); PLUGINS.len()]);
            let sign = if of_field[nth].is_empty() { "" } else { "; " };
            write!(of_field[nth], "{sign}{}: {}", word(row.kind), row.why.replace('|', "\\|")).unwrap();
        }
    }
    let names: Vec<&str> = PLUGINS.iter().map(|(name, _)| *name).collect();
    let mut out = format!("| Field | {} |\n|{}\n", names.join(" | "), " --- |".repeat(PLUGINS.len() + 1));
    for (field, of_field) in cells {
        writeln!(out, "| `{field}` | {} |", of_field.join(" | ")).unwrap();
    }
    out
}

fn tables() -> String {
    let parts: Vec<String> =
        SUBJECTS.iter().map(|(subject, title)| format!("\n### {title}\n\n{}", table(*subject))).collect();
    format!("{}\n", parts.concat())
}

#[test]
fn the_tables_of_losses_are_those_of_the_plugins() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/model.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    if std::env::var_os("FUSION_WRITE_DOCS").is_some_and(|value| value == "1") {
        std::fs::write(&path, [before, BEGIN, &tables(), END, after].concat()).unwrap();
        return;
    }
    assert!(
        shown == tables(),
        "docs/model.md differs from the crates' tables; FUSION_WRITE_DOCS=1 writes it anew"
    );
}

#[test]
fn no_plugin_has_two_rows_for_one_loss() {
    for (name, rows) in PLUGINS {
        let different: BTreeSet<String> =
            rows.iter().map(|row| format!("{:?} {} {:?}", row.subject, row.field, row.kind)).collect();
        assert_eq!(different.len(), rows.len(), "{name}");
    }
}
