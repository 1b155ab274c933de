//! The program that `docs/guides/start.md` explains, piece by piece.

use fusion_core::{
    ErrorKind, Result,
    approval::Policy,
    hub::{Hub, NewStore, StockChange},
    model::{Intake, MoveKind, NewProduct, NewVariant},
};
use fusion_plugins::shopify::Shopify;
use fusion_queue::{Memory, Worker};

#[tokio::main]
pub(crate) async fn main() -> Result<()> {
    let hub =
        Hub::builder(Memory::new()).plugin(Shopify::simulated()).policy(Policy::two_people()).build().await?;
    let acme = hub.tenant("acme")?;
    let (alice, bob) = (acme.person("alice")?, acme.person("bob")?);
    let store = hub.register_store(&alice, NewStore::new("shopify", "Main shop")).await?;

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
    }
    worker.run_until_idle().await?;
    let drift = hub.drift(&alice, store.id).await?;
    println!("{} listings compared, {} differ", drift.checked, drift.drifted.len());

    hub.import(&alice, store.id, Intake::Everything).await?;
    worker.run_until_idle().await?;
    println!("{} doubts wait for a person", hub.doubts(&alice).await?.len());

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
