//! Random lives of orders with acts of ours among what others do, held against single pieces.
//!
//! `FUSION_ORDER_SEEDS` says how many are tried, `FUSION_ORDER_SEED` from which on, and with `FUSION_ORDER_LOG` each
//! tells what happened.

use super::super::{
    acting::{cancel, ship},
    random::Dice,
};
use crate::{
    kill::trap::Side,
    world::{WEBHOOK_SECRET, World},
};
use fusion_core::{
    approval::{Phase, Verdict},
    clock::Cancel,
    hub::{NewStore, OrdersWanted, StockChange},
    model::{
        Consumes, Intake, Listing, Money, MoveKind, OrderAction, Product, Ref, RequestId, Restock,
        StockItemId, StockLevel, StoreId,
    },
    storage::{Query, list_all},
    tenant::Actor,
};
use fusion_plugin_sdk::testkit::{Fault, LookUp, OrderChange, Script};
use std::time::Duration;

/// Seeds that `cargo test` tries.
const SEEDS: u64 = 50;

/// Things that happen in one life.
const EVENTS: u32 = 20;

const STOCK: i64 = 40;

/// Long enough for look-ups to have said all they can.
const SPAN: Duration = Duration::from_secs(400);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Kept,
    Free,
    Gone,
    Back,
}

#[derive(Debug)]
struct Line {
    key: String,
    variant: usize,
    pieces: Vec<Piece>,
    /// Still wanted by what the platform shows.
    current: i64,
}

impl Line {
    fn count(&self, wanted: Piece) -> i64 {
        i64::try_from(self.pieces.iter().filter(|piece| **piece == wanted).count()).unwrap()
    }

    fn turn(&mut self, from: Piece, to: Piece, count: i64) -> i64 {
        let mut left = count;
        for piece in self.pieces.iter_mut().filter(|piece| **piece == from) {
            if left > 0 {
                *piece = to;
                left -= 1;
            }
        }
        count - left
    }

    fn refund(&mut self, count: i64, restock: Restock) {
        match restock {
            Restock::Yes => {
                let first = self.turn(Piece::Kept, Piece::Free, count);
                self.turn(Piece::Gone, Piece::Back, count - first);
            }
            Restock::No => {
                self.turn(Piece::Kept, Piece::Gone, count);
            }
            Restock::Unknown => return,
        }
        self.current -= count;
    }
}

struct Bought {
    order: Ref,
    lines: Vec<Line>,
    is_open: bool,
}

/// Something that we have asked for.
struct Asked {
    nth: usize,
    id: RequestId,
    action: OrderAction,
    /// How often the platform had done the same to the order before.
    before: usize,
    /// How often it has taken effect.
    effects: usize,
}

struct Life {
    world: World,
    /// Whose program it is, who agrees, and who decides.
    people: [Actor; 3],
    store: StoreId,
    mug: Listing,
    items: [StockItemId; 2],
    dice: Dice,
    bought: Vec<Bought>,
    asked: Vec<Asked>,
    counts: u32,
    log: Vec<String>,
    options: Options,
}

#[derive(Clone, Copy, Debug)]
struct Options {
    counts: bool,
    refunds: bool,
    kills: bool,
    look_up: LookUp,
    /// One order alone, which much is done to.
    dense: bool,
    /// The stock comes in with an import, when orders are there already.
    imports: bool,
    /// The second variant takes two of the first beside its own.
    kits: bool,
    /// Two workers run all the time.
    workers: bool,
}

fn cents(cents: i64) -> Money {
    format!("{}.{:02} EUR", cents / 100, cents % 100).parse().unwrap()
}

const RESTOCKS: [Restock; 3] = [Restock::Yes, Restock::No, Restock::Unknown];

impl Life {
    async fn new(seed: u64, imports: bool) -> Self {
        let options = Options {
            counts: seed % 2 == 1,
            refunds: seed / 2 % 2 == 1,
            kills: seed / 4 % 2 == 1,
            look_up: match seed / 8 % 4 {
                0 => LookUp::Honest,
                _ => LookUp::Doubtful,
            },
            dense: seed / 32 % 2 == 1,
            imports,
            kits: seed / 128 % 2 == 1 && !imports,
            workers: seed / 64 % 2 == 1,
        };
        let script = Script { page_size: 3, look_up: options.look_up, ..Script::default() };
        let world = World::new(script).await;
        let mug = world.published("Mug", 2).await;
        let items = [world.item(mug.product, 0).await, world.item(mug.product, 1).await];
        if options.kits {
            let parts = vec![Consumes { item: items[1], units: 1 }, Consumes { item: items[0], units: 2 }];
            let lay_out = |product: &mut Product| product.variants[1].consumes.clone_from(&parts);
            world.hub.change_product(&world.alice, mug.product, lay_out).await.unwrap();
        }
        let dice = Dice(seed.wrapping_mul(0x1234_5678_9abc_def1));
        let people = ["alice", "bob", "dora"].map(|name| world.person(name));
        let store = world.store.id;
        let mut life = Self {
            world,
            people,
            store,
            mug,
            items,
            dice,
            bought: Vec::new(),
            asked: Vec::new(),
            counts: 0,
            log: Vec::new(),
            options,
        };
        if options.imports {
            life.import().await;
        }
        life
    }

    /// Another program over the same shop, which brings in what it sells.
    async fn import(&mut self) {
        for _ in 0..self.dice.below(4) {
            self.elsewhere().await;
        }
        let bolt = self.world.hub.tenant("bolt").unwrap();
        self.people = ["alice", "bob", "dora"].map(|name| bolt.person(name).unwrap());
        let main = NewStore::new("scripted", "Main shop").with_remote_id("main");
        self.world.moment().await;
        self.store = self.world.hub.register_store(&self.people[0], main).await.unwrap().id;
        self.log.push("registered".to_owned());
        for _ in 0..self.dice.below(5) {
            self.elsewhere().await;
            if self.dice.below(3) == 0 {
                self.log.push("pull".to_owned());
                self.pull().await;
            }
        }
        self.world.moment().await;
        self.world.hub.import(&self.people[0], self.store, Intake::Everything).await.unwrap();
        self.world.run().await;
        self.log.push("imported".to_owned());
        let tenant = self.people[0].tenant();
        let mut products = list_all::<Product>(&self.world.memory, tenant, &Query::Products).await.unwrap();
        let product = products.remove(0).value;
        self.items = [0, 1].map(|nth| product.variants[nth].consumes[0].item);
        for _ in 0..self.dice.below(4) {
            self.elsewhere().await;
        }
    }

    async fn elsewhere(&mut self) {
        self.world.moment().await;
        match self.bought.is_empty() || self.dice.below(3) == 0 {
            true => self.place(),
            false => self.others(),
        }
    }

    async fn pull(&self) {
        self.world.moment().await;
        self.world.hub.pull_orders(&self.people[0], self.store).await.unwrap();
        self.world.run().await;
    }

    async fn phase(&self, id: RequestId) -> Phase {
        self.world.hub.request(&self.people[0], id).await.unwrap().phase
    }

    async fn stock(&self, nth: usize) -> (i64, i64) {
        let levels = self.world.hub.levels(&self.people[0], self.items[nth]).await.unwrap();
        let sum = |of: fn(&StockLevel) -> i64| levels.iter().map(of).sum();
        (sum(|level| level.on_hand), sum(|level| level.committed))
    }

    fn pick(&mut self, end: usize) -> usize {
        usize::try_from(self.dice.below(end as u64)).unwrap()
    }

    /// One of the orders; where much happens to one, that one.
    fn newest(&mut self) -> usize {
        match self.options.dense {
            true => self.bought.len() - 1,
            false => self.pick(self.bought.len()),
        }
    }

    fn happened(&self, nth: usize, what: &str) -> usize {
        let ledger = self.world.platform.ledger();
        ledger.iter().filter(|entry| entry.id == self.bought[nth].order.id && entry.what == what).count()
    }

    /// Brings the pieces in line with what our requests have done at the platform so far.
    fn sync(&mut self) {
        for at in 0..self.asked.len() {
            let (nth, before, effects) = (self.asked[at].nth, self.asked[at].before, self.asked[at].effects);
            let what = self.asked[at].action.operation().as_str();
            let now = self.happened(nth, what) - before;
            for _ in effects..now {
                self.log.push(format!("  effect: order {nth} {:?}", self.asked[at].action));
                let action = self.asked[at].action.clone();
                self.effect(nth, &action);
            }
            self.asked[at].effects = now;
        }
    }

    fn effect(&mut self, nth: usize, action: &OrderAction) {
        let one = &mut self.bought[nth];
        match action {
            OrderAction::Ship { lines, .. } => {
                for line in &mut one.lines {
                    let count = match lines.is_empty() {
                        true => i64::MAX,
                        false => {
                            lines.iter().filter(|(key, _)| *key == line.key).map(|(_, count)| count).sum()
                        }
                    };
                    line.turn(Piece::Kept, Piece::Gone, count);
                }
            }
            OrderAction::Cancel { restock, .. } => {
                for line in &mut one.lines {
                    let now = self.world.platform.current_of(&one.order, &line.key).unwrap();
                    let to = if *restock == Restock::No { Piece::Gone } else { Piece::Free };
                    let count = line.current - now;
                    assert_eq!(line.turn(Piece::Kept, to, count), count, "the count is wrong");
                    line.current = now;
                }
                if one.lines.iter().all(|line| line.current == 0) {
                    one.is_open = false;
                }
            }
            OrderAction::Refund { lines, .. } => {
                for (key, count, restock) in lines {
                    let line = one.lines.iter_mut().find(|line| line.key == *key).unwrap();
                    line.refund(*count, *restock);
                }
            }
            _ => {}
        }
    }

    fn place(&mut self) {
        let mut wanted = vec![match self.options.dense {
            true => (usize::from(self.options.kits), 4),
            false => (self.pick(2), self.dice.upto(3)),
        }];
        if !self.options.dense && self.dice.below(2) == 0 {
            wanted.push((self.pick(2), self.dice.upto(3)));
        }
        let order = self.world.sold(&self.mug, &wanted);
        let keys = self.world.platform.lines_of(&order);
        let lines = wanted.iter().zip(keys).map(|((variant, count), key)| Line {
            key,
            variant: *variant,
            pieces: vec![Piece::Kept; usize::try_from(*count).unwrap()],
            current: *count,
        });
        self.log.push(format!("order {} of {wanted:?}", self.bought.len()));
        self.bought.push(Bought { order, lines: lines.collect(), is_open: true });
    }

    /// Others do something to an order.
    fn others(&mut self) {
        let nth = self.newest();
        if !self.bought[nth].is_open {
            return;
        }
        let of_line = self.pick(self.bought[nth].lines.len());
        let refunds = self.options.refunds;
        let Self { dice, bought, .. } = self;
        let one = &mut bought[nth];
        let line = &mut one.lines[of_line];
        let (key, kept) = (line.key.clone(), line.count(Piece::Kept));
        let change = match dice.below(6) {
            0 if kept > 0 => {
                let count = line.turn(Piece::Kept, Piece::Gone, dice.upto(kept));
                OrderChange::Ship(vec![(key, count)])
            }
            1 | 2 if kept > 0 => {
                let count = line.turn(Piece::Kept, Piece::Free, dice.upto(kept));
                line.current -= count;
                OrderChange::Edit(key, line.current)
            }
            // Raised beside refunds it is another piece: `pieces_written_off_and_refunded_..` tells of that.
            3 if !refunds && line.count(Piece::Back) == 0 => {
                line.pieces.push(Piece::Kept);
                line.current += 1;
                OrderChange::Edit(key, line.current)
            }
            4 if refunds && line.current > 0 => {
                let count = dice.upto(line.current.min(2));
                let restock = RESTOCKS[usize::try_from(dice.below(3)).unwrap()];
                line.refund(count, restock);
                OrderChange::Refund(cents(1), vec![(key, count, restock)])
            }
            5 if dice.below(2) == 0 => {
                for line in &mut one.lines {
                    let count = line.turn(Piece::Kept, Piece::Free, i64::MAX);
                    line.current -= count;
                }
                one.is_open = false;
                OrderChange::Cancel
            }
            _ => return,
        };
        self.log.push(format!("others: order {nth} {change:?}"));
        self.world.platform.change_order(&self.bought[nth].order, change).unwrap();
    }

    /// We ask for something.
    async fn ask(&mut self) {
        let nth = self.newest();
        let of_line = self.pick(self.bought[nth].lines.len());
        let line = &self.bought[nth].lines[of_line];
        let (key, kept, current) = (line.key.clone(), line.count(Piece::Kept), line.current);
        let action = match self.dice.below(6) {
            0 => match self.dice.below(3) {
                0 => ship(&[]),
                _ => ship(&[(&key, self.dice.upto(kept))]),
            },
            5 if self.options.refunds => {
                let restock = RESTOCKS[usize::try_from(self.dice.below(3)).unwrap()];
                let lines = vec![(key, self.dice.upto(current.min(2)), restock)];
                OrderAction::Refund { total: cents(1).into(), lines }
            }
            _ => {
                let restock = [Restock::No, Restock::No, Restock::Yes][self.pick(3)];
                match self.dice.below(5) {
                    0 => cancel(&[], restock),
                    _ => cancel(&[(&key, self.dice.upto(kept))], restock),
                }
            }
        };
        let order = self.bought[nth].order.clone();
        let alice = &self.people[0];
        let orders = self.world.hub.orders(alice, self.store, OrdersWanted::All, None, 1_000).await.unwrap();
        let Some(known) = orders.iter().find(|one| one.facts.refs.knows(&order)).map(|one| one.id) else {
            return;
        };
        let operation = action.operation();
        let mut under_way = false;
        for asked in &self.asked {
            if asked.nth == nth
                && asked.action.operation() == operation
                && !self.phase(asked.id).await.is_closed()
            {
                under_way = true;
            }
        }
        if under_way {
            return;
        }
        let before = self.happened(nth, operation.as_str());
        let bundle = self.world.hub.act_on_order(&self.people[0], known, action.clone()).await.unwrap();
        if !bundle.skipped.is_empty() {
            return;
        }
        if matches!(bundle.items[0].phase, Phase::Pending(_)) {
            self.world.hub.approve(&self.people[1], &bundle).await.unwrap().all().unwrap();
        }
        self.log.push(format!("we ask: order {nth} {action:?}"));
        // What was asked before of this sort is over.
        self.sync();
        self.asked.retain(|asked| asked.nth != nth || asked.action.operation() != operation);
        self.asked.push(Asked { nth, id: bundle.items[0].id, action, before, effects: 0 });
        match self.dice.below(8) {
            0 | 1 => self.fault("POST /orders/", Fault::ResetAfter),
            2 | 3 => self.fault("POST /orders/", Fault::LostBefore),
            4 => self.fault("POST /orders/", Fault::OutOfOrderAfter),
            5 => self.fault("POST /orders/", Fault::Refused("broken")),
            _ => {}
        }
    }

    fn fault(&mut self, part: &str, fault: Fault) {
        self.log.push(format!("  fault {part} {fault:?}"));
        self.world.platform.fail_at(part, fault);
    }

    /// An admin looks, and says what is so.
    async fn decide(&mut self) {
        let mut open = Vec::new();
        for (at, asked) in self.asked.iter().enumerate() {
            if matches!(self.phase(asked.id).await, Phase::Unknown { needs_person: true, .. }) {
                open.push(at);
            }
        }
        if open.is_empty() {
            return;
        }
        let at = open[self.pick(open.len())];
        let verdict = match (self.asked[at].effects, self.dice.below(3)) {
            (0, 0) => Verdict::Again,
            (0, _) => Verdict::Failed,
            _ => Verdict::Done,
        };
        let (nth, id) = (self.asked[at].nth, self.asked[at].id);
        self.log.push(format!("dora: order {nth} {verdict:?} of {:?}", self.asked[at].action));
        self.world.hub.decide(&self.people[2], id, verdict, "I looked").await.unwrap();
    }

    fn pieces(&self, variant: usize, wanted: Piece) -> i64 {
        let lines = self.bought.iter().flat_map(|one| &one.lines).filter(|line| line.variant == variant);
        lines.map(|line| line.count(wanted)).sum()
    }

    /// Units of an item that lie there, and that are kept.
    fn truth(&self, item: usize) -> (i64, i64) {
        let units = |piece| match (item, self.options.kits) {
            (0, true) => self.pieces(0, piece) + 2 * self.pieces(1, piece),
            _ => self.pieces(item, piece),
        };
        (STOCK - units(Piece::Gone), units(Piece::Kept))
    }

    async fn count(&mut self, variant: usize) {
        let known = self.stock(variant).await.0;
        let there = self.truth(variant).0;
        self.counts += 1;
        self.log.push(format!("somebody counts {variant}: {there}, known {known}"));
        let change = StockChange {
            item: self.items[variant],
            location: None,
            kind: MoveKind::Count,
            delta: there - known,
            cause: format!("count {}", self.counts),
        };
        self.world.hub.move_stock(&self.people[0], change).await.unwrap();
    }

    async fn event(&mut self) {
        self.world.moment().await;
        self.sync();
        if self.bought.is_empty() || (self.options.dense && self.bought.iter().all(|one| !one.is_open)) {
            self.place();
            self.pull().await;
            return;
        }
        let told = self.log.len();
        for _ in 0..6 {
            self.happen().await;
            if self.log.len() > told {
                break;
            }
        }
        self.sync();
        for nth in 0..2 {
            let now = self.stock(nth).await;
            self.log.push(format!("    {nth}: {now:?}, true {:?}", self.truth(nth)));
        }
    }

    async fn happen(&mut self) {
        match self.dice.below(12) {
            0 if self.bought.len() < if self.options.dense { 1 } else { 3 } => self.place(),
            1 | 2 => self.others(),
            3..=5 => self.ask().await,
            6 => {
                self.log.push("time passes".to_owned());
                self.world.live(SPAN).await;
            }
            7 => {
                self.log.push("pull".to_owned());
                self.pull().await;
            }
            8 => {
                let nth = self.pick(self.bought.len());
                self.log.push(format!("order {nth} is told"));
                let _ = self.world.notify(Some(&self.bought[nth].order), WEBHOOK_SECRET).await;
                if self.dice.below(2) == 0 {
                    self.world.run().await;
                }
            }
            9 if self.options.kills => {
                let nth = 1 + self.dice.below(40);
                let side = if self.dice.below(2) == 0 { Side::Before } else { Side::After };
                let what = self.world.kill(nth, side).await;
                self.log.push(format!("killed: {what:?}"));
            }
            10 if self.options.counts => {
                let variant = if self.options.dense { 0 } else { self.pick(2) };
                self.count(variant).await;
            }
            _ => self.decide().await,
        }
    }

    async fn end(&mut self) -> Result<bool, String> {
        for _ in 0..40 {
            self.world.live(SPAN).await;
            self.sync();
            self.decide().await;
            let mut open = 0;
            for asked in &self.asked {
                open += u32::from(!self.phase(asked.id).await.is_closed());
            }
            if open == 0 {
                break;
            }
        }
        for asked in &self.asked {
            let phase = self.phase(asked.id).await;
            if !phase.is_closed() {
                return Err(format!("stuck: {:?} {phase:?}", asked.action));
            }
        }
        self.world.moment().await;
        self.pull().await;
        self.world.moment().await;
        self.pull().await;
        self.sync();
        let wanted = [self.truth(0), self.truth(1)];
        let counted = [self.stock(0).await, self.stock(1).await];
        let doubts = self.world.hub.doubts(&self.people[0]).await.unwrap();
        if doubts.is_empty() {
            return match counted == wanted {
                true => Ok(false),
                false => Err(format!("without a doubt: {counted:?}, true {wanted:?}")),
            };
        }
        for nth in 0..2 {
            let (on_hand, committed) = counted[nth];
            if on_hand - committed > wanted[nth].0 - wanted[nth].1 {
                return Err(format!("too many in doubt: {counted:?}, true {wanted:?}"));
            }
            self.count(nth).await;
        }
        self.world.moment().await;
        self.pull().await;
        let counted = [self.stock(0).await, self.stock(1).await];
        let asks = !self.world.hub.doubts(&self.people[0]).await.unwrap().is_empty();
        match counted == wanted {
            true if asks => Err("asks for ever".to_owned()),
            true => Ok(true),
            false => Err(format!("counted after a doubt: {counted:?}, true {wanted:?}")),
        }
    }
}

async fn lived(imports: bool) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("FUSION_ORDER_SEED").unwrap_or(0);
    let seeds = number("FUSION_ORDER_SEEDS").unwrap_or(SEEDS);
    let (mut wrong, mut doubtful) = (Vec::new(), 0);
    for seed in first..first + seeds {
        let mut life = Life::new(seed, imports).await;
        let stop = Cancel::default();
        let workers: Vec<_> = (0..if life.options.workers { 2 } else { 0 })
            .map(|_| {
                let (worker, stop) = (life.world.worker(), stop.clone());
                tokio::spawn(async move { worker.run(stop).await })
            })
            .collect();
        for _ in 0..EVENTS {
            if life.options.workers {
                let late = Duration::from_millis(1 + life.dice.below(4_000));
                tokio::time::sleep(late).await;
                if life.dice.below(5) == 0 {
                    let slow = Duration::from_millis(life.dice.below(15_000));
                    life.fault("orders", Fault::Slow(slow));
                }
            }
            life.event().await;
        }
        stop.cancel();
        for worker in workers {
            worker.await.unwrap().unwrap();
        }
        let end = life.end().await;
        if std::env::var_os("FUSION_ORDER_LOG").is_some() {
            println!("{}", life.log.join("\n"));
        }
        match end {
            Ok(doubted) => doubtful += u32::from(doubted),
            Err(why) => {
                let why = format!("seed {seed} {:?}: {why}", life.options);
                println!("{why}");
                wrong.push(why);
            }
        }
    }
    println!("{} of {seeds} wrong, {doubtful} in doubt", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong[0]);
}

#[tokio::test(start_paused = true)]
async fn lives_with_acts_of_ours_and_lost_answers_equal_an_independent_count() {
    lived(false).await;
}

#[tokio::test(start_paused = true)]
async fn lives_with_acts_of_ours_after_an_import_equal_an_independent_count() {
    lived(true).await;
}
