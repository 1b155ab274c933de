//! What our cancellations take off sale for good, noted before any platform may show the cancellation.

use super::{state, take::Taking};
use crate::{
    approval::{Phase, Request, Revision},
    audit::Action,
    error::{Fate, Result},
    hub::{Hub, submit::absorb},
    model::{Order, RequestId, Store},
    plugin::Change,
    storage::{ChangeSet, Versioned, find, load},
    tenant::Tenant,
    verb::Operation,
};

impl Hub {
    /// Notes with its order what a cancellation writes off, once it may have its effect, and takes that back when it
    /// has ended without one.
    ///
    /// A person who says that it had none is believed. Where that isn't certain, or was denied and tried once more,
    /// what the order shows as cancelled is taken to be gone, and its level is in doubt: others may have cancelled it.
    pub(in crate::hub) async fn mind_write_offs(
        &self,
        changes: &mut ChangeSet,
        tenant: &Tenant,
        request: &Request,
        action: Action,
    ) -> Result<()> {
        let (Operation::CancelOrder, Some(order)) = (request.operation, request.order) else { return Ok(()) };
        let may_take_effect = matches!(request.phase, Phase::Executing { .. } | Phase::Accepted);
        let is_denied = action == Action::Decided && request.phase == Phase::Approved;
        // What is done is noted with what was done.
        let is_over = request.phase.is_closed() && request.phase != Phase::Done;
        if !may_take_effect && !is_denied && !is_over {
            return Ok(());
        }
        let Some(Versioned { value: mut order, version }) =
            find::<Order>(&*self.0.backend, tenant, order).await?
        else {
            return Ok(());
        };
        let is_noted = order.write_offs.iter().any(|one| one.request == request.id);
        if may_take_effect && !is_noted {
            let shown =
                load::<Revision>(&*self.0.backend, tenant, (request.id, request.revision)).await?.value;
            let Change::Order { action, .. } = shown.open()?.change else { return Ok(()) };
            if action.writes_off() {
                let pieces = state::pieces(&order.facts, &action, &shown.snapshot);
                order.write_off(request.id, &pieces, self.0.clock.now());
                changes.update(version, order);
            }
        } else if is_denied && is_noted {
            for one in order.write_offs.iter_mut().filter(|one| one.request == request.id) {
                one.denied = true;
            }
            changes.update(version, order);
        } else if is_over && is_noted {
            let store = load::<Store>(&*self.0.backend, tenant, order.store).await?.value;
            let mut taking = Taking::new(self, tenant, &store);
            if had_no_effect(request, action, &order) {
                order.write_offs.retain(|one| one.request != request.id);
                let moved = taking.count(&mut order, None).await?;
                taking.record(&order, moved)?;
            } else {
                taking.doubt_write_offs(&order, request.id);
            }
            taking.changes.update(version, order);
            absorb(changes, taking.finish().await?);
        }
        Ok(())
    }
}

/// Whether a request that is over has cancelled nothing, for certain.
fn had_no_effect(request: &Request, action: Action, order: &Order) -> bool {
    let was_denied = order.write_offs.iter().any(|one| one.request == request.id && one.denied);
    let fate = request.failure.as_ref().map_or(Fate::NotSent, |failure| failure.fate);
    action == Action::Decided || (!was_denied && matches!(fate, Fate::NotSent | Fate::Rejected))
}

impl Taking<'_> {
    /// Puts every level in doubt that `request` was to write something off from.
    fn doubt_write_offs(&mut self, order: &Order, request: RequestId) {
        for one in order.write_offs.iter().filter(|one| one.request == request) {
            let ledgers = order.ledger.iter().filter(|ledger| ledger.line == one.line);
            for take in ledgers.flat_map(|ledger| &ledger.takes) {
                self.counter.doubt(self.store.id, *take, one.count);
            }
        }
    }
}
