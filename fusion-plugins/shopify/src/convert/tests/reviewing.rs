//! What reviewers and drift compare.

use super::*;

#[test]
fn a_snapshot_meets_the_changes_own_writes_after_it_ran() {
    let wanted = listing(&["Red"]);
    let fields = listing_fields(&wanted, &Lifecycle::Draft, &shop_facts());
    let sent = created(&wanted, &Staged::default(), &shop_facts()).unwrap().value;
    let mut after = target(&[0]);
    after.variants.truncate(1);
    assert_eq!(shown(&read(&echo(&sent)), &after, fields.keys()), fields);
}

#[test]
fn drift_compares_what_the_platform_can_show() {
    let mut wanted = listing(&["Red"]);
    wanted.description = fusion_core::model::RichText::plain("a & b");
    wanted.variants[0].offer.sale = serde_json::from_value(json!({"price": "9.00 EUR"})).unwrap();
    let there = read(&echo(&created(&wanted, &Staged::default(), &shop_facts()).unwrap().value));
    assert_eq!(fusion_core::plugin::differences(&as_shown(&wanted), &target(&[0]), &there), []);
}

#[test]
fn an_option_that_is_called_otherwise_is_drift_and_another_order_is_none() {
    let mut wanted = listing(&["Red"]);
    let mut there = read(&echo(&created(&wanted, &Staged::default(), &shop_facts()).unwrap().value));
    assert_eq!(fusion_core::plugin::renamed_options(&wanted, &there), None);
    let Seen::Value(options) = &mut there.options else { panic!("{:?}", there.options) };
    options[0].name = "Shade".to_owned();
    let renamed = fusion_core::plugin::renamed_options(&wanted, &there).unwrap();
    assert_eq!((renamed.path.as_str(), renamed.live), ("options", json!(["Shade"])));
    wanted.options[0].name = " Shade ".to_owned();
    assert_eq!(fusion_core::plugin::renamed_options(&wanted, &there), None);
    there.options = Seen::NotRead;
    wanted.options.clear();
    assert_eq!(fusion_core::plugin::renamed_options(&wanted, &there), None);
}

#[test]
fn only_addresses_that_can_be_fetched_are_named_to_the_platform() {
    let media = |source: &str| {
        serde_json::from_value(json!({"id": uuid(9), "source": source, "role": "gallery"})).unwrap()
    };
    let named = |media: &Media, staged: &Staged| file(media, staged).unwrap().original_source;
    let nothing = Staged::default();
    assert_eq!(named(&media("https://a.example/1.png"), &nothing).unwrap(), "https://a.example/1.png");
    for source in ["file:///etc/passwd", "media:9", "", "javascript:1"] {
        assert_eq!(named(&media(source), &nothing), None, "{source}");
        let mut staged = Staged::default();
        staged.put(media(source).id, Hash::of(b"1"), Some("https://staged.example/1".to_owned()));
        assert_eq!(named(&media(source), &staged).unwrap(), "https://staged.example/1", "{source}");
    }
    let mut losses = Losses::default();
    let none = files(&[], &Staged::default(), &Target::default(), &Seen::Value(Vec::new()), &mut losses);
    assert!(none.is_none());
}
