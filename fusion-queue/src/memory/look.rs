//! What people and workers ask about jobs.

use super::{
    gate::Standing,
    jobs::Jobs,
    lanes::{Live, opens},
    row::Row,
};
use fusion_core::{
    clock::Timestamp,
    job::{Explanation, HANDLED_FOR, JobKind, JobStatus},
    model::JobId,
};
use std::collections::BTreeSet;

impl Jobs {
    pub(super) fn explain(&self, row: &Row, now: Timestamp) -> Explanation {
        if row.is_in_hands() {
            return Explanation::InHands;
        }
        if row.status != JobStatus::Pending {
            return Explanation::Ended;
        }
        if let Some(holder) = row.follows {
            return Explanation::Behind(holder);
        }
        if let Some(parent) = row.awaits.first() {
            return Explanation::Awaits(*parent);
        }
        let head = row.serial_key().and_then(|key| self.serials.head(&key));
        if let Some(head) = head.filter(|head| *head != row.job.id) {
            let is_held = self.rows.get(&head).is_some_and(|head| head.ended.is_some());
            return if is_held { Explanation::Held(head) } else { Explanation::Behind(head) };
        }
        let snoozed = |due| row.snoozed.map(|why| Explanation::Snoozed { why, due });
        let Some(due) = row.due else { return snoozed(None).unwrap_or(Explanation::Parked) };
        if self.lanes.is_paused(row) {
            return Explanation::Paused;
        }
        let standing = match row.job.begins_work {
            true => self.lanes.standing(&row.job.tenant, row.job.partition, now, &self.live()),
            false => Standing::Open,
        };
        match standing {
            Standing::Paused => Explanation::Paused,
            Standing::ClosedUntilOpened => Explanation::GateClosed(None),
            Standing::ClosedUntil(open_at) if open_at > due || (open_at == due && row.snoozed.is_none()) => {
                Explanation::GateClosed(Some(open_at.since(now)))
            }
            _ if due > now => {
                let span = due.since(now);
                snoozed(Some(span)).unwrap_or(Explanation::NotDue(span))
            }
            Standing::Full => Explanation::GateFull,
            _ if self.is_unhandled(&row.job.kind, now) => Explanation::Unhandled,
            _ => match self.lanes.ahead(row, due) {
                0 => Explanation::Due,
                ahead => Explanation::Turn(ahead),
            },
        }
    }

    /// Whether workers were heard of lately, and none of them performs `kind`.
    fn is_unhandled(&self, kind: &JobKind, now: Timestamp) -> bool {
        let counts = |at: &Timestamp| now.since(*at) < HANDLED_FOR;
        self.handled.values().any(counts) && !self.handled.get(kind).is_some_and(counts)
    }

    /// When the next job of `kinds` in the foreground could run; the past: one is due or in hands.
    pub(super) fn next_due(&self, kinds: &[JobKind], now: Timestamp) -> Option<Timestamp> {
        let is_waited_for = |row: &&Row| !row.job.background && kinds.contains(&row.job.kind);
        let in_hands = self.leases.iter().filter_map(|(_, id)| self.rows.get(id)).find(is_waited_for);
        if in_hands.is_some() {
            return Some(now);
        }
        // Somebody may wait for what stands behind a head that nobody waits for.
        let heads = self.serials.queues().filter_map(|mut queue| {
            let head = self.rows.get(&queue.next()?).filter(|head| kinds.contains(&head.job.kind))?;
            queue.filter_map(|id| self.rows.get(&id)).find(is_waited_for)?;
            self.could_run(head, now)
        });
        let follow_ups = self.uniques.values().filter_map(|holder| {
            self.rows.get(&holder.follow_up?).filter(is_waited_for)?;
            self.could_run(self.rows.get(&holder.job)?, now)
        });
        let parents = self.awaited(is_waited_for).into_iter().filter_map(|parent| {
            let first = self.goes_first(self.rows.get(&parent)?)?;
            self.could_run(Some(first).filter(|first| kinds.contains(&first.job.kind))?, now)
        });
        heads.chain(follow_ups).chain(parents).chain(self.lanes.first_due(now, kinds)).min()
    }

    /// Parents that jobs like those of `is_waited_for` wait for, and what those wait for in turn.
    fn awaited(&self, is_waited_for: impl Fn(&&Row) -> bool) -> BTreeSet<JobId> {
        let children = self.children.values().flatten().filter_map(|child| self.rows.get(child));
        let mut next: Vec<JobId> =
            children.filter(is_waited_for).flat_map(|child| child.awaits.iter().copied()).collect();
        let mut all = BTreeSet::new();
        while let Some(parent) = next.pop() {
            if all.insert(parent) {
                next.extend(self.rows.get(&parent).into_iter().flat_map(|row| row.awaits.iter().copied()));
            }
        }
        all
    }

    /// Which job has to run so that `row` comes nearer to its end: itself, or who stands before it.
    fn goes_first<'a>(&'a self, row: &'a Row) -> Option<&'a Row> {
        let holder = row.follows.or_else(|| row.serial_key().and_then(|key| self.serials.head(&key)));
        let first = holder.map_or(Some(row), |holder| self.rows.get(&holder));
        first.filter(|_| row.ended.is_none() && row.awaits.is_empty())
    }

    fn could_run(&self, row: &Row, now: Timestamp) -> Option<Timestamp> {
        match row.status {
            JobStatus::Claimed | JobStatus::Running => Some(now),
            // It holds a key.
            JobStatus::Completed | JobStatus::Failed | JobStatus::Cancelled => None,
            JobStatus::Pending => {
                let standing = self.lanes.standing(&row.job.tenant, row.job.partition, now, &Live::new());
                opens(row.due?, row.job.begins_work, standing).filter(|_| !self.lanes.is_paused(row))
            }
        }
    }
}
