//! What happens in the first process, line by line.

use crate::{process::QueueProcess, transport::Remote};
use fusion_core::{
    approval::Policy,
    canonical::EphemeralKeys,
    error::{Error, ErrorKind, Result},
    hub::{Hub, NewStore},
    job::QueueControl as _,
    model::{NewProduct, Store},
    storage::{Outbox, Split},
    tenant::Actor,
};
use fusion_plugins::shopify::Shopify;
use fusion_queue::Worker;

/// Products that people agree to at once.
const AT_ONCE: usize = 3;

/// Errands that are counted at most: many more than this program leaves.
const MANY: usize = 1_000;

struct Shop {
    hub: Hub,
    store: Store,
    alice: Actor,
    bob: Actor,
    agreed: Vec<String>,
}

impl Shop {
    /// Alice asks for new mugs to be published, and Bob agrees.
    async fn agree(&mut self) -> Result<()> {
        let (mut mugs, before) = (Vec::new(), self.agreed.len());
        for _ in 0..AT_ONCE {
            let name = format!("Mug {}", self.agreed.len() + 1);
            let mug = NewProduct::new(name.clone()).variant(name.clone(), "9.90 EUR".parse()?, 40);
            mugs.push(self.hub.save_product(&self.alice, mug).await?.id);
            self.agreed.push(name);
        }
        let bundle = self.hub.publish(&self.alice, mugs, [self.store.id]).await?;
        self.hub.approve(&self.bob, &bundle).await?.all()?;
        let new: Vec<&str> = self.agreed.iter().skip(before).map(String::as_str).collect();
        println!("alice and bob agree to {}", new.join(", "));
        Ok(())
    }

    async fn work(&self) -> Result<()> {
        let ran = Worker::of(&self.hub).run_until_idle().await?;
        println!("a worker performs {} jobs", ran.completed + ran.by_commit);
        Ok(())
    }
}

/// Whether the shop ends with exactly what was agreed.
pub(crate) async fn tell<S: Outbox + Clone + 'static>(storage: S, mut queue: QueueProcess) -> Result<bool> {
    // Whatever waits is handed on, and this queue forgets it: jobs of an earlier run, or of somebody else's program.
    if !storage.waiting(1).await?.is_empty() {
        let why = "the storage has errands that an earlier run or another program has left; name another one, or remove it";
        return Err(Error::new(ErrorKind::InvalidConfig, why));
    }
    let remote = Remote::new(queue.address());
    let backend = Split::new(storage.clone(), remote.clone(), remote.clone());
    let clock = storage.clock();
    let simulator = Shopify::simulator(clock.clone()).build()?;
    let hub = Hub::builder(backend)
        .plugin(Shopify::simulated_by(&simulator))
        .policy(Policy::two_people())
        // They end with the run, as the simulated shop does: nobody opens again what is sealed in it.
        .keys(EphemeralKeys::new(&*clock))
        .build()
        .await?;
    // A tenant of this run's own: the stores and products of earlier ones are left alone.
    let tenant = hub.tenant(&format!("example-{}", std::process::id()))?;
    let (alice, bob) = (tenant.person("alice")?, tenant.person("bob")?);
    let store = hub.register_store(&alice, NewStore::new("shopify", "Main shop")).await?;
    let mut shop = Shop { hub, store, alice, bob, agreed: Vec::new() };

    shop.agree().await?;
    shop.work().await?;
    println!("the shop has {} products", simulator.products().len());

    queue.cut()?;
    println!("the line to the queue is cut");
    shop.agree().await?;
    if let Err(error) = remote.stats(shop.alice.tenant()).await {
        println!("asked what it has, the queue is {:?}, fate {:?}: {error}", error.kind(), error.fate());
    }
    println!("what these commits ask of it waits: {} errands", storage.waiting(MANY).await?.len());

    queue.mend()?;
    println!("the line is back");
    shop.work().await?;
    println!("errands that wait: {}", storage.waiting(MANY).await?.len());
    println!("(what was handed on is the queue's to keep: this one would have lost it with its process)");

    let mut sold: Vec<String> =
        simulator.products().iter().filter_map(|one| one.get("title")?.as_str().map(str::to_owned)).collect();
    sold.sort();
    let published = simulator.ledger().iter().filter(|effect| effect.field == "publishablePublish").count();
    let is_right = sold == shop.agreed && published == sold.len();
    println!("the shop has {} products, each published once: {}", sold.len(), sold.join(", "));
    println!("{}", shop.hub.verify_audit(&shop.alice, None).await?);
    println!("{}", if is_right { "the shop holds exactly what was agreed" } else { "SOMETHING IS WRONG" });
    Ok(is_right)
}
