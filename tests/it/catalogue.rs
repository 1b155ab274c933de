//! What a product may become.

use crate::world::World;
use fusion_core::{
    error::{Error, ErrorKind, Severity},
    hub::{Slips, StockChange},
    model::{
        Consumes, Decimal, MediaId, MoveKind, NewImage, NewProduct, NewVariant, Product, StockItemId,
        VariantId, Weight, WeightUnit,
    },
    storage::{ChangeSet, Storage as _, Version},
};
use fusion_plugin_sdk::testkit::Script;

#[tokio::test(start_paused = true)]
async fn a_change_is_checked_as_a_new_product_is() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 2).await;
    world.save("Cup", 1).await;
    type Change = fn(&mut Product);
    let changes: [(ErrorKind, Change); 8] = [
        (ErrorKind::InvalidInput, |product| product.wording.title.clear()),
        (ErrorKind::InvalidInput, |product| product.variants.clear()),
        (ErrorKind::InvalidInput, |product| {
            product.variants[1].options = product.variants[0].options.clone()
        }),
        (ErrorKind::InvalidInput, |product| product.variants[0].base_price = "-1 EUR".parse().unwrap()),
        (ErrorKind::InvalidInput, |product| product.variants[1].base_price = "9 USD".parse().unwrap()),
        (ErrorKind::InvalidInput, |product| product.variants[0].compare_at = Some("9 USD".parse().unwrap())),
        (ErrorKind::AlreadyExists, |product| product.variants[0].sku = Some("Cup-0".to_owned())),
        (ErrorKind::AlreadyExists, |product| product.variants[0].sku = product.variants[1].sku.clone()),
    ];
    let before = world.hub.product(&world.alice, mug).await.unwrap();
    for (nth, (kind, change)) in changes.into_iter().enumerate() {
        let refused = world.hub.change_product(&world.alice, mug, change).await.unwrap_err();
        assert_eq!(refused.kind(), kind, "{nth}: {refused}");
    }
    assert_eq!(world.hub.product(&world.alice, mug).await.unwrap(), before);
    let swap = |product: &mut Product| {
        product.wording.title = "Beaker".to_owned();
        product.variants[0].sku = Some("beaker".to_owned());
    };
    world.hub.change_product(&world.alice, mug, swap).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_sku_that_was_saved_although_it_repeats_keeps_nobody_from_changing_the_product() {
    let world = World::new(Script::default()).await;
    world.save("Mug", 1).await;
    let price = "3 EUR".parse().unwrap();
    let twin = NewProduct::new("Twin").with_variant(NewVariant::new("Mug-0", price, 1));
    let twin = world.hub.save_product_as(&world.alice, twin, Slips::Report).await.unwrap();
    let [slip] = twin.slips.as_slice() else { panic!("{:?}", twin.slips) };
    assert_eq!((slip.path.as_str(), slip.severity), ("variants[0].sku", Severity::Warning));
    let retitle = |product: &mut Product| product.wording.title = "Pair".to_owned();
    world.hub.change_product(&world.alice, twin.product.id, retitle).await.unwrap();
}

/// Path and code of each problem.
fn named(error: &Error) -> Vec<(&str, &str)> {
    error.problems().iter().map(|one| (one.path.as_str(), one.code.as_str())).collect()
}

fn variant(size: &str, change: impl FnOnce(&mut NewVariant)) -> NewVariant {
    let mut variant = NewVariant::new(size, "3 EUR".parse().unwrap(), 1).option("Size", size);
    change(&mut variant);
    variant
}

fn weight(grams: i64) -> Weight {
    Weight { value: Decimal::from(grams), unit: WeightUnit::Gram }
}

#[tokio::test(start_paused = true)]
async fn numbers_that_cannot_be_meant_are_named_before_anything_is_saved() {
    let world = World::new(Script::default()).await;
    let money = |text: &str| text.parse().unwrap();
    let mut product = NewProduct::new("Mug")
        .with_variant(variant("S", |one| one.price = money("12.505 EUR")))
        .with_variant(variant("M", |one| one.compare_at = Some(money("12.505 EUR"))))
        .with_variant(variant("L", |one| one.cost = Some(money("0.0125 EUR"))))
        .with_variant(variant("XL", |one| one.cost = Some(money("-1 EUR"))))
        .with_variant(variant("A", |one| one.on_hand = Some(-5)))
        .with_variant(variant("B", |one| one.on_hand = Some(i64::MAX)))
        .with_variant(variant("C", |one| one.shipping.weight = Some(weight(-1))))
        .with_variant(variant("D", |one| one.image = Some(1)))
        .with_variant(variant("E", |one| one.compare_at = Some(money("-1 EUR"))));
    product.images.push(NewImage::default());
    let refused = world.hub.save_product(&world.alice, product).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    let mut found = named(&refused);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("variants[0].price", "too_precise"),
            ("variants[1].compare_at", "too_precise"),
            ("variants[2].cost", "too_precise"),
            ("variants[3].cost", "negative"),
            ("variants[4].on_hand", "negative"),
            ("variants[5].on_hand", "too_many"),
            ("variants[6].shipping.weight", "negative"),
            ("variants[7].image", "unknown"),
            ("variants[8].compare_at", "negative"),
        ]
    );
    let mend = refused.problems().iter().find(|one| one.path == "variants[0].price").unwrap();
    assert!(mend.message.ends_with("round 12.505 EUR, such as to 12.51 EUR"), "{mend}");
    let all = world.hub.products(&world.alice, Default::default(), None, 10).await.unwrap();
    assert_eq!(all, []);
}

#[tokio::test(start_paused = true)]
async fn a_changed_number_is_checked_and_one_that_stood_there_is_kept() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 2).await;
    let spoil = |product: &mut Product| {
        product.variants[0].base_price = "12.505 EUR".parse().unwrap();
        product.variants[1].shipping.weight = Some(weight(-1));
        product.variants[1].consumes[0].units = 0;
        product.variants[1].sku = Some(String::new());
    };
    let refused = world.hub.change_product(&world.alice, mug, spoil).await.unwrap_err();
    let wrong = [
        ("variants[0].base_price", "too_precise"),
        ("variants[1].shipping.weight", "negative"),
        ("variants[1].consumes[0].units", "zero"),
        ("variants[1].sku", "blank"),
    ];
    assert_eq!(named(&refused), wrong);
    // An import takes what the platform shows; what isn't touched then is nobody's slip.
    let mut odd = world.hub.product(&world.alice, mug).await.unwrap();
    spoil(&mut odd);
    let mut changes = ChangeSet::default();
    changes.update(Version(1), odd);
    let _ = world.memory.commit(world.acme.tenant(), changes).await.unwrap();
    let retitle = |product: &mut Product| product.wording.title = "Jug".to_owned();
    world.hub.change_product(&world.alice, mug, retitle).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_a_catalogue_owes_is_reported_and_by_hand_a_slip() {
    let world = World::new(Script::default()).await;
    let owing = || NewProduct::new("Mug").with_variant(variant("S", |one| one.on_hand = Some(-5)));
    world.hub.save_product(&world.alice, owing()).await.unwrap_err();
    let saved = world.hub.save_product_as(&world.alice, owing(), Slips::Report).await.unwrap();
    let [slip] = saved.slips.as_slice() else { panic!("{:?}", saved.slips) };
    assert_eq!((slip.path.as_str(), slip.severity), ("variants[0].on_hand", Severity::Warning));
    let item = saved.product.variants[0].consumes[0].item;
    assert_eq!(world.hub.levels(&world.alice, item).await.unwrap()[0].on_hand, -5);
    let (kind, cause) = (MoveKind::Adjust, "a slip".to_owned());
    let change = StockChange { item, location: None, kind, delta: i64::MAX, cause };
    let refused = world.hub.move_stock(&world.alice, change).await.unwrap_err();
    assert_eq!((refused.kind(), named(&refused)), (ErrorKind::InvalidInput, vec![("delta", "too_many")]));
}

#[tokio::test(start_paused = true)]
async fn a_repeated_sku_names_its_variant_and_who_else_has_it() {
    let world = World::new(Script::default()).await;
    world.save("Mug", 1).await;
    let sku = |sku: &'static str| move |one: &mut NewVariant| one.sku = Some(sku.to_owned());
    let product = NewProduct::new("Cup")
        .with_variant(variant("S", sku("CUP")))
        .with_variant(variant("M", sku("Mug-0")))
        .with_variant(variant("L", sku("CUP")))
        .with_variant(variant("XL", |one| one.sku = None));
    let refused = world.hub.save_product(&world.alice, product).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
    let wrong = [("variants[1].sku", "repeated"), ("variants[2].sku", "repeated")];
    assert_eq!(named(&refused), wrong);
    let told: Vec<&str> = refused.problems().iter().map(|one| one.message.as_str()).collect();
    assert!(told[0].contains("`Mug-0`") && told[0].contains("the product `Mug`"), "{told:?}");
    assert!(told[1].contains("`CUP`") && told[1].contains("variants[0] has it too"), "{told:?}");
    // The one that had it keeps it, wherever it stands.
    let pair = world.save("Pair", 2).await;
    let same = |product: &mut Product| product.variants[0].sku = product.variants[1].sku.clone();
    let refused = world.hub.change_product(&world.alice, pair, same).await.unwrap_err();
    assert_eq!(named(&refused), [("variants[0].sku", "repeated")]);
    assert!(refused.problems()[0].message.contains("variants[1] has it too"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn variants_that_nobody_could_tell_apart_say_what_is_missing() {
    let world = World::new(Script::default()).await;
    let price = || "3 EUR".parse().unwrap();
    let plain = NewProduct::new("Mug").variant("A", price(), 1).variant(" ", price(), 1);
    let refused = world.hub.save_product(&world.alice, plain).await.unwrap_err();
    assert_eq!(named(&refused), [("variants[1].options", "repeated"), ("variants[1].sku", "blank")]);
    assert!(refused.problems()[0].message.ends_with("give each an option"), "{refused}");
    let mug = world.save("Mug", 1).await;
    let empty = |product: &mut Product| product.variants[0].sku = Some(String::new());
    let refused = world.hub.change_product(&world.alice, mug, empty).await.unwrap_err();
    assert_eq!(named(&refused), [("variants[0].sku", "blank")]);
}

#[tokio::test(start_paused = true)]
async fn what_a_variant_names_and_is_not_there_is_refused() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 2).await;
    let clock = world.hub.clock().clone();
    let nowhere = StockItemId::new(&*clock);
    let spoil = |product: &mut Product| {
        product.variants[0].media = Some(MediaId::new(&*clock));
        product.variants[0].consumes.push(Consumes { item: nowhere, units: 1 });
        let twice = product.variants[1].consumes[0];
        product.variants[1].consumes.push(twice);
    };
    let refused = world.hub.change_product(&world.alice, mug, spoil).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    let wrong = [
        ("variants[0].media", "unknown"),
        ("variants[0].consumes[1].item", "unknown"),
        ("variants[1].consumes[1].item", "repeated"),
    ];
    assert_eq!(named(&refused), wrong);
    let (kind, cause) = (MoveKind::Adjust, "a slip".to_owned());
    let change = StockChange { item: nowhere, location: None, kind, delta: 1, cause };
    let refused = world.hub.move_stock(&world.alice, change).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    assert!(refused.message().contains(&nowhere.to_string()), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn two_variants_of_one_id_are_refused() {
    let world = World::new(Script::default()).await;
    let mug = world.save("Mug", 1).await;
    let twice = |product: &mut Product| {
        let mut copy = product.variants[0].clone();
        copy.sku = Some("Mug-1".to_owned());
        copy.options = [("Size".to_owned(), "size 1".to_owned())].into_iter().collect();
        product.variants.push(copy);
    };
    let refused = world.hub.change_product(&world.alice, mug, twice).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert_eq!(named(&refused), [("variants[1].id", "repeated")]);
    let clock = world.hub.clock().clone();
    let apart = |product: &mut Product| {
        twice(product);
        product.variants[1].id = VariantId::new(&*clock);
    };
    world.hub.change_product(&world.alice, mug, apart).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_picture_that_a_variant_shows_does_not_go_without_it() {
    let world = World::new(Script::default()).await;
    let mut variant = NewVariant::new("MUG", "3 EUR".parse().unwrap(), 1);
    variant.image = Some(0);
    let mut mug = NewProduct::new("Mug").with_variant(variant);
    mug.images.push(NewImage { source: "https://pictures.example/mug.jpg".to_owned(), alt: None });
    let mug = world.hub.save_product(&world.alice, mug).await.unwrap();
    let drop_all = |product: &mut Product| product.media.clear();
    let refused = world.hub.change_product(&world.alice, mug.id, drop_all).await.unwrap_err();
    assert_eq!(named(&refused), [("variants[0].media", "unknown")]);
    assert!(refused.problems()[0].message.contains("show another one or none"), "{refused}");
    let both = |product: &mut Product| {
        product.media.clear();
        product.variants[0].media = None;
    };
    world.hub.change_product(&world.alice, mug.id, both).await.unwrap();
}
