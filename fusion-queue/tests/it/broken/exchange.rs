//! How jobs go to workers and come back.

use super::{Broken, faults::Fault, kinds};
use fusion_core::{
    ErrorKind, Result,
    error::{Failure, Fate, Retry, When},
    job::*,
    tenant::Tenant,
};
use serde_json::Value;
use std::time::Duration;

/// Claimed to choose from.
const MANY: usize = 100;

const LEASE: Duration = Duration::from_secs(60);

fn put_off(after: When) -> JobEnd {
    JobEnd::Snooze { after, close_gate: false, why: SnoozeReason::Unsaid }
}

pub(super) fn given_back() -> JobEnd {
    put_off(When::In(Duration::ZERO))
}

fn failure() -> Failure {
    Failure {
        kind: ErrorKind::Unavailable,
        retry: Retry::Backoff,
        fate: Fate::NotSent,
        message: "it was put off".into(),
        platform_code: None,
        request_id: None,
        problems: Vec::new(),
    }
}

impl Broken {
    /// The lease as memory knows it.
    pub(super) fn real(&self, lease: &mut Lease) {
        if self.has(Fault::CountsTokensDown) {
            lease.token = u64::MAX - lease.token;
        }
    }

    pub(super) async fn claim_all(&self, mut claim: ClaimRequest) -> Result<Vec<Claimed>> {
        let limit = claim.limit;
        if limit == 0 {
            return Ok(Vec::new());
        }
        let chooses = limit > 1 && matches!(self.fault, Fault::FavoursTenant | Fault::FavoursStore);
        match self.fault {
            Fault::ClaimsEveryKind => claim.kinds = kinds(),
            Fault::StopsAtFollowUps if self.notes().has_follow_up => claim.limit = 1,
            Fault::GivesOneMore if limit == 3 => claim.limit = 4,
            _ if chooses => claim.limit = MANY,
            _ => {}
        }
        let mut claimed = self.db.claim(claim).await?;
        match self.fault {
            Fault::LastComeFirst => claimed.reverse(),
            Fault::FavoursTenant => claimed.sort_by_key(|one| one.job.tenant.clone()),
            Fault::FavoursStore => {
                let count = |one: &Claimed| {
                    claimed.iter().filter(|other| other.job.partition == one.job.partition).count()
                };
                let favourite = claimed.iter().max_by_key(|one| count(one)).and_then(|one| one.job.partition);
                claimed.sort_by_key(|one| one.job.partition != favourite);
            }
            _ => {}
        }
        if chooses {
            for one in claimed.drain(limit.min(claimed.len())..) {
                self.db.settle(vec![Settlement { lease: one.lease, end: given_back() }]).await?;
            }
        }
        for one in &mut claimed {
            let mut notes = self.notes();
            notes.unstarted.insert(one.job.id, one.lease.clone());
            notes.newest.insert(one.job.id, one.lease.clone());
            drop(notes);
            self.real(&mut one.lease);
            match self.fault {
                Fault::BlamesInnocents if one.suspect => one.crashes = one.crashes.max(1),
                Fault::SuspectsNobody => one.suspect = false,
                Fault::HidesResultsOfParents => one.parents.iter_mut().for_each(|one| one.result = None),
                _ => {}
            }
        }
        Ok(claimed)
    }

    pub(super) async fn settle_all(&self, settlements: Vec<Settlement>) -> Result<Vec<SettleVerdict>> {
        let mut verdicts = Vec::new();
        if !self.has(Fault::CutsResults) {
            check_ends(&settlements)?;
        }
        for mut settlement in settlements {
            if self.has(Fault::StopsAtRefused) && verdicts.contains(&SettleVerdict::Fenced) {
                verdicts.push(SettleVerdict::Fenced);
                continue;
            }
            self.real(&mut settlement.lease);
            verdicts.push(self.settle_one(settlement).await?);
        }
        Ok(verdicts)
    }

    async fn settle_one(&self, settlement: Settlement) -> Result<SettleVerdict> {
        let Settlement { lease, end } = settlement;
        let job = self.job(&lease).await?;
        let end = match &job {
            Some(job) => self.bend(job, end).await?,
            None => end,
        };
        let asked = Settlement { lease: lease.clone(), end };
        let verdict = self.db.settle(vec![asked.clone()]).await?.remove(0);
        let newest = self.notes().newest.get(&lease.job).cloned();
        match (self.fault, verdict) {
            (Fault::ForgetsSettlements, SettleVerdict::AlreadySettled) => Ok(SettleVerdict::Fenced),
            (Fault::SettlesForOthers, SettleVerdict::Fenced) => match newest {
                Some(newest) if newest.token > lease.token => {
                    Ok(self.db.settle(vec![Settlement { lease: newest, ..asked }]).await?.remove(0))
                }
                _ => Ok(verdict),
            },
            (Fault::SettlesLate, SettleVerdict::Fenced) if newest == Some(lease) => {
                self.db.rescue(&kinds()).await?;
                let request =
                    ClaimRequest { worker: String::new(), limit: 1, kinds: kinds(), lease_for: LEASE };
                for claimed in self.db.claim(request).await? {
                    self.db.settle(vec![Settlement { lease: claimed.lease, ..asked.clone() }]).await?;
                }
                Ok(verdict)
            }
            _ => Ok(verdict),
        }
    }

    async fn job(&self, lease: &Lease) -> Result<Option<NewJob>> {
        for tenant in ["acme", "bolt"] {
            if let Some(state) = JobQueue::get(&self.db, &Tenant::new(tenant)?, lease.job).await? {
                return Ok(Some(state.job));
            }
        }
        Ok(None)
    }

    /// The end as the fault has it.
    async fn bend(&self, job: &NewJob, end: JobEnd) -> Result<JobEnd> {
        if matches!(end, JobEnd::Dead(_)) {
            self.notes().dead.insert(job.id);
        }
        if let (JobEnd::Cancelled, Some(unique)) = (&end, job.unique) {
            self.notes().keys_of_cancelled.insert(unique.key, job.id);
        }
        if let JobEnd::Snooze { after, close_gate: true, .. } = end {
            if self.has(Fault::ClosesAllStores) {
                let stores = self.notes().stores.clone();
                for (tenant, store) in stores.into_iter().filter(|(_, store)| Some(*store) != job.partition) {
                    self.db.pause(&tenant, store).await?;
                }
            }
            if self.has(Fault::LastWaitCounts) && matches!(after, When::In(_)) {
                self.db.open_gate(&job.tenant, job.partition).await?;
            }
        }
        Ok(match (self.fault, end) {
            (Fault::DropsResults, JobEnd::Completed(_)) => JobEnd::Completed(Value::Null),
            (Fault::CutsResults, JobEnd::Completed(Value::Array(_))) => JobEnd::Completed(Value::Null),
            (Fault::CancelsWhatIsDone, JobEnd::Completed(_))
                if self.notes().cancel_asked.contains(&job.id) =>
            {
                JobEnd::Cancelled
            }
            (Fault::PassesRetriedHead, JobEnd::Retry { .. }) if job.serial.is_some() => {
                JobEnd::Completed(Value::Null)
            }
            (Fault::StopsAtDeadHead, JobEnd::Dead(_))
                if job.serial.is_some() && job.dead_head == DeadHead::GoOn =>
            {
                put_off(When::OnSignal)
            }
            (
                Fault::ChargesSnoozes,
                JobEnd::Snooze { after: When::In(span), close_gate: false, why: SnoozeReason::Unsaid },
            ) if !span.is_zero() => JobEnd::Retry { failure: failure(), after: When::In(span) },
            (Fault::RetriesAtOnce, JobEnd::Retry { failure, after: When::In(_) }) => {
                JobEnd::Retry { failure, after: When::In(Duration::ZERO) }
            }
            (Fault::CutsReasons, JobEnd::Dead(failure)) => {
                let message = failure.message.split('\0').next().unwrap_or_default().to_owned();
                JobEnd::Dead(Failure { message, ..failure })
            }
            (
                Fault::WakesByItself,
                JobEnd::Snooze { after: When::OnSignal, close_gate: false, why: SnoozeReason::Unsaid },
            ) => put_off(When::In(LEASE)),
            (_, end) => end,
        })
    }
}
