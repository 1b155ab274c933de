//! Lives of a shop in which registering, importing, selling, counting and pulling come in any order.

use super::super::random::Dice;
use crate::{newcomer::Newcomer, world::World};
use fusion_core::{
    hub::StockChange,
    model::{Intake, MoveKind, Product, Ref, Restock},
};
use fusion_plugin_sdk::testkit::{OrderChange, Script};

/// Seeds that `cargo test` tries, unless `FUSION_ORDER_SEEDS` says how many.
const SEEDS: u64 = 50;

/// Things that happen in one life of a shop.
const EVENTS: u32 = 30;

/// Pieces of each variant in the beginning.
const STOCK: i64 = 40;

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
    came_back: bool,
}

impl Bought {
    fn turn(&mut self, of_line: usize, [from, to]: [Piece; 2], count: i64) -> i64 {
        let pieces = self.lines[of_line].2.iter_mut().filter(|piece| **piece == from);
        let mut turned = 0;
        for piece in pieces.take(usize::try_from(count).unwrap()) {
            *piece = to;
            turned += 1;
        }
        turned
    }
}

/// How many pieces of a variant are so far.
fn pieces(bought: &[Bought], variant: usize, wanted: Piece) -> i64 {
    let lines = bought.iter().flat_map(|one| &one.lines).filter(|(nth, ..)| *nth == variant);
    let pieces = lines.flat_map(|(.., pieces)| pieces).filter(|one| **one == wanted);
    i64::try_from(pieces.count()).unwrap()
}

impl Newcomer<'_> {
    /// Somebody counts a variant, and finds so many on the shelf.
    async fn counts(&self, world: &World, product: &Product, variant: usize, found: i64, cause: &str) {
        let known = self.counted(world, product).await[variant].0;
        let item = product.variants[variant].consumes[0].item;
        let (kind, cause) = (MoveKind::Count, format!("count {cause}"));
        let change = StockChange { item, location: None, kind, delta: found - known, cause };
        world.hub.move_stock(&self.by, change).await.unwrap();
    }
}

async fn lived(seed: u64) {
    let world = World::new(Script { page_size: 2, ..Script::default() }).await;
    let mug = world.published("Mug", 2).await;
    let mut dice = Dice(seed);
    let mut bought: Vec<Bought> = Vec::new();
    let mut new: Option<Newcomer<'_>> = None;
    let mut counts = 0;
    // What was edited has no date of its own.
    let with_edits = seed % 2 == 1;
    for _ in 0..EVENTS {
        world.moment().await;
        match dice.below(10) {
            0..=2 => {
                let wanted: Vec<_> = match dice.below(2) {
                    0 => vec![(0, dice.upto(2)), (1, dice.upto(2))],
                    _ => vec![(usize::try_from(dice.below(2)).unwrap(), dice.upto(2))],
                };
                let order = world.sold(&mug, &wanted);
                let keys = world.platform.lines_of(&order);
                let kept = |count| vec![Piece::Kept; usize::try_from(count).unwrap()];
                let lines = wanted.iter().zip(keys).map(|((nth, count), key)| (*nth, key, kept(*count)));
                bought.push(Bought { order, lines: lines.collect(), is_open: true, came_back: false });
            }
            3 | 4 if !bought.is_empty() => {
                let nth = usize::try_from(dice.below(bought.len() as u64)).unwrap();
                let one = &mut bought[nth];
                if !one.is_open {
                    continue;
                }
                let key = one.lines[0].1.clone();
                let change = match dice.below(4) {
                    0 => {
                        for line in 0..one.lines.len() {
                            one.turn(line, [Piece::Kept, Piece::Free], i64::MAX);
                        }
                        one.is_open = false;
                        OrderChange::Cancel
                    }
                    // Of two equal pieces the one in the house goes first: beside one that has come back none is
                    // wanted anew, and nothing comes back while another is there.
                    3 if with_edits && !one.came_back => {
                        let wanted = one.lines[0].2.iter().filter(|piece| **piece != Piece::Free).count();
                        let wanted = i64::try_from(wanted).unwrap();
                        match one.turn(0, [Piece::Kept, Piece::Free], dice.upto(2) - 1) {
                            0 => {
                                one.lines[0].2.push(Piece::Kept);
                                OrderChange::Edit(key, wanted + 1)
                            }
                            count => OrderChange::Edit(key, wanted - count),
                        }
                    }
                    1 if one.lines[0].2.iter().all(|piece| *piece != Piece::Kept) => {
                        match one.turn(0, [Piece::Gone, Piece::Free], 1) {
                            0 => continue,
                            count => {
                                one.came_back = true;
                                let rows = vec![(key, count, Restock::Yes)];
                                OrderChange::Refund("1 EUR".parse().unwrap(), rows)
                            }
                        }
                    }
                    _ => match one.turn(0, [Piece::Kept, Piece::Gone], 1) {
                        0 => continue,
                        count => OrderChange::Ship(vec![(key, count)]),
                    },
                };
                world.platform.change_order(&one.order, change).unwrap();
            }
            5 => match &new {
                None => new = Some(world.newcomer().await),
                Some(new) => drop(new.imports(Intake::Everything).await),
            },
            6 | 7 => {
                let Some(new) = &new else { continue };
                let Some(product) = new.products().await.pop() else { continue };
                let nth = usize::try_from(dice.below(2)).unwrap();
                counts += 1;
                new.counts(
                    &world,
                    &product,
                    nth,
                    STOCK - pieces(&bought, nth, Piece::Gone),
                    &counts.to_string(),
                )
                .await;
            }
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
    let pieces = |variant, piece| pieces(&bought, variant, piece);
    let wanted: Vec<_> =
        (0..2).map(|nth| (STOCK - pieces(nth, Piece::Gone), pieces(nth, Piece::Kept))).collect();
    let counted = new.counted(&world, &product).await;
    if new.doubts().await.is_empty() {
        assert_eq!(counted, wanted, "seed {seed}");
        return;
    }
    assert!(with_edits, "every date is told, seed {seed}");
    for (nth, ((on_hand, committed), (there, kept))) in counted.into_iter().zip(&wanted).enumerate() {
        assert!(on_hand - committed <= there - kept, "too many are offered, seed {seed}");
        new.counts(&world, &product, nth, *there, &format!("in doubt {nth}")).await;
    }
    assert_eq!(new.doubts().await, [], "seed {seed}");
    assert_eq!(new.counted(&world, &product).await, wanted, "seed {seed}");
}

#[tokio::test(start_paused = true)]
async fn registering_importing_ordering_and_counting_in_any_order_equal_an_independent_count() {
    let seeds = std::env::var("FUSION_ORDER_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    for seed in 0..seeds {
        lived(seed).await;
    }
}
