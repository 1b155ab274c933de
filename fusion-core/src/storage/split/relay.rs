//! What commits left to the queue, handed on.

use super::Split;
use crate::{
    audit::{Action, NewAudit, Subject, SubjectKind},
    error::{Error, ErrorKind, Result},
    job::{JobQueue, NewJob, QueueControl, Settlement},
    model::JobId,
    plugin::BudgetLedger,
    storage::{ChangeSet, Errand, Outbox, Waiting},
    tenant::{Actor, Tenant},
};
use serde_json::json;

/// Errands that are fetched at once: a storage's page, some hundred kilobytes.
const AT_ONCE: usize = 200;

impl<S: Outbox, Q: JobQueue + QueueControl, L: BudgetLedger> Split<S, Q, L> {
    /// Hands on what waits, in the order of the commits; how much that was.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`]: storage or queue was not reached; what wasn't handed on waits.
    ///
    /// # Cancellation
    /// Dropping the future may hand something on another time, which changes nothing.
    pub async fn relay(&self) -> Result<usize> {
        let mut handed_on = 0;
        loop {
            match self.relay_page().await? {
                0 => return Ok(handed_on),
                count => handed_on += count,
            }
        }
    }

    /// The same for the first errands that wait.
    async fn relay_page(&self) -> Result<usize> {
        let waiting = self.storage.waiting(AT_ONCE).await?;
        let mut rest = waiting.as_slice();
        while let Some(first) = rest.first() {
            let alike =
                |one: &Waiting| std::mem::discriminant(&one.errand) == std::mem::discriminant(&first.errand);
            let count = rest.iter().take_while(|one| alike(one)).count();
            let (these, later) = rest.split_at(count);
            self.hand_on(these).await?;
            let numbers: Vec<u64> = these.iter().map(|one| one.number).collect();
            self.storage.handed_on(&numbers).await?;
            rest = later;
        }
        Ok(waiting.len())
    }

    /// Does errands of one sort.
    async fn hand_on(&self, alike: &[Waiting]) -> Result<()> {
        let (mut jobs, mut settlements) = (Vec::new(), Vec::new());
        for Waiting { tenant, errand, .. } in alike {
            match errand {
                Errand::Enqueue(job) => jobs.push(job.clone()),
                Errand::Settle(settlement) => settlements.push((tenant, settlement.clone())),
                Errand::Cancel(job) => match self.queue.cancel(tenant, *job).await {
                    // It has ended, and was forgotten; or nobody but its request ends it, which is over: the job
                    // finds that when it runs.
                    Err(error) if error.kind() == ErrorKind::NotFound || is_final(&error) => {}
                    answered => drop(answered?),
                },
            }
        }
        if !jobs.is_empty() {
            self.put_in(jobs).await?;
        }
        if !settlements.is_empty() {
            self.settle_all(settlements).await?;
        }
        Ok(())
    }

    /// Settles attempts; one whose lease is lost is told so to nobody, as the storage has judged it by its token. One that
    /// the queue refuses for good is told of in the audit and holds up no other: its job is a lost worker's.
    async fn settle_all(&self, settlements: Vec<(&Tenant, Settlement)>) -> Result<()> {
        let all = settlements.iter().map(|(_, settlement)| settlement.clone()).collect();
        match self.queue.settle(all).await {
            Err(error) if is_final(&error) => {}
            answered => return answered.map(drop),
        }
        for (tenant, settlement) in settlements {
            let job = settlement.lease.job;
            match self.queue.settle(vec![settlement]).await {
                Err(error) if is_final(&error) => self.note_refused(tenant, job, "settle", &error).await?,
                answered => drop(answered?),
            }
        }
        Ok(())
    }

    /// Tells of what the queue will refuse whenever it is asked. Before it counts as handed on: whoever dies in between
    /// tells of it twice.
    async fn note_refused(&self, tenant: &Tenant, job: JobId, asked: &str, error: &Error) -> Result<()> {
        tracing::error!(%job, asked, %error, "the queue refuses what a commit asked of it");
        let (by, subject) = (Actor::system(tenant, "relay"), Subject::new(SubjectKind::Job, job));
        let now = self.storage.clock().now();
        let entry = NewAudit::new(by.signature().clone(), Action::QueueRefused, subject, now);
        let mut changes = ChangeSet::default();
        changes.audit.push(entry.with_details(json!({ "asked": asked, "why": error.message() }))?);
        self.storage.commit(tenant, changes).await.map(drop)
    }

    /// Puts jobs in; one that the queue refuses for good is told of in the audit and holds up no other.
    async fn put_in(&self, jobs: Vec<NewJob>) -> Result<()> {
        match self.queue.enqueue(jobs.clone()).await {
            Err(error) if is_final(&error) => {}
            answered => return answered.map(drop),
        }
        for job in jobs {
            let (id, tenant) = (job.id, job.tenant.clone());
            match self.queue.enqueue(vec![job]).await {
                Err(error) if is_final(&error) => self.note_refused(&tenant, id, "enqueue", &error).await?,
                answered => drop(answered?),
            }
        }
        Ok(())
    }

    /// Hands on what can be, a page at most: the rest waits for the next time, and keeps nobody from what is there.
    pub(super) async fn relay_some(&self) {
        if let Err(error) = self.relay_page().await {
            tracing::warn!(%error, "what commits asked of the queue waits to be handed on");
        }
    }
}

/// Whether the queue will say the same whenever it is asked.
fn is_final(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::AlreadyExists | ErrorKind::Refused)
}
