use super::*;
use fusion_core::plugin::Paged;

async fn walk(world: &World, since: Option<Timestamp>) -> (Vec<RemoteProduct>, usize, Option<Timestamp>) {
    let identity = |product: &Converted<RemoteProduct>| product.value.refs.current()[0].id.clone();
    let mut pages = Paged::new(None, identity, async |cursor| {
        let query = ProductQuery { changed_since: since, cursor, page_size: None };
        world.plugin.list_products(&world.bench.cx(), &query).await
    });
    let (mut items, mut unreadable, mut watermark) = (Vec::new(), 0, None);
    while let Some(page) = pages.next().await.unwrap() {
        items.extend(page.items.into_iter().map(|product| product.value));
        unreadable += page.unreadable.len();
        watermark = page.watermark;
    }
    (items, unreadable, watermark)
}

#[tokio::test]
async fn a_record_that_cant_be_read_stops_no_page() {
    let mut world = world(Script { page_size: 2, ..Script::default() });
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(world.shown(1).await);
        world.bench.next_work(&format!("work-{}", made.len() + 2));
    }
    world.platform.spoil(&product_ref(&made[1]));
    let (items, unreadable, watermark) = walk(&world, None).await;
    assert_eq!((items.len(), unreadable), (4, 1));
    assert_eq!(watermark, Some(world.clock.now()));
    let lists = world.platform.calls().iter().filter(|call| call.starts_with("GET")).count();
    assert_eq!(lists, 3);
}

#[tokio::test]
async fn a_walk_covers_changes_up_to_its_beginning_and_the_next_one_finds_the_rest() {
    let mut world = world(Script { page_size: 1, ..Script::default() });
    let first = world.shown(1).await;
    world.shown(1).await;
    let began = world.clock.now();
    let query = ProductQuery::default();
    let page = world.plugin.list_products(&world.bench.cx(), &query).await.unwrap();
    // Somebody changes what the first page has shown already.
    world.clock.advance(Duration::from_secs(5));
    world.platform.edit_title(&product_ref(&first), "Cup").unwrap();
    let query = ProductQuery { cursor: page.next, ..ProductQuery::default() };
    let page = world.plugin.list_products(&world.bench.cx(), &query).await.unwrap();
    assert_eq!(page.watermark, Some(began));
    let (items, ..) = walk(&world, page.watermark).await;
    assert!(items.iter().any(|product| product.title == Seen::Value("Cup".into())));
}

#[tokio::test]
async fn what_others_change_makes_a_snapshot_stale() {
    let mut world = world(Script::default());
    let placed = world.shown(1).await;
    let edit = ListingEdit { title: Edit::Set("Cup".into()), ..ListingEdit::default() };
    let change =
        Change::UpdateProduct { listing: ListingId::new(&world.clock), edit: Box::new(edit.clone()) };
    let command = Command::on(world.bench.store.id, change);
    let target = target(&placed);
    let works = [Work { command: &command, target: &target }];
    let shown = world.plugin.snapshot(&world.bench.cx(), &works).await.unwrap().remove(0);
    let preview = world.plugin.preview(&world.bench.store, works[0], &shown).unwrap();
    assert_eq!(preview.changes.len(), 1);
    assert_eq!(preview.changes[0].from, Some("Mug".into()));

    world.platform.set_available(&variant_ref(&placed, 0), 3).unwrap();
    let fresh = world.plugin.snapshot(&world.bench.cx(), &works).await.unwrap().remove(0);
    assert!(shown.stale_fields(&fresh, false).is_empty());

    world.platform.edit_title(&product_ref(&placed), "Jug").unwrap();
    let fresh = world.plugin.snapshot(&world.bench.cx(), &works).await.unwrap().remove(0);
    assert_eq!(shown.stale_fields(&fresh, false), ["title"]);

    let placed = done(world.plugin.update_product(&world.bench.cx(), &target, &edit).await.unwrap());
    assert_eq!(placed.product.title, Seen::Value("Cup".into()));
    let fresh = world.plugin.snapshot(&world.bench.cx(), &works).await.unwrap().remove(0);
    assert!(shown.stale_fields(&fresh, true).is_empty());
}

#[tokio::test]
async fn one_authorisation_shows_all_its_stores() {
    let world = world(Script::default());
    world.platform.add_store("two", "Second shop", Currency::new("GBP").unwrap());
    let facts = world.plugin.describe(&world.bench.connection_cx()).await.unwrap();
    let told: Vec<_> = facts.iter().map(|facts| (facts.remote_id.as_str(), facts.currency.code())).collect();
    assert_eq!(told, [("main", "EUR"), ("two", "GBP")]);
}

#[test]
fn the_manifest_offers_every_operation() {
    let world = world(Script::default());
    for operation in fusion_core::verb::Operation::OF_PLATFORMS {
        assert!(world.plugin.manifest().supports(operation), "{operation}");
    }
}
