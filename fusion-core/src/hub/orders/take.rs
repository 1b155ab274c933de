//! Orders as a platform shows them, held against what is stored: what is new moves stock, in one commit.

use super::{count::Counter, walk::Pulling};
use crate::{
    audit::{Action, SubjectKind},
    clock::Timestamp,
    error::{ErrorKind, Result},
    hub::{
        Hub,
        commit::Rounds,
        walk::{Read, Unreads},
    },
    model::{
        Buyer, Converted, Order, OrderFacts, OrderId, OrderLine, OrderRole, Ref, RemoteOrder, Seen, Store,
    },
    storage::{ChangeSet, Query, Version, Versioned, list_all},
    tenant::{Actor, Tenant},
};
use serde_json::json;
use std::collections::BTreeMap;

/// Whether the platform may still show a newer state of an order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Newer {
    MayCome,
    Never,
}

/// Orders that are being taken into one commit.
pub(super) struct Taking<'h> {
    pub(super) hub: &'h Hub,
    pub(super) tenant: &'h Tenant,
    pub(super) store: &'h Store,
    pub(super) by: Actor,
    pub(super) changes: ChangeSet,
    pub(super) counter: Counter<'h>,
    pub(super) newer: Newer,
}

impl<'h> Taking<'h> {
    pub(super) fn new(hub: &'h Hub, tenant: &'h Tenant, store: &'h Store) -> Self {
        Self {
            hub,
            tenant,
            store,
            by: Actor::system(tenant, "orders"),
            changes: ChangeSet::default(),
            counter: Counter::new(hub, tenant),
            newer: Newer::MayCome,
        }
    }

    /// Everything for the commit.
    pub(super) async fn finish(self) -> Result<ChangeSet> {
        let Self { mut changes, counter, .. } = self;
        counter.finish(&mut changes).await?;
        Ok(changes)
    }

    /// Takes what a read that began at `at` has brought.
    pub(super) async fn take(&mut self, read: &Converted<RemoteOrder>, at: Timestamp) -> Result<()> {
        let Converted { value: remote, losses } = read;
        let stored = self.stored(&remote.facts).await?;
        let (version, mut order) = match &stored {
            Some(Versioned { value, version }) => (*version, value.clone()),
            None => {
                let id = OrderId::new(&*self.hub.0.clock);
                (Version::NEW, Order::new(id, self.store.id, remote.facts.clone(), at))
            }
        };
        if stored.is_none() || order.gives_way_to(&remote.facts, at) {
            order.facts = newer(&order.facts, &remote.facts);
            order.seen = at;
            order.losses.clone_from(losses);
            let before = stored.as_ref().map(|stored| &stored.value);
            self.keep_buyer(&mut order, &remote.buyer, before).await?;
            self.settle_write_offs(&mut order, at);
        }
        let moved = self.count(&mut order, stored.as_ref().map(|stored| &stored.value)).await?;
        let is_same = stored.as_ref().is_some_and(|stored| {
            let Order { facts, buyer, erased, losses, ledger, write_offs, .. } = &stored.value;
            (facts, buyer, erased, losses, ledger, write_offs)
                == (
                    &order.facts,
                    &order.buyer,
                    &order.erased,
                    &order.losses,
                    &order.ledger,
                    &order.write_offs,
                )
        });
        if is_same {
            return Ok(());
        }
        self.record(&order, moved)?;
        self.changes.update(version, order);
        Ok(())
    }

    /// Counts the lines as they stand; the lines that moved stock, and of these the ones that nothing is left for.
    /// `before` is the order as it was stored, if it was.
    pub(super) async fn count(&mut self, order: &mut Order, before: Option<&Order>) -> Result<Moved> {
        let mut moved = Moved::default();
        let mut lines = std::mem::take(&mut order.facts.lines);
        for line in &mut lines {
            match order.ledger.iter().position(|ledger| ledger.line == line.key) {
                None => self.begin(order, line, before, &mut moved).await?,
                Some(nth) => {
                    let mut ledger = order.ledger.remove(nth);
                    self.go_on(order, line, &mut ledger, before, &mut moved).await?;
                    order.ledger.insert(nth, ledger);
                }
            }
        }
        order.facts.lines = lines;
        Ok(moved)
    }

    async fn stored(&self, facts: &OrderFacts) -> Result<Option<Versioned<Order>>> {
        for one in facts.refs.current() {
            let query = Query::OrdersKnowing(self.store.id, one.clone());
            let found = list_all::<Order>(&*self.hub.0.backend, self.tenant, &query).await?;
            if let Some(order) = found.into_iter().next() {
                return Ok(Some(order));
            }
        }
        Ok(None)
    }

    pub(super) fn record(&mut self, order: &Order, moved: Moved) -> Result<()> {
        let Moved { moves, short, doubtful } = moved;
        let details = json!({
            "store": order.store, "life": order.facts.life, "payment": order.facts.paid_state(),
            "shipment": order.facts.shipment, "moves": moves, "short": short, "doubtful": doubtful,
        });
        let entry = self.hub.note(&self.by, Action::OrderTaken, SubjectKind::Order, order.id);
        self.changes.audit.push(entry.with_details(details)?);
        Ok(())
    }
}

/// What counting an order's lines came to.
#[derive(Default)]
pub(super) struct Moved {
    /// Changes of levels.
    pub(super) moves: usize,
    /// Lines for which too little is there.
    pub(super) short: Vec<String>,
    /// Lines that a person has to match.
    pub(super) doubtful: Vec<String>,
}

/// `told` with what only we know: the rows that lines mean, ids that were replaced, and lines that the platform no
/// longer shows. One that isn't shown isn't known to be cancelled.
fn newer(known: &OrderFacts, told: &OrderFacts) -> OrderFacts {
    let mut facts = told.clone();
    facts.refs = known.refs.clone();
    facts.refs.merge(&told.refs);
    for line in &mut facts.lines {
        let before = known.lines.iter().find(|before| before.key == line.key);
        line.variant = line.variant.or(before.and_then(|before| before.variant));
    }
    let is_gone = |line: &&OrderLine| !told.lines.iter().any(|one| one.key == line.key);
    facts.lines.extend(known.lines.iter().filter(is_gone).cloned());
    facts.role = match (&known.role, &told.role) {
        (OrderRole::Supply { sale }, OrderRole::Supply { sale: None }) => OrderRole::Supply { sale: *sale },
        (OrderRole::Replacement { of }, OrderRole::Replacement { of: None }) => {
            OrderRole::Replacement { of: *of }
        }
        (_, told) => told.clone(),
    };
    facts
}

/// Of several states of one order the newest, in the order in which they came.
pub(super) fn newest(orders: Vec<Converted<RemoteOrder>>) -> Vec<Converted<RemoteOrder>> {
    let mut newest: Vec<Converted<RemoteOrder>> = Vec::with_capacity(orders.len());
    let mut places: BTreeMap<Ref, usize> = BTreeMap::new();
    for order in orders {
        let Some(first) = order.value.facts.refs.current().first().cloned() else {
            newest.push(order);
            continue;
        };
        match places.get(&first).and_then(|place| newest.get_mut(*place)) {
            Some(known) if known.value.facts.updated > order.value.facts.updated => {}
            Some(known) => *known = order,
            None => {
                places.insert(first, newest.len());
                newest.push(order);
            }
        }
    }
    newest
}

/// What is stored of an order, to be counted anew.
pub(super) fn again(order: &Order) -> Read<Converted<RemoteOrder>> {
    let buyer =
        Buyer { ship_to: Seen::NotRead, bill_to: Seen::NotRead, email: Seen::NotRead, texts: Vec::new() };
    let value = RemoteOrder { facts: order.facts.clone(), buyer };
    Read::alone(vec![Converted { value, losses: order.losses.clone() }], order.seen)
}

impl Hub {
    /// Takes what was read into one commit, and puts that together anew when it meets another change.
    pub(super) async fn take_all(
        &self,
        at: &Pulling<'_>,
        read: &Read<Converted<RemoteOrder>>,
        newer: Newer,
    ) -> Result<()> {
        let (tenant, store) = (at.0.tenant(), at.0.store);
        let mut rounds = Rounds::of("an order of the page").anew_on(&[ErrorKind::AlreadyExists]);
        loop {
            let mut taking = Taking { newer, ..Taking::new(self, tenant, store) };
            let mut unreads = Unreads::of(self, at, read).await?;
            for order in &read.items {
                taking.take(order, read.at).await?;
                unreads.forget(order.value.facts.refs.current().first(), &mut taking.changes);
            }
            for unreadable in &read.unreadable {
                let problem = unreadable.problem.clone();
                unreads.keep(unreadable.record.as_ref(), problem, &mut taking.changes);
            }
            if let Some(unread) = read.settles {
                unreads.settle(unread, &mut taking.changes);
            }
            if let Some(passed) = &read.passes {
                self.pass_page(at, passed, &mut taking.changes).await?;
            }
            let mut changes = taking.finish().await?;
            if changes == ChangeSet::default() {
                return Ok(());
            }
            changes.fence = at.0.fence();
            // Another pull has stored the same order, doubt or move: it is read again.
            if rounds.store(self, tenant, changes).await?.is_some() {
                return Ok(());
            }
        }
    }
}
