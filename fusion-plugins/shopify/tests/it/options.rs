//! A shop calls its options by names of its own, as a product does that somebody made there.

use crate::bench::{Bench, id, listing, target_of, uuid};
use fusion_core::{
    error::{ErrorKind, Fate},
    model::{ListingEdit, NewListing},
    plugin::{Change, PlatformPlugin, Target, Work},
};
use serde_json::{Value, json};

/// A product of ours in a shop whose merchant has given its options these names.
async fn renamed(wanted: &NewListing, names: &[&str]) -> (Bench, Target) {
    let mut bench = Bench::new().await;
    let target = bench.publish("publish", &Target::default(), wanted).await;
    let rename = |kept: &mut Value| {
        for (option, name) in kept["options"].as_array_mut().unwrap().iter_mut().zip(names) {
            option["name"] = json!(name);
        }
    };
    bench.shop.edit_product(id(&target.refs, "product"), rename).unwrap();
    (bench, target)
}

/// A mug with a colour and a size.
fn sized(colours: &[&str]) -> NewListing {
    let mut wanted = serde_json::to_value(listing(colours)).unwrap();
    wanted["options"].as_array_mut().unwrap().push(json!({"name": "Size", "values": ["L"]}));
    for variant in wanted["variants"].as_array_mut().unwrap() {
        variant["options"].as_array_mut().unwrap().push(json!(["Size", "L"]));
    }
    serde_json::from_value(wanted).unwrap()
}

/// A new title, and a green one more.
fn grown(wanted: fn(&[&str]) -> NewListing) -> ListingEdit {
    let green = wanted(&["Red", "Blue", "Green"]).variants.pop();
    serde_json::from_value(json!({"title": {"set": "Cup"}, "add": [green]})).unwrap()
}

#[tokio::test]
async fn a_variant_under_other_option_names_than_the_shops_is_refused_before_any_write() {
    let one: fn(&[&str]) -> NewListing = listing;
    for (wanted, names, fits) in [
        (one, &["Colour"][..], true),
        (one, &["Farbe"], false),
        (one, &["colour"], false),
        (sized, &["Colour", "Size"], true),
        // Which of them is which hangs on the names alone.
        (sized, &["Size", "Colour"], true),
        (sized, &["Colour", "Width"], false),
        (sized, &["Farbe", "Width"], false),
    ] {
        let (mut bench, target) = renamed(&wanted(&["Red", "Blue"]), names).await;
        let before = bench.shop.product(id(&target.refs, "product"));
        let effects = bench.effects();
        let edit = grown(wanted);
        let change = Change::UpdateProduct { listing: listing(&[]).listing, edit: Box::new(edit.clone()) };
        let command = bench.command(change);
        let work = Work { command: &command, target: &target };
        let seen = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
        let shown = bench.plugin.preview(&bench.bench.store, work, &seen);
        bench.bench.next_work("edit");
        let done = bench.plugin.update_product(&bench.cx(), &target, &edit).await;
        if fits {
            shown.unwrap();
            let placed = crate::bench::done(done.unwrap());
            assert_eq!(target_of(&placed).variants.len(), 3, "{names:?}");
            continue;
        }
        for error in [shown.unwrap_err(), done.unwrap_err()] {
            assert_eq!((error.kind(), error.fate()), (ErrorKind::InvalidInput, Fate::NotSent), "{names:?}");
            let paths: Vec<&str> = error.problems().iter().map(|one| one.path.as_str()).collect();
            assert_eq!(paths, ["add[0].options"], "{names:?}");
            assert!(error.to_string().contains(&names.join(", ")), "{error}");
        }
        assert_eq!((bench.shop.product(id(&target.refs, "product")), bench.effects()), (before, effects));
    }
}

#[tokio::test]
async fn publishing_says_that_it_renames_the_shops_options_and_keeps_its_variants() {
    let wanted = listing(&["Red", "Blue", "Green"]);
    let (mut bench, target) = renamed(&listing(&["Red", "Blue"]), &["Farbe"]).await;
    let command = bench.command(Change::Publish { listing: Box::new(wanted.clone()) });
    let work = Work { command: &command, target: &target };
    let seen = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    let preview = bench.plugin.preview(&bench.bench.store, work, &seen).unwrap();
    let said = preview.changes.iter().find(|change| change.path == "options").unwrap();
    assert_eq!((&said.from, &said.to), (&Some(json!(["Farbe"])), &Some(json!(["Colour"]))));
    let after = bench.publish("again", &target, &wanted).await;
    assert_eq!(after.variants[..2], target.variants[..]);
    assert_eq!(after.variants[2].id.to_string(), uuid(102));
    let fresh = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
    assert_eq!(fresh.fields["options"], seen.wanted["options"]);
}

#[tokio::test]
async fn an_edit_that_leaves_options_alone_says_what_the_shop_calls_them() {
    for (names, noted) in
        [(["Farbe", "Size"], true), (["Size", "Colour"], false), (["Colour", "Size"], false)]
    {
        let (bench, target) = renamed(&sized(&["Red", "Blue"]), &names).await;
        let target = Target { options: Some(vec!["Colour".to_owned(), "Size".to_owned()]), ..target };
        let edit: ListingEdit = serde_json::from_value(json!({"title": {"set": "Cup"}})).unwrap();
        let change = Change::UpdateProduct { listing: listing(&[]).listing, edit: Box::new(edit) };
        let command = bench.command(change);
        let work = Work { command: &command, target: &target };
        let shown = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
        let preview = bench.plugin.preview(&bench.bench.store, work, &shown).unwrap();
        let notes: Vec<_> =
            preview.notes.iter().map(|note| (note.path.as_str(), note.code.as_str())).collect();
        assert_eq!(notes, if noted { vec![("options", "renamed")] } else { vec![] }, "{names:?}");
        assert!(!noted || preview.notes[0].message.contains("Farbe, Size"), "{:?}", preview.notes);
        // The title doesn't hang on it: another name stops nothing.
        let rename = |kept: &mut Value| kept["options"][0]["name"] = json!("Color");
        bench.shop.edit_product(id(&target.refs, "product"), rename).unwrap();
        let fresh = bench.plugin.snapshot(&bench.cx(), &[work]).await.unwrap().remove(0);
        assert_eq!(shown.stale_fields(&fresh, false), Vec::<String>::new(), "{names:?}");
    }
}
