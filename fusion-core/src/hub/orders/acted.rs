//! What we have done to an order ourselves: it counts at once, and the platform's own account follows.

use super::{state, take::Taking};
use crate::{
    approval::{Request, Revision},
    clock::Timestamp,
    error::Result,
    hub::{Hub, submit::absorb},
    model::{
        Axis, Basis, Fulfilment, Happened, Life, Order, OrderAction, OrderFacts, Refs, Refund, Restock,
        Shipment, Step, Store,
    },
    plugin::Change,
    storage::{ChangeSet, Versioned, find, load},
    tenant::Tenant,
};

impl Hub {
    /// Brings the stored order in line with what the platform has done for us by `request`, moves its stock, and lets
    /// it be read anew: the platform may have done more than was asked. `made` are its ids of what came of it.
    ///
    /// Where somebody has counted the stock since it was sent, that read alone tells what was in the count.
    pub(in crate::hub) async fn keep_acted(
        &self,
        tenant: &Tenant,
        request: &Request,
        made: &Refs,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        let shown = load::<Revision>(&*self.0.backend, tenant, (request.id, request.revision)).await?.value;
        let Change::Order { order, action } = shown.open()?.change else { return Ok(()) };
        let Some(Versioned { value: mut order, version }) =
            find::<Order>(&*self.0.backend, tenant, order).await?
        else {
            return Ok(());
        };
        let before = order.clone();
        let store = load::<Store>(&*self.0.backend, tenant, order.store).await?.value;
        let at = self.0.clock.now();
        let sent = self.sent_at(tenant, request).await?.unwrap_or(at);
        // As they were when it was asked for: a pull may have read it before us.
        let pieces = state::pieces(&order.facts, &action, &shown.snapshot);
        if action.writes_off() {
            order.write_off(request.id, &state::to_write_off(&pieces, &shown.snapshot), sent);
        } else if let OrderAction::Cancel { .. } = action {
            order.keep_from_write_offs(&pieces);
        }
        order.note_happened(request.id, Happened::Yes(at));
        let mut taking = Taking::new(self, tenant, &store);
        if !taking.was_counted_since(&order, sent).await?
            && !state::stands(&order.facts, &shown.snapshot)?
            && !knows(&order.facts, &action, made)
        {
            let key = made.current().first().map(|first| first.id.clone());
            let key = key.unwrap_or_else(|| format!("by request {}", request.id));
            Act { action: &action, pieces, made, key, at }.change(&mut order.facts);
        }
        order.acted = Some(at);
        let moved = taking.count(&mut order, Some(&before)).await?;
        taking.record(&order, moved)?;
        let job = self.pull_job(tenant, store.id, Some(order.id))?;
        taking.changes.jobs.push(job);
        taking.changes.update(version, order);
        absorb(changes, taking.finish().await?);
        Ok(())
    }

    /// When the first step of `request` was sent, if one was.
    async fn sent_at(&self, tenant: &Tenant, request: &Request) -> Result<Option<Timestamp>> {
        let Some(grant) = request.grant else { return Ok(None) };
        let steps = self.steps_under(tenant, grant).await?;
        let begun = steps.iter().filter_map(|step| match step {
            Step::Begun(begun) => Some(begun.at),
            Step::Ended(_) => None,
        });
        Ok(begun.min())
    }
}

impl Taking<'_> {
    /// Whether people have counted stock that `order` takes, since then.
    async fn was_counted_since(&mut self, order: &Order, sent: Timestamp) -> Result<bool> {
        for take in order.ledger.iter().flat_map(|ledger| &ledger.takes) {
            let opening = self.counter.opening_of(*take).await?;
            if opening.is_some_and(|opening| opening.basis == Basis::OnShelf && opening.read >= sent) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether `facts` tell already of the shipment or refund that `action` has made, and of others after it.
fn knows(facts: &OrderFacts, action: &OrderAction, made: &Refs) -> bool {
    made.current().iter().any(|made| match action {
        OrderAction::Ship { .. } => facts.fulfilments.iter().any(|known| known.refs.knows(made)),
        OrderAction::Refund { .. } => facts.refunds.iter().any(|known| known.key == made.id),
        OrderAction::Acknowledge
        | OrderAction::AmendTracking { .. }
        | OrderAction::Cancel { .. }
        | OrderAction::Submit
        | OrderAction::Produce => false,
    })
}

/// What the platform has done for us.
struct Act<'a> {
    action: &'a OrderAction,
    /// To how many pieces of each line.
    pieces: Vec<(String, i64)>,
    /// Its ids of what came of it.
    made: &'a Refs,
    /// What it is known by.
    key: String,
    at: Timestamp,
}

impl Act<'_> {
    fn change(self, facts: &mut OrderFacts) {
        let Self { action, pieces, made, key, at } = self;
        match action {
            OrderAction::Acknowledge | OrderAction::Submit | OrderAction::Produce => {}
            OrderAction::Ship { carrier, tracking, .. } => {
                facts.fulfilments.push(Fulfilment {
                    key,
                    refs: made.clone(),
                    lines: pieces,
                    carrier: carrier.clone(),
                    tracking: tracking.iter().map(|number| (number.clone(), None)).collect(),
                    shipped: Some(at),
                    delivered: None,
                });
                let is_all = facts.lines.iter().all(|line| facts.shipped_of(line) >= line.current);
                facts.shipment = Axis::Known(if is_all { Shipment::All } else { Shipment::Part });
            }
            OrderAction::AmendTracking { fulfilment, carrier, tracking } => {
                if let Some(known) = facts.fulfilments.iter_mut().find(|known| known.key == *fulfilment) {
                    known.carrier = carrier.clone().or(known.carrier.take());
                    known.tracking = vec![(tracking.clone(), None)];
                }
            }
            OrderAction::Cancel { lines, .. } => {
                for (key, count) in pieces {
                    if let Some(line) = facts.lines.iter_mut().find(|line| line.key == key) {
                        line.current = line.current.saturating_sub(count);
                    }
                }
                if lines.is_empty() {
                    facts.life = Axis::Known(Life::Cancelled);
                    facts.cancelled = Some(at);
                }
            }
            OrderAction::Refund { total, lines } => {
                for (key, count, restock) in lines {
                    let line = facts.lines.iter_mut().find(|line| line.key == *key);
                    if let Some(line) = line.filter(|_| *restock != Restock::Unknown) {
                        line.current = line.current.saturating_sub(*count);
                    }
                }
                facts.refunds.push(Refund { key, total: *total, lines: lines.clone(), at: Some(at) });
            }
        }
    }
}
