//! Counting a line, for the first time and ever after, against levels that were counted in between.

use super::{
    lines::RowMeant,
    take::{Moved, Newer, Taking},
};
use crate::{
    error::Result,
    model::{
        Basis, LineLedger, LineMove, Opening, Order, OrderLine, OrderRole, Reason, ShippedBy, Since, Stood,
        is_before,
    },
};

/// Where counting a line for the first time begins, for one level.
enum Beginning {
    /// It takes nothing there: it was sold before anybody here counted.
    Nowhere,
    /// With the first piece that was sold.
    Sale,
    /// With how it stood when the level was counted.
    Count(Opening),
}

impl Taking<'_> {
    /// Counts a line of `order` for the first time, once it is known what it means. `before` is the order as it was
    /// stored, if it was.
    pub(super) async fn begin(
        &mut self,
        order: &mut Order,
        line: &mut OrderLine,
        before: Option<&Order>,
        moved: &mut Moved,
    ) -> Result<()> {
        let Some(row) = self.row_of(order, line).await? else {
            moved.doubtful.push(line.key.clone());
            return Ok(());
        };
        let mut ledger = self.new_ledger(order, line, &row).await?;
        let (mut takes, mut since) = (Vec::new(), Vec::new());
        for take in std::mem::take(&mut ledger.takes) {
            let opening = self.counter.opening_of(take).await?;
            // What several units make up, or several items, has a level of its own at the platform.
            let is_counted_as =
                take.units == 1 && row.consumes.len() == 1 && row.counted_as == Some(take.item);
            let stood = match self.beginning(order, opening, is_counted_as) {
                Beginning::Nowhere => {
                    ledger.left_out.push(take);
                    continue;
                }
                Beginning::Sale => Since::Last,
                Beginning::Count(opening) if is_older(order, &opening) && self.newer == Newer::MayCome => {
                    return self.read_again(order, before);
                }
                Beginning::Count(opening) => {
                    let Stood { tally, unsure } = first_stood(order, line, before, &opening);
                    self.counter.doubt(self.store.id, take, unsure);
                    Since::Opening(tally, opening.basis)
                }
            };
            takes.push(take);
            since.push(stood);
        }
        ledger.takes = takes;
        self.doubt_write_offs(order, line, &ledger.takes);
        let moves = ledger.count(order, line, &since);
        self.carry_out(order, &ledger, moves, moved).await?;
        order.ledger.push(ledger);
        Ok(())
    }

    /// Counts what has become of a line that is counted already.
    pub(super) async fn go_on(
        &mut self,
        order: &Order,
        line: &OrderLine,
        ledger: &mut LineLedger,
        before: Option<&Order>,
        moved: &mut Moved,
    ) -> Result<()> {
        let mut since = Vec::with_capacity(ledger.takes.len());
        for take in &ledger.takes {
            let opening = self.counter.opening_of(*take).await?.filter(|one| one.basis == Basis::OnShelf);
            let counted = opening.zip(before).filter(|(opening, before)| before.seen <= opening.read);
            since.push(match counted {
                None => Since::Last,
                Some((opening, known)) => {
                    let Stood { tally: then, unsure } = opening.stood(order, line, before);
                    self.counter.doubt(self.store.id, *take, unsure);
                    Since::Stocktake { known: opening.known(known, &line.key), then }
                }
            });
        }
        for take in std::mem::take(&mut ledger.left_out) {
            let opening = self.counter.opening_of(take).await?;
            match self.beginning(order, opening, false) {
                Beginning::Count(opening) => {
                    let Stood { tally, unsure } = opening.stood(order, line, before);
                    self.counter.doubt(self.store.id, take, unsure);
                    ledger.takes.push(take);
                    since.push(Since::Opening(tally, opening.basis));
                }
                Beginning::Nowhere | Beginning::Sale => ledger.left_out.push(take),
            }
        }
        let moves = ledger.count(order, line, &since);
        self.carry_out(order, ledger, moves, moved).await
    }

    /// A level that began with the platform's count of what the line sells goes by that. What people have counted
    /// since the store was registered lay there, whoever has sold it. What was entered or counted before leaves out
    /// what was sold before the store was registered.
    fn beginning(&self, order: &Order, opening: Option<Opening>, is_counted_as: bool) -> Beginning {
        let registered = self.store.id.made();
        let is_since = |opening: &Opening| registered.is_none_or(|made| made <= opening.read);
        match opening {
            Some(opening) if opening.basis == Basis::Sellable && is_counted_as => Beginning::Count(opening),
            Some(opening) if opening.basis == Basis::OnShelf && is_since(&opening) => {
                Beginning::Count(opening)
            }
            _ if registered.is_some_and(|made| is_before(order.facts.placed, made)) => Beginning::Nowhere,
            _ => Beginning::Sale,
        }
    }

    /// What was read before the count was through may have changed until then: it is counted once it is read anew.
    fn read_again(&mut self, order: &Order, before: Option<&Order>) -> Result<()> {
        // Of what is told once more the platform shows nothing newer.
        if before.is_none_or(|before| before.seen < order.seen) {
            let job = self.hub.pull_job(self.tenant, self.store.id, Some(order.id))?;
            self.changes.jobs.push(job);
        }
        Ok(())
    }

    async fn carry_out(
        &mut self,
        order: &Order,
        ledger: &LineLedger,
        moves: Vec<LineMove>,
        moved: &mut Moved,
    ) -> Result<()> {
        for step in moves {
            let reason = step.reason;
            let cause = match reason {
                Reason::Opening => format!("order {} line {} opening", order.id, ledger.line),
                Reason::Change => format!("order {} line {} change {}", order.id, ledger.line, ledger.turn),
            };
            let is_short = self.counter.apply(&mut self.changes, step, cause).await?;
            if is_short && reason == Reason::Change && !moved.short.contains(&ledger.line) {
                moved.short.push(ledger.line.clone());
            }
            moved.moves += 1;
        }
        Ok(())
    }

    /// The row that a line means; `None` while nobody knows it.
    async fn row_of(&mut self, order: &Order, line: &mut OrderLine) -> Result<Option<RowMeant>> {
        let chosen = match line.variant.take() {
            Some(row) => self.row(row).await?,
            None => None,
        };
        // Of a row that is gone nobody knows any more what a sale of it takes.
        let row = match chosen {
            Some(row) => Some(row),
            None => self.meant(order.id, line).await?,
        };
        line.variant = row.as_ref().map(|row| row.id);
        Ok(row)
    }

    async fn new_ledger(&self, order: &Order, line: &OrderLine, row: &RowMeant) -> Result<LineLedger> {
        let is_ours = order.facts.role == OrderRole::Sale
            && line.shipped_by != ShippedBy::Platform
            && row.shipped_by != ShippedBy::Platform;
        let takes = match is_ours {
            true => self.hub.takes_of(self.tenant, self.store, line, &row.consumes).await?,
            false => Vec::new(),
        };
        Ok(LineLedger::new(line.key.clone(), takes))
    }
}

/// Whether `order` was read before the platform's count was through.
fn is_older(order: &Order, opening: &Opening) -> bool {
    opening.basis == Basis::Sellable && order.seen < opening.until
}

/// How a line that is counted for the first time stood when its level was counted. All of it is unsure of an order that
/// was read before.
fn first_stood(order: &Order, line: &OrderLine, before: Option<&Order>, opening: &Opening) -> Stood {
    let stood = opening.stood(order, line, before);
    match is_older(order, opening) {
        true => Stood { unsure: line.ordered.max(line.current), ..stood },
        false => stood,
    }
}
