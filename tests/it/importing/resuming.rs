//! Imports that are killed or cancelled and go on.

use super::*;
use crate::kill::trap::Side;
use fusion_core::{
    job::{JobKind, QueueControl},
    model::{JobId, Walk, Watermark},
    storage::load,
};

#[tokio::test(start_paused = true)]
async fn an_import_that_is_killed_at_any_call_brings_everything_once() {
    for side in [Side::Before, Side::After] {
        for nth in 1.. {
            let world = World::new(small_pages()).await;
            world.shop_of(5).await;
            let new = world.newcomer().await;
            world.hub.import(&new.by, new.store.id, Intake::Everything).await.unwrap();
            let killed = world.kill(nth, side).await;
            world.work(&world.other_worker().await).await;
            whole(&new, 5, &format!("{side:?} call {nth}, {killed:?}")).await;
            if killed.is_none() {
                assert!(nth > 10, "{nth} calls");
                break;
            }
        }
    }
}

async fn whole(new: &Newcomer<'_>, products: usize, at: &str) {
    let import = new.state().await;
    assert!(import.ended.is_some(), "{at}");
    assert_eq!(import.counts.all(), products as u64, "each counted once, {at}");
    let found = new.products().await;
    assert_eq!(found.len(), products, "{at}");
    let mut items = BTreeSet::new();
    for product in &found {
        assert_eq!(new.levels(product).await.iter().map(|level| level.on_hand).sum::<i64>(), 80, "{at}");
        items.extend(product.variants.iter().map(|variant| variant.consumes[0].item));
        assert!(!new.listing(product.id).await.refs.is_empty(), "{at}");
    }
    assert_eq!(items.len(), 2 * products, "{at}");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_import_leaves_whole_pages_and_is_gone_on_with() {
    let world = World::new(small_pages()).await;
    world.shop_of(5).await;
    let new = world.newcomer().await;
    world.hub.import(&new.by, new.store.id, Intake::Everything).await.unwrap();
    // The second page doesn't come before somebody has thought better of it.
    world.platform.fail_nth(LISTED, 1, Fault::Hang);
    let worker = world.worker();
    let stop = async {
        while new.products().await.len() < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let jobs = world.jobs_of(&new).await;
        world.hub.backend().cancel(new.by.tenant(), jobs[0]).await.unwrap();
    };
    let (ran, ()) = tokio::join!(worker.run_until_idle(), stop);
    ran.unwrap();
    assert_eq!(new.products().await.len(), 2);
    let mark =
        load::<Watermark>(&world.memory, new.by.tenant(), (new.store.id, Walk::Products)).await.unwrap();
    assert_eq!((mark.value.covered, mark.value.cursor.unwrap().pages), (None, 1));
    assert_eq!(new.state().await.ended, None);
    let listed = || world.platform.calls().iter().filter(|call| call.contains(LISTED)).count();
    let before = listed();
    new.imports(Intake::Everything).await;
    whole(&new, 5, "gone on with").await;
    assert_eq!(listed() - before, 2, "the first page isn't read again");
}

impl World {
    async fn jobs_of(&self, new: &Newcomer<'_>) -> Vec<JobId> {
        let rows =
            QueueControl::list(&self.memory, new.by.tenant(), &Default::default(), None, 100).await.unwrap();
        let imports = rows.into_iter().filter(|row| row.state.job.kind == JobKind::IMPORT);
        imports.map(|row| row.id).collect()
    }
}
