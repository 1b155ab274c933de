//! Lives of a shop in which registering, importing, selling and pulling come in any order.

use super::super::random::Dice;
use crate::{newcomer::Newcomer, world::World};
use fusion_core::model::{Intake, Ref};
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
    let world = World::new(Script { page_size: 2, ..Script::default() }).await;
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
    assert_eq!(new.counted(&world, &product).await, wanted, "seed {seed}");
    assert!(new.doubts().await.is_empty(), "every date is told, seed {seed}");
}

#[tokio::test(start_paused = true)]
async fn registering_importing_ordering_and_cancelling_in_any_order_equal_an_independent_count() {
    let seeds = std::env::var("FUSION_ORDER_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS);
    for seed in 0..seeds {
        lived(seed).await;
    }
}
