//! The trap of productSet: what a list leaves out is deleted.

use super::*;

#[test]
fn a_variant_that_isnt_ours_is_listed_again_and_named() {
    let wanted = listing(&["Red"]);
    let there = read(&live(&["Red", "Green"]));
    let repair = in_line(&wanted, &Staged::default(), &target(&[0]), &there, &shop_facts()).unwrap().value;
    assert_eq!(repair.kept, [(variant_id(1), "Green".to_owned())]);
    let sent = json_of(&repair.input);
    assert_eq!(
        sent["variants"][1],
        json!({"id": variant_id(1), "optionValues": [{"optionName": "Colour", "name": "Green"}]})
    );
    assert_eq!(sent["productOptions"][0]["values"], json!([{"name": "Red"}, {"name": "Green"}]));
    let strange = strangers(&wanted.variants, &target(&[0]), &there);
    assert_eq!((strange[0].id.as_str(), strange[0].name.as_str()), (variant_id(1).as_str(), "Green"));
    assert!(strange[0].fits(&wanted));
}

#[test]
fn a_variant_that_cant_stay_stops_the_change_and_is_named() {
    let mut wanted = listing(&["Red"]);
    wanted.options[0].name = "Color".to_owned();
    wanted.variants[0].options = [("Color", "Red")].into_iter().collect();
    let refused =
        in_line(&wanted, &Staged::default(), &target(&[0]), &read(&live(&["Red", "Green"])), &shop_facts())
            .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert!(refused.problems()[0].message.contains("Green"));
}

#[test]
fn a_product_that_wasnt_read_whole_is_never_written() {
    let mut cut = live(&["Red", "Green"]);
    cut["variants"]["pageInfo"]["hasNextPage"] = json!(true);
    let there = read(&cut);
    assert_eq!(there.variants, Seen::NotRead);
    assert!(in_line(&listing(&["Red"]), &Staged::default(), &target(&[0]), &there, &shop_facts()).is_err());
}

#[test]
fn pictures_that_arent_ours_stay_and_unread_ones_are_left_alone() {
    let mut there = live(&["Red"]);
    there["media"]["nodes"] = json!([{"id": "gid://shopify/MediaImage/7", "alt": null, "image": null},
        {"id": "gid://shopify/MediaImage/8", "alt": null, "image": null}]);
    let mut ours = target(&[0]);
    let wanted = listing(&["Red"]);
    ours.media = vec![(wanted.media[0].id, Refs::of([Ref::new(MEDIA, "gid://shopify/MediaImage/7")]))];
    let sent = in_line(&wanted, &Staged::default(), &ours, &read(&there), &shop_facts()).unwrap().value.input;
    assert_eq!(
        json_of(&sent)["files"],
        json!([{"id": "gid://shopify/MediaImage/7", "alt": "A mug"}, {"id": "gid://shopify/MediaImage/8"}])
    );
    there["media"]["pageInfo"]["hasNextPage"] = json!(true);
    let cut = in_line(&wanted, &Staged::default(), &ours, &read(&there), &shop_facts()).unwrap();
    assert_eq!(json_of(&cut.value.input).get("files"), None);
    assert!(cut.losses.iter().any(|loss| loss.path == "media"));
}

#[test]
fn lists_that_are_not_ours_are_never_sent_in_a_repair() {
    let sent = json_of(
        &in_line(
            &listing(&["Red"]),
            &Staged::default(),
            &target(&[0]),
            &read(&live(&["Red"])),
            &shop_facts(),
        )
        .unwrap()
        .value
        .input,
    );
    for list in ["metafields", "collections"] {
        assert_eq!(sent.get(list), None, "{list}");
    }
}

proptest! {
    /// Whatever the listing names and whatever we know of it: each variant that exists is sent again.
    #[test]
    fn no_variant_is_ever_deleted_by_leaving_it_out(
        ours in proptest::sample::subsequence(vec!["A", "B", "C", "D", "E"], 1..=5),
        theirs in proptest::sample::subsequence(vec!["A", "B", "C", "D", "E"], 1..=5),
        known in proptest::collection::vec(0_usize..7, 0..5),
        hidden in proptest::collection::vec(any::<bool>(), 5),
    ) {
        let mut wanted = listing(&ours);
        for (variant, hidden) in wanted.variants.iter_mut().zip(hidden) {
            variant.offered = !hidden;
        }
        let there = read(&live(&theirs));
        let sent = in_line(&wanted, &Staged::default(), &target(&known), &there, &shop_facts()).unwrap().value.input;
        let existing: BTreeSet<String> = (0..theirs.len()).map(variant_id).collect();
        prop_assert_eq!(sent_ids(&sent), existing);
        // And none is named twice.
        let named = sent.variants.iter().flatten().filter(|variant| variant.id.is_some()).count();
        prop_assert_eq!(named, theirs.len());
    }
}
