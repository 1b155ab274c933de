//! The program of the README: one product, one store, two people.

use fusion_core::{
    approval::Policy,
    hub::{Hub, NewStore},
    model::NewProduct,
};
use fusion_plugins::shopify::Shopify;
use fusion_queue::{Memory, Worker};

#[rustfmt::skip]
#[tokio::main]
pub(crate) async fn main() -> fusion_core::Result<()> {
    let hub = Hub::builder(Memory::new())        // storage, queue and budgets in one
        .plugin(Shopify::simulated())            // plugin, transport and sign-in of a simulated shop in EUR
        .policy(Policy::two_people())
        .build()
        .await?;
    let acme = hub.tenant("acme")?;
    let (alice, bob) = (acme.person("alice")?, acme.person("bob")?);

    let store = hub.register_store(&alice, NewStore::new("shopify", "Main shop")).await?;
    let mug = NewProduct::new("Mug").variant("MUG-1", "12.50 EUR".parse()?, 40);
    let mug = hub.save_product(&alice, mug).await?;

    let bundle = hub.publish(&alice, [mug.id], [store.id]).await?; // one request a store, reviewed as one
    for skipped in &bundle.skipped {
        println!("the store can't take it: {}", skipped.failure);  // told here alone, with every reason
    }
    hub.approve(&bob, &bundle).await?.all()?;                      // what bob saw is what runs
    Worker::of(&hub).run_until_idle().await?;

    for request in hub.bundle(&alice, bundle.id).await?.items {
        println!("{}: {}", request.preview.summary, request.phase.as_str());
    }
    println!("{}", hub.verify_audit(&alice, None).await?);
    Ok(())
}
