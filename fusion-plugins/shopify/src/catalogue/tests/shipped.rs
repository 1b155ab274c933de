use super::*;
use crate::catalogue::{CatalogueExtras, NoteKind, Withheld};
use fusion_core::model::Nature;
use std::collections::BTreeSet;

fn catalogue() -> (Vec<CatalogueProduct>, Summary) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data/catalogue.csv");
    let mut reader = Reader::open(path, euros()).unwrap();
    let products = reader
        .by_ref()
        .map(|entry| match entry {
            Entry::Product(product) => *product,
            other => panic!("{}", told(&other)),
        })
        .collect();
    (products, reader.summary().clone())
}

#[test]
fn the_catalogue_of_the_examples_is_read_without_a_refused_product() {
    let (products, summary) = catalogue();
    assert_eq!((summary.products, summary.refused, summary.not_published), (products.len() as u64, 0, 5));
    assert!(products.len() >= 230);
    assert!(products.iter().map(|one| one.product.variants.len()).sum::<usize>() >= 700);
    assert_eq!(summary.repeated_skus, ["BRW-03"]);
    for one in &products {
        assert!(one.losses.is_empty(), "{:?}", one.losses);
        assert!(!one.product.images.is_empty() && !one.product.wording.description.text.is_empty());
    }
}

#[test]
fn the_catalogue_of_the_examples_shows_what_real_ones_are_like() {
    let (products, _) = catalogue();
    let withheld = |why| products.iter().filter(|one| one.publish == Publish::No(why)).count();
    assert_eq!(
        [Withheld::Draft, Withheld::Archived, Withheld::Unpublished, Withheld::GiftCard].map(withheld),
        [2, 1, 1, 1]
    );
    let noted = |kind| products.iter().flat_map(|one| &one.notes).filter(|note| note.kind == kind).count();
    assert_eq!([NoteKind::NegativeQuantity, NoteKind::RepeatedSku].map(noted), [2, 2]);
    assert_eq!(noted(NoteKind::CheckDigit), 0);

    let variants = || products.iter().flat_map(|one| &one.product.variants);
    assert!(variants().any(|one| one.sku.is_none()));
    assert!(variants().any(|one| one.compare_at.is_some()));
    assert!(variants().all(|one| one.compare_at.is_none_or(|before| before.amount() > one.price.amount())));
    let codes: Vec<_> = variants().flat_map(|one| &one.codes).map(|code| code.value.as_str()).collect();
    assert!(codes.len() > 600 && codes.iter().all(|code| code.len() == 13 && code.starts_with('2')));
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    assert!(products.iter().any(|one| one.product.nature == Nature::Digital && one.publish == Publish::Yes));
    assert!(products.iter().any(|one| one.product.options.len() == 3));
    let texts: BTreeSet<_> = products.iter().map(|one| &one.product.wording.description.text).collect();
    assert_eq!(texts.len(), products.len());
    let extras = products.iter().map(|one| one.product.extensions.get::<CatalogueExtras>().unwrap().unwrap());
    assert!(extras.filter(|extras| extras.metafields.contains_key("custom.material")).count() > 100);
}
