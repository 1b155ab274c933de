//! Stock that a platform has counted, and orders that were placed before it did.

use super::random::Dice;
use crate::{newcomer::Newcomer, scene::variant_ref, world::World};
use fusion_core::{
    hub::{OrdersWanted, StockChange},
    model::{Intake, Listing, MoveKind, Order, Product, Ref, Restock},
};
use fusion_plugin_sdk::testkit::{Falls, OrderChange, Script};
use std::time::Duration;

/// Seeds that `cargo test` tries, unless `FUSION_ORDER_SEEDS` says how many.
const SEEDS: u64 = 50;

/// Things that happen in one life of a shop.
const EVENTS: u32 = 30;

/// Pieces of each variant in the beginning.
const STOCK: i64 = 40;

impl World {
    /// A moment later.
    async fn moment(&self) {
        tokio::time::sleep(Duration::from_millis(7)).await;
    }

    fn sold(&self, listing: &Listing, wanted: &[(usize, i64)]) -> Ref {
        let wanted: Vec<_> =
            wanted.iter().map(|(variant, count)| (variant_ref(listing, *variant), *count)).collect();
        self.platform.place_order("main", &wanted).unwrap()
    }
}

impl Newcomer<'_> {
    pub(crate) async fn pulls(&self, world: &World) {
        world.moment().await;
        world.hub.pull_orders(&self.by, self.store.id).await.unwrap();
        world.run().await;
    }

    /// What lies there and what is kept of it, variant by variant.
    async fn counted(&self, world: &World, product: &Product) -> Vec<(i64, i64)> {
        let mut counted = Vec::new();
        for variant in &product.variants {
            let levels = world.hub.levels(&self.by, variant.consumes[0].item).await.unwrap();
            let sum = |of: fn(&fusion_core::model::StockLevel) -> i64| levels.iter().map(of).sum();
            counted.push((sum(|level| level.on_hand), sum(|level| level.committed)));
        }
        counted
    }

    async fn taken(&self, world: &World, order: &Ref) -> Order {
        let orders = world.hub.orders(&self.by, self.store.id, OrdersWanted::All, None, 1_000).await.unwrap();
        orders.into_iter().find(|one| one.facts.refs.knows(order)).unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_placed_before_its_stock_came_in_is_taken_out_once() {
    for falls in [Falls::AtOrder, Falls::AtShipping] {
        for is_pulled_first in [true, false] {
            let world = World::new(Script { falls, ..Script::default() }).await;
            let mug = world.published("Mug", 2).await;
            world.moment().await;
            let early = world.sold(&mug, &[(0, 1)]);
            world.moment().await;
            let new = world.newcomer().await;
            world.moment().await;
            let order = world.sold(&mug, &[(0, 2), (1, 3)]);
            world.moment().await;
            if is_pulled_first {
                new.pulls(&world).await;
            }
            world.moment().await;
            new.imports(Intake::Everything).await;
            world.moment().await;
            let late = world.sold(&mug, &[(1, 4)]);
            new.pulls(&world).await;
            new.pulls(&world).await;
            let at = format!("{falls:?}, pulled first: {is_pulled_first}");
            let product = new.products().await.remove(0);
            assert_eq!(new.counted(&world, &product).await, [(40, 3), (40, 7)], "{at}");

            // Shipped, cancelled and back again, piece by piece as at the platform.
            let lines = world.platform.lines_of(&order);
            world.change(&order, OrderChange::Ship(vec![(lines[1].clone(), 2)])).await;
            world.change(&early, OrderChange::Cancel).await;
            new.pulls(&world).await;
            assert_eq!(new.counted(&world, &product).await, [(40, 2), (38, 5)], "{at}");
            let back = vec![(lines[1].clone(), 2, Restock::Yes)];
            world.change(&order, OrderChange::Refund("1 EUR".parse().unwrap(), back)).await;
            world.change(&late, OrderChange::Cancel).await;
            new.pulls(&world).await;
            // Of equal pieces those in the house go first.
            assert_eq!(new.counted(&world, &product).await, [(40, 2), (39, 0)], "{at}");
            world.change(&order, OrderChange::Cancel).await;
            new.pulls(&world).await;
            assert_eq!(new.counted(&world, &product).await, [(40, 0), (39, 0)], "{at}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_settled_before_the_stock_came_in_moves_nothing() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    world.moment().await;
    let (sent, cancelled) = (world.sold(&mug, &[(0, 3)]), world.sold(&mug, &[(0, 5)]));
    let line = world.platform.lines_of(&sent).remove(0);
    world.change(&sent, OrderChange::Ship(vec![(line.clone(), 3)])).await;
    world.change(&cancelled, OrderChange::Cancel).await;
    world.moment().await;
    let new = world.newcomer().await;
    new.imports(Intake::Everything).await;
    new.pulls(&world).await;
    let product = new.products().await.remove(0);
    assert_eq!(new.counted(&world, &product).await, [(37, 0)]);
    for order in [&sent, &cancelled] {
        assert_eq!(new.taken(&world, order).await.ledger[0].turn, 0, "nothing was moved");
    }
    let back = vec![(line, 1, Restock::Yes)];
    world.change(&sent, OrderChange::Refund("1 EUR".parse().unwrap(), back)).await;
    new.pulls(&world).await;
    assert_eq!(new.counted(&world, &product).await, [(38, 0)], "what comes back later is on the shelf again");
}

#[tokio::test(start_paused = true)]
async fn an_open_order_is_kept_of_what_a_person_has_counted_since() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 1).await;
    let new = world.newcomer().await;
    world.moment().await;
    world.sold(&mug, &[(0, 2)]);
    world.moment().await;
    new.imports(Intake::Everything).await;
    let product = new.products().await.remove(0);
    assert_eq!(new.counted(&world, &product).await, [(38, 0)], "as the platform shows it");
    // On the shelf are two that nobody here knows to be sold.
    let change = StockChange {
        item: product.variants[0].consumes[0].item,
        location: None,
        kind: MoveKind::Count,
        delta: 2,
        cause: "stocktaking".to_owned(),
    };
    world.hub.move_stock(&new.by, change).await.unwrap();
    new.pulls(&world).await;
    assert_eq!(new.counted(&world, &product).await, [(40, 2)]);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_added_later_to_an_earlier_order_is_kept_for_its_buyer() {
    let world = World::new(Script::default()).await;
    let mug = world.published("Mug", 2).await;
    let new = world.newcomer().await;
    world.moment().await;
    let order = world.sold(&mug, &[(0, 1)]);
    new.pulls(&world).await;
    world.moment().await;
    new.imports(Intake::Everything).await;
    let product = new.products().await.remove(0);
    world.change(&order, OrderChange::Add(variant_ref(&mug, 1), 1)).await;
    new.pulls(&world).await;
    assert_eq!(new.counted(&world, &product).await, [(40, 1), (40, 1)]);
}

/// A single piece: kept for its buyer, free again, or gone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Kept,
    Free,
    Gone,
}

struct Bought {
    order: Ref,
    lines: Vec<(usize, String, Vec<Piece>)>,
    is_open: bool,
}

impl Bought {
    fn turn(&mut self, of_line: usize, to: Piece, count: i64) -> i64 {
        let pieces = self.lines[of_line].2.iter_mut().filter(|piece| **piece == Piece::Kept);
        let mut turned = 0;
        for piece in pieces.take(usize::try_from(count).unwrap()) {
            *piece = to;
            turned += 1;
        }
        turned
    }
}

async fn lived(seed: u64) {
    let falls = if seed.is_multiple_of(2) { Falls::AtOrder } else { Falls::AtShipping };
    let world = World::new(Script { falls, page_size: 2, ..Script::default() }).await;
    let mug = world.published("Mug", 2).await;
    let mut dice = Dice(seed);
    let mut bought: Vec<Bought> = Vec::new();
    let mut new: Option<Newcomer<'_>> = None;
    for _ in 0..EVENTS {
        world.moment().await;
        match dice.below(8) {
            0..=2 => {
                let wanted: Vec<_> = match dice.below(2) {
                    0 => vec![(0, dice.upto(2)), (1, dice.upto(2))],
                    _ => vec![(usize::try_from(dice.below(2)).unwrap(), dice.upto(2))],
                };
                let order = world.sold(&mug, &wanted);
                let keys = world.platform.lines_of(&order);
                let kept = |count| vec![Piece::Kept; usize::try_from(count).unwrap()];
                let lines = wanted.iter().zip(keys).map(|((nth, count), key)| (*nth, key, kept(*count)));
                bought.push(Bought { order, lines: lines.collect(), is_open: true });
            }
            3 | 4 if !bought.is_empty() => {
                let nth = usize::try_from(dice.below(bought.len() as u64)).unwrap();
                let one = &mut bought[nth];
                if !one.is_open {
                    continue;
                }
                let change = match dice.below(3) {
                    0 => {
                        for line in 0..one.lines.len() {
                            one.turn(line, Piece::Free, i64::MAX);
                        }
                        one.is_open = false;
                        OrderChange::Cancel
                    }
                    _ => {
                        let key = one.lines[0].1.clone();
                        match one.turn(0, Piece::Gone, 1) {
                            0 => continue,
                            count => OrderChange::Ship(vec![(key, count)]),
                        }
                    }
                };
                world.platform.change_order(&one.order, change).unwrap();
            }
            5 => match &new {
                None => new = Some(world.newcomer().await),
                Some(new) => drop(new.imports(Intake::Everything).await),
            },
            _ => {
                if let Some(new) = &new {
                    new.pulls(&world).await;
                }
            }
        }
    }
    world.moment().await;
    let new = match new {
        Some(new) => new,
        None => world.newcomer().await,
    };
    new.imports(Intake::Everything).await;
    new.pulls(&world).await;
    let product = new.products().await.remove(0);
    let wanted: Vec<_> = (0..2)
        .map(|variant| {
            let pieces = |piece| {
                let lines = bought.iter().flat_map(|one| &one.lines).filter(|(nth, ..)| *nth == variant);
                let pieces = lines.flat_map(|(.., pieces)| pieces).filter(|one| **one == piece);
                i64::try_from(pieces.count()).unwrap()
            };
            (STOCK - pieces(Piece::Gone), pieces(Piece::Kept))
        })
        .collect();
    assert_eq!(new.counted(&world, &product).await, wanted, "seed {seed}, {falls:?}");
}

#[tokio::test(start_paused = true)]
async fn registering_importing_ordering_and_cancelling_in_any_order_equal_an_independent_count() {
    let seeds = std::env::var("FUSION_ORDER_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    for seed in 0..seeds {
        lived(seed).await;
    }
}
