//! What we have done to an order ourselves: it counts at once, and the platform's own account follows.

use super::{state, take::Taking};
use crate::{
    approval::{Request, Revision},
    clock::Timestamp,
    error::Result,
    hub::Hub,
    model::{
        Axis, Fulfilment, Life, Order, OrderAction, OrderFacts, OrderId, Refs, Refund, Restock, Shipment,
        Store,
    },
    plugin::{Applied, Receipt, Written},
    storage::{ChangeSet, Versioned, find, load},
    tenant::Tenant,
};

impl Hub {
    /// Brings the stored order in line with what the platform has done for us, moves its stock, and lets it be
    /// read anew: the platform may have done more than was asked.
    pub(in crate::hub) async fn keep_acted(
        &self,
        tenant: &Tenant,
        request: &Request,
        (order, action): (OrderId, &OrderAction),
        receipt: &Receipt<Applied>,
        changes: &mut ChangeSet,
    ) -> Result<()> {
        // What is only accepted hasn't happened yet.
        let Written::Done(applied) = &receipt.result else { return Ok(()) };
        let Some(Versioned { value: mut order, version }) =
            find::<Order>(&*self.0.backend, tenant, order).await?
        else {
            return Ok(());
        };
        let store = load::<Store>(&*self.0.backend, tenant, order.store).await?.value;
        let made = match applied {
            Applied::Order(made) => made.clone(),
            _ => Refs::default(),
        };
        let at = self.0.clock.now();
        let shown = load::<Revision>(&*self.0.backend, tenant, (request.id, request.revision)).await?.value;
        // As they were when it was asked for: a pull may have read it before us.
        let pieces = state::pieces(&order.facts, action, &shown.snapshot);
        write_off(&mut order, action, &pieces);
        if !state::stands(&order.facts, &shown.snapshot)? && !knows(&order.facts, action, &made) {
            act(&mut order.facts, (action, pieces), &made, &format!("by request {}", request.id), at);
        }
        order.acted = Some(at);
        let mut taking = Taking::new(self, tenant, &store);
        let moved = taking.count(&mut order, None).await?;
        taking.record(&order, moved)?;
        let job = self.pull_job(tenant, store.id, Some(order.id))?;
        taking.changes.jobs.push(job);
        taking.changes.update(version, order);
        super::super::submit::absorb(changes, taking.finish().await?);
        Ok(())
    }
}

/// Notes the `pieces` that `action` cancels and that don't go back on the shelf: in the ledger, or for the day on
/// which their line is counted.
fn write_off(order: &mut Order, action: &OrderAction, pieces: &[(String, i64)]) {
    let OrderAction::Cancel { restock: Restock::No, .. } = action else { return };
    for (line, count) in pieces {
        match order.ledger.iter_mut().find(|ledger| ledger.line == *line) {
            Some(ledger) => ledger.tally.written_off = ledger.tally.written_off.saturating_add(*count),
            None => order.written_off.push((line.clone(), *count)),
        }
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

/// Does to `facts` what `action` has done at the platform to these `pieces`; `made` are its ids of what came of it,
/// `key` stands for them where it gave none.
fn act(
    facts: &mut OrderFacts,
    (action, pieces): (&OrderAction, Vec<(String, i64)>),
    made: &Refs,
    key: &str,
    at: Timestamp,
) {
    let key = made.current().first().map_or_else(|| key.to_owned(), |first| first.id.clone());
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
