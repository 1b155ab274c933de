//! How jobs come in, and how long somebody waits for them.

use super::{Broken, faults::Fault, kinds};
use async_trait::async_trait;
use fusion_core::{Result, clock::Clock, error::When, job::*, model::JobId, tenant::Tenant};
use serde_json::Value;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

impl Broken {
    /// The job that holds the unique key of `job`, beside itself.
    async fn holder(&self, job: &NewJob) -> Option<JobRow> {
        let key = job.unique?.key;
        let rows = self.db.list(&job.tenant, &JobFilter::default(), None, 1_000).await.unwrap();
        let is_live = |status| matches!(status, JobStatus::Pending | JobStatus::Claimed | JobStatus::Running);
        let mut holders: Vec<JobRow> = rows
            .into_iter()
            .filter(|row| is_live(row.state.status) && row.state.job.unique.is_some_and(|one| one.key == key))
            .collect();
        // A follow-up waits beside the holder, which is in hands.
        holders.sort_by_key(|row| row.state.status == JobStatus::Pending);
        (!holders.is_empty()).then(|| holders.remove(0))
    }

    /// Puts one in as the fault has it.
    async fn put(&self, mut job: NewJob, of_batch: bool) -> Result<Enqueued> {
        let holder = self.holder(&job).await;
        let is_waiting = holder.as_ref().map(|row| row.state.status == JobStatus::Pending);
        match self.fault {
            Fault::ForgetsEndedIds => {
                let known = JobQueue::get(&self.db, &job.tenant, job.id).await?;
                if known.is_some_and(|state| state.status == JobStatus::Completed) {
                    job.id = self.fresh_id();
                }
            }
            Fault::LosesCharacters => {
                if let Some(Value::String(text)) = job.payload.get_mut("text") {
                    *text = text.replace('\0', "");
                }
            }
            Fault::CutsPayloads if check_sizes(std::slice::from_ref(&job)).is_err() => {
                job.payload = Value::Null
            }
            Fault::KeepsOldPayload if is_waiting == Some(true) => {
                return Ok(Enqueued::Joined(holder.unwrap().id));
            }
            Fault::SwallowsFollowUps if is_waiting == Some(false) => {
                return Ok(Enqueued::Joined(holder.unwrap().id));
            }
            Fault::KeepsWhoJoins if is_waiting == Some(false) => {
                job.unique.as_mut().unwrap().while_running = WhileRunning::FollowUp;
            }
            Fault::KeepsKeysOfCancelled => {
                let key = job.unique.map(|unique| unique.key);
                let kept = key.and_then(|key| self.notes().keys_of_cancelled.get(&key).copied());
                if let Some(id) = kept {
                    return Ok(Enqueued::Joined(id));
                }
            }
            Fault::IgnoresMoments if matches!(job.due, When::At(_)) => job.due = When::In(Duration::ZERO),
            Fault::StarvesLow if job.priority == Priority::Low => job.due = When::In(HOUR),
            Fault::ForgetsSerialInBatches if of_batch => job.serial = None,
            Fault::PutsHeirLast => job.takes_key_of = None,
            Fault::CancelsNoRest if job.dead_head == DeadHead::CancelRest => job.dead_head = DeadHead::GoOn,
            Fault::DropsGrants if !job.begins_work => job.grant = None,
            Fault::WaitsForBackground if job.serial.is_none() => job.background = false,
            Fault::ForgetsWaiters => {
                job.background |=
                    job.serial.as_ref().is_some_and(|key| self.notes().serials.contains_key(key));
            }
            Fault::MixesUniqueKeys => {
                let key = job.unique.map(|unique| unique.key);
                let held = key.and_then(|key| self.notes().uniques.get(&key).cloned());
                if let Some((tenant, id)) = held
                    && tenant != job.tenant
                {
                    return Ok(Enqueued::Joined(id));
                }
            }
            Fault::MixesSerialKeys => {
                let key = job.serial.clone();
                let held = key.and_then(|key| self.notes().serials.get(&key).cloned());
                if held.is_some_and(|tenant| tenant != job.tenant) {
                    job.due = When::In(HOUR);
                }
            }
            _ if !job.parents.is_empty() => self.bend_child(&mut job).await?,
            _ => {}
        }
        self.note(&job);
        let answer = self.db.enqueue(vec![job]).await?.remove(0);
        self.notes().has_follow_up |= answer == Enqueued::FollowUp;
        Ok(answer)
    }

    /// What the fault makes of a job that waits for others.
    async fn bend_child(&self, job: &mut NewJob) -> Result<()> {
        let mut parents = Vec::new();
        for id in &job.parents {
            parents.extend(JobQueue::get(&self.db, &job.tenant, *id).await?);
        }
        match (self.fault, job.parent_failed) {
            (Fault::WaitsForEndedParents, _)
                if parents.iter().all(|parent| parent.status == JobStatus::Completed) =>
            {
                job.due = When::OnSignal;
            }
            (Fault::FailsNoGrandchildren, ParentFailed::Fail)
                if parents.iter().any(|parent| !parent.job.parents.is_empty()) =>
            {
                job.parent_failed = ParentFailed::Run;
            }
            (Fault::FailsWhatMayRun, ParentFailed::Run) | (Fault::FailsWhatMayWait, ParentFailed::Wait) => {
                job.parent_failed = ParentFailed::Fail;
            }
            (Fault::TakesInOrphans, _) => job.parents = parents.iter().map(|parent| parent.job.id).collect(),
            (Fault::TakesInHeirs, _) => (job.unique, job.takes_key_of) = (None, None),
            (Fault::ForgetsSerialOfChildren, _) => job.serial = None,
            (Fault::ForgetsChildren, _) => job.background = true,
            _ => {}
        }
        Ok(())
    }

    /// Whether memory refuses `jobs` for the parents of one of them.
    async fn has_orphans(&self, jobs: &[NewJob]) -> Result<bool> {
        let Ok(parents) = parents_outside(jobs) else { return Ok(!self.has(Fault::TakesInHeirs)) };
        for (child, parent) in parents {
            if JobQueue::get(&self.db, &child.tenant, parent).await?.is_none() {
                return Ok(!self.has(Fault::TakesInOrphans));
            }
        }
        Ok(false)
    }

    fn note(&self, job: &NewJob) {
        let mut notes = self.notes();
        notes.puts += 1;
        if let Some(store) = job.partition {
            notes.stores.insert((job.tenant.clone(), store));
        }
        if let Some(unique) = job.unique {
            notes.uniques.entry(unique.key).or_insert((job.tenant.clone(), job.id));
        }
        if let Some(serial) = &job.serial {
            notes.serials.entry(serial.clone()).or_insert(job.tenant.clone());
        }
    }
}

#[async_trait]
impl JobQueue for Broken {
    async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Enqueued>> {
        let of_batch = jobs.len() > 1;
        if check_sizes(&jobs).is_err() && !self.has(Fault::CutsPayloads) {
            return self.db.enqueue(jobs).await;
        }
        if self.has_orphans(&jobs).await? {
            return self.db.enqueue(jobs).await;
        }
        // Refused as a whole before any of them is put in.
        if !self.has(Fault::PutsInHalf) {
            let tenants = self.tenants();
            for job in &jobs {
                for tenant in tenants.iter().filter(|tenant| **tenant != job.tenant) {
                    if JobQueue::get(&self.db, tenant, job.id).await?.is_some() {
                        return self.db.enqueue(jobs).await;
                    }
                }
            }
        }
        let mut answers = Vec::new();
        for job in jobs {
            answers.push(self.put(job, of_batch).await?);
        }
        Ok(answers)
    }

    async fn exchange(&self, settlements: Vec<Settlement>, claim: ClaimRequest) -> Result<Exchange> {
        if self.has(Fault::ClaimsBeforeSettling) {
            let claimed = self.claim_all(claim).await?;
            return Ok(Exchange { verdicts: self.settle_all(settlements).await?, claimed });
        }
        let verdicts = self.settle_all(settlements).await?;
        Ok(Exchange { verdicts, claimed: self.claim_all(claim).await? })
    }

    async fn heartbeat(&self, beats: &[Beat], lease_for: Duration) -> Result<Vec<BeatVerdict>> {
        let mut beats = beats.to_vec();
        for beat in &mut beats {
            self.real(&mut beat.lease);
            self.notes().unstarted.remove(&beat.lease.job);
            if self.has(Fault::DropsProgress) {
                beat.progress = None;
            }
        }
        let mut verdicts = self.db.heartbeat(&beats, lease_for).await?;
        for verdict in &mut verdicts {
            *verdict = match *verdict {
                BeatVerdict::Lost if self.has(Fault::NeverTellsLoss) => BeatVerdict::Held,
                BeatVerdict::Paused if self.has(Fault::HidesPauses) => BeatVerdict::Held,
                BeatVerdict::CancelWanted if self.has(Fault::HidesCancelling) => BeatVerdict::Held,
                other => other,
            };
        }
        Ok(verdicts)
    }

    async fn get(&self, tenant: &Tenant, id: JobId) -> Result<Option<JobState>> {
        let mut found = JobQueue::get(&self.db, tenant, id).await?;
        if self.has(Fault::ShowsForeignJobs) && found.is_none() {
            for tenant in self.tenants() {
                found = found.or(JobQueue::get(&self.db, &tenant, id).await?);
            }
        }
        Ok(found)
    }

    async fn log(&self, mut lines: Vec<JobLine>) -> Result<()> {
        if self.has(Fault::KeepsOldestLines) {
            let mut notes = self.notes();
            lines.retain(|line| {
                let count = notes.lines.entry(line.job).or_insert(0);
                *count += 1;
                *count <= MAX_LINES
            });
        }
        self.db.log(lines).await
    }

    async fn wait_for(
        &self,
        tenant: &Tenant,
        id: JobId,
        clock: &dyn Clock,
        at_most: Duration,
    ) -> Result<Option<JobState>> {
        let at_most = if self.has(Fault::WaitsForNoEnd) { Duration::ZERO } else { at_most };
        self.db.wait_for(tenant, id, clock, at_most).await
    }

    async fn wait(&self, at_most: Duration) {
        match self.fault {
            Fault::LosesNews => {
                let due = self.db.next_due(&kinds()).await.unwrap();
                self.clock.sleep(due.unwrap_or(at_most).min(at_most)).await;
            }
            Fault::LosesTimes => {
                let (puts, end) = (self.notes().puts, self.clock.elapsed() + at_most);
                while self.notes().puts == puts && self.clock.elapsed() < end {
                    self.db.wait(end.saturating_sub(self.clock.elapsed())).await;
                }
            }
            Fault::WaitsOnAndOn => self.db.wait(at_most * 1_000).await,
            _ => self.db.wait(at_most).await,
        }
    }
}
