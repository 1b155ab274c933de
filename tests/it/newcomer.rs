//! Another merchant's program over the same shop: it knows nothing of what is there.

use crate::world::World;
use fusion_core::{
    hub::NewStore,
    model::{Doubt, Import, Intake, Listing, Product, ProductId, StockLevel, Store},
    storage::{Query, list_all},
    tenant::Actor,
};

pub(crate) struct Newcomer<'w> {
    world: &'w World,
    pub(crate) by: Actor,
    pub(crate) store: Store,
}

impl World {
    pub(crate) async fn newcomer(&self) -> Newcomer<'_> {
        let by = self.hub.tenant("bolt").unwrap().person("bob").unwrap();
        let main = NewStore::new("scripted", "Main shop").with_remote_id("main");
        let store = self.hub.register_store(&by, main).await.unwrap();
        Newcomer { world: self, by, store }
    }
}

impl Newcomer<'_> {
    pub(crate) async fn imports(&self, intake: Intake) -> Import {
        self.world.hub.import(&self.by, self.store.id, intake).await.unwrap();
        self.world.run().await;
        self.state().await
    }

    pub(crate) async fn state(&self) -> Import {
        self.world.hub.import_state(&self.by, self.store.id).await.unwrap().unwrap()
    }

    pub(crate) async fn products(&self) -> Vec<Product> {
        let found =
            list_all::<Product>(&self.world.memory, self.by.tenant(), &Query::Products).await.unwrap();
        let mut products: Vec<Product> = found.into_iter().map(|one| one.value).collect();
        products.sort_by(|one, other| one.wording.title.cmp(&other.wording.title));
        products
    }

    pub(crate) async fn listing(&self, product: ProductId) -> Listing {
        let query = Query::ListingsOf(product);
        let mut found = list_all::<Listing>(&self.world.memory, self.by.tenant(), &query).await.unwrap();
        assert_eq!(found.len(), 1);
        found.remove(0).value
    }

    pub(crate) async fn levels(&self, product: &Product) -> Vec<StockLevel> {
        let mut levels = Vec::new();
        for variant in &product.variants {
            levels.extend(self.world.hub.levels(&self.by, variant.consumes[0].item).await.unwrap());
        }
        levels
    }

    pub(crate) async fn doubts(&self) -> Vec<Doubt> {
        self.world.hub.doubts(&self.by).await.unwrap()
    }
}
