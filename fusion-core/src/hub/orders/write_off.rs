//! What our cancellations take off sale for good, noted before any platform may show the cancellation.

use super::{state, take::Taking};
use crate::{
    approval::{Phase, Request, Revision},
    audit::Action,
    clock::Timestamp,
    error::{Fate, Result},
    hub::{Hub, submit::absorb},
    model::{Happened, Order, OrderLine, Store, Take, Tally, WriteOff},
    plugin::Change,
    storage::{ChangeSet, Versioned, find, load},
    tenant::Tenant,
    verb::Operation,
};

impl Hub {
    /// Notes with its order what a cancellation writes off, once it may have its effect, and takes that back when it
    /// has ended without one.
    ///
    /// A person who says that it had none is believed. Where that isn't certain, or was denied and tried once more, the
    /// next read of the order says: what it shows as cancelled is taken to be gone, and its level is in doubt, since
    /// others may have cancelled it.
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
                order.write_off(
                    request.id,
                    &state::to_write_off(&pieces, &shown.snapshot),
                    self.0.clock.now(),
                );
                changes.update(version, order);
            }
        } else if is_over && is_noted && had_no_effect(request, action, &order) {
            let store = load::<Store>(&*self.0.backend, tenant, order.store).await?.value;
            let mut taking = Taking::new(self, tenant, &store);
            let before = order.clone();
            order.write_offs.retain(|one| one.request != request.id);
            let moved = taking.count(&mut order, Some(&before)).await?;
            taking.record(&order, moved)?;
            taking.changes.update(version, order);
            absorb(changes, taking.finish().await?);
        } else if is_over && is_noted {
            order.note_happened(request.id, Happened::Doubted(self.0.clock.now()));
            changes.jobs.push(self.pull_job(tenant, order.store, Some(order.id))?);
            changes.update(version, order);
        } else if is_denied && is_noted {
            order.note_happened(request.id, Happened::Denied);
            changes.update(version, order);
        }
        Ok(())
    }
}

/// Whether a request that is over has cancelled nothing, for certain.
fn had_no_effect(request: &Request, action: Action, order: &Order) -> bool {
    let was_denied =
        order.write_offs.iter().any(|one| one.request == request.id && one.happened == Happened::Denied);
    let fate = request.failure.as_ref().map_or(Fate::NotSent, |failure| failure.fate);
    action == Action::Decided || (!was_denied && matches!(fate, Fate::NotSent | Fate::Rejected))
}

impl Taking<'_> {
    /// Puts in doubt what `line` of `order`, which is counted for the first time, takes if something of it is written
    /// off and may not have happened.
    pub(super) fn doubt_write_offs(&mut self, order: &Order, line: &OrderLine, takes: &[Take]) {
        for one in order.write_offs.iter().filter(|one| {
            one.line == line.key && matches!(one.happened, Happened::Denied | Happened::Doubted(_))
        }) {
            for take in takes {
                self.counter.doubt(self.store.id, *take, one.count);
            }
        }
    }

    /// Says of what was written off and may not have happened how it looks in what a read that began at `read` has
    /// brought: what shows is gone and in doubt, and the rest was nothing.
    pub(super) fn settle_write_offs(&mut self, order: &mut Order, read: Timestamp) {
        let doubted: Vec<WriteOff> = order.write_offs.clone();
        for one in doubted {
            let Happened::Doubted(since) = one.happened else { continue };
            if since > read {
                continue;
            }
            // Whose line nobody knows yet is asked about when it is counted.
            let Some(ledger) = order.ledger.iter().find(|ledger| ledger.line == one.line) else { continue };
            let line = order.facts.lines.iter().find(|line| line.key == one.line);
            let shows = line.map_or(0, |line| {
                let [with, without] = [true, false].map(|counts| {
                    let counts = |other: &WriteOff| counts || *other != one;
                    let written_off = order.written_off(&line.key, counts);
                    Tally::of(&order.facts, line, &Tally::default(), &written_off).written_off
                });
                with - without
            });
            for take in &ledger.takes {
                self.counter.doubt(self.store.id, *take, shows);
            }
            order.write_offs.retain_mut(|known| {
                if *known == one {
                    (known.count, known.happened) = (shows, Happened::Yes(since));
                }
                known.count > 0
            });
        }
    }
}
