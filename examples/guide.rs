//! The program that `docs/guides/start.md` explains, piece by piece.

use fusion_core::{
    ErrorKind, Result,
    approval::Policy,
    hub::{Hub, ListingsWanted, NewStore, OrdersWanted, StockChange},
    model::{Address, Intake, MoveKind, NewProduct, NewVariant, OrderAction, RefKind},
};
use fusion_plugins::shopify::{Shopify, simulator::NewOrder};
use fusion_queue::{Memory, TokioClock, Worker};
use serde_json::Value;
use std::sync::Arc;

#[tokio::main]
pub(crate) async fn main() -> Result<()> {
    let clock = Arc::new(TokioClock::system());
    let shop = Shopify::simulator(clock.clone()).build()?;
    let hub = Hub::builder(Memory::with_clock(clock))
        .plugin(Shopify::simulated_by(&shop))
        .policy(Policy::two_people())
        .build()
        .await?;
    let acme = hub.tenant("acme")?;
    let (alice, bob) = (acme.person("alice")?, acme.person("bob")?);

    // A program that starts again on a file finds here what it has registered before.
    let known = hub.stores(&alice).await?.into_iter().find(|store| store.name == "Main shop");
    let store = match known {
        Some(store) => store,
        None => hub.register_store(&alice, NewStore::new("shopify", "Main shop")).await?,
    };

    let mug = NewProduct::new("Mug")
        .with_variant(NewVariant::new("MUG-S", "9.90 EUR".parse()?, 40).option("Size", "Small"))
        .with_variant(NewVariant::new("MUG-L", "12.50 EUR".parse()?, 25).option("Size", "Large"));
    let mug = hub.save_product(&alice, mug).await?;

    let bundle = hub.publish(&alice, [mug.id], [store.id]).await?;
    for skipped in &bundle.skipped {
        println!("{:?} can't be sold there: {}", skipped.title, skipped.failure);
    }
    for request in &bundle.items {
        println!("{} wants: {}", request.requester.id, request.preview.summary);
        for loss in &request.preview.losses {
            println!("  the shop won't carry {}: {}", loss.path, loss.note);
        }
    }

    let own_vote = hub.approve(&alice, &bundle).await?;
    assert_eq!(own_vote.counted(), 0, "two people have to agree");
    hub.approve(&bob, &bundle).await?.all()?;

    let worker = Worker::of(&hub);
    worker.run_until_idle().await?;
    for request in hub.bundle(&alice, bundle.id).await?.items {
        println!("{}: {}", request.preview.summary, request.phase.as_str());
    }

    // Which stock item a piece of the small mug takes from, and how many of it.
    let small = mug.variants.first().and_then(|variant| variant.consumes.first());
    if let Some(counted) = small {
        let sale = StockChange {
            item: counted.item,
            location: None,
            kind: MoveKind::Adjust,
            delta: -2,
            cause: "till receipt 17".to_owned(),
        };
        let level = hub.move_stock(&alice, sale.clone()).await?;
        assert_eq!(hub.move_stock(&alice, sale).await?, level, "one cause counts once");
        println!("{} of the small mug can still be sold", level.available());
    }
    worker.run_until_idle().await?;
    let drift = hub.drift(&alice, store.id).await?;
    println!("{} listings compared, {} differ", drift.checked, drift.drifted.len());

    hub.import(&alice, store.id, Intake::Everything).await?;
    worker.run_until_idle().await?;
    println!("{} doubts wait for a person", hub.doubts(&alice).await?.len());

    // A buyer orders in the shop.
    let listings = hub.listings(&alice, ListingsWanted::In(store.id), None, 10).await?;
    let listing = listings.first();
    let variant = listing.and_then(|listing| listing.variants.first()?.refs.get(&RefKind::of("variant")));
    if let Some(variant) = variant {
        shop.place_order(NewOrder::of([(variant, 1)]))?;
    }
    hub.pull_orders(&alice, store.id).await?;
    worker.run_until_idle().await?;
    for order in hub.orders(&alice, store.id, OrdersWanted::All, None, 10).await? {
        let ship = OrderAction::Ship {
            lines: Vec::new(),
            carrier: Some("DHL".to_owned()),
            tracking: Some("PARCEL-1".to_owned()),
            location: None,
            notify: true,
        };
        let asked = hub.act_on_order(&alice, order.id, ship).await?;
        worker.run_until_idle().await?;
        for request in hub.bundle(&alice, asked.id).await?.items {
            println!("{}: {}", request.preview.summary, request.phase.as_str());
        }
    }

    if let Some(order) = hub.orders(&alice, store.id, OrdersWanted::All, None, 1).await?.first() {
        let buyer = hub.buyer(&alice, order.id).await?;
        if let Some(address) = buyer.ship_to.value() {
            // From here on it is yours to keep out of logs.
            let Address { name, lines, city, .. } = address.reveal();
            println!("for {}: {}, {}", told(name.as_deref()), lines.join(", "), told(city.as_deref()));
        }
    }

    let dearer = "10.90 EUR".parse()?;
    hub.change_product(&alice, mug.id, |mug| {
        for variant in mug.variants.iter_mut().filter(|one| one.sku.as_deref() == Some("MUG-S")) {
            variant.base_price = dearer;
        }
    })
    .await?;
    let drafts = hub.update(&alice, [mug.id], [store.id]).await?;
    let bundle = hub.prepare(&alice, drafts.id).await?;
    for request in &bundle.items {
        println!("{}", request.preview.summary);
        for change in &request.preview.changes {
            println!("  {}: {} becomes {}", change.path, shown(&change.from), shown(&change.to));
        }
    }
    hub.approve(&bob, &bundle).await?.all()?;
    worker.run_until_idle().await?;

    let no_title = hub.save_product(&alice, NewProduct::new(" ")).await;
    if let Err(error) = no_title {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        for problem in error.problems() {
            println!("{}: {}", problem.path, problem.message);
        }
    }

    println!("{}", hub.verify_audit(&alice, None).await?);
    Ok(())
}

fn told(text: Option<&str>) -> &str {
    text.unwrap_or("not told")
}

fn shown(value: &Option<Value>) -> String {
    value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string)
}
