//! The claim of a grant with the first step, and the alarm when a step took effect twice.

use super::{JobJournal, Permit};
use crate::{
    approval::{Event, Phase, Request, transition},
    audit::{Action, NewAudit, Subject, SubjectKind},
    error::{Error, ErrorKind, Result},
    hub::{commit::Rounds, effects::Circumstances, submit::refused},
    model::{Repeat, Step, StepBegun, StepEnded},
    plugin::steps::is_doubled,
    storage::{ChangeSet, Versioned, load},
    tenant::Actor,
};
use serde_json::json;

impl JobJournal<'_> {
    /// Claims the grant and stores the step in one commit.
    pub(super) async fn claim(&self, permit: &Permit, begun: &StepBegun, touched: bool) -> Result<()> {
        let lease = self.job.lease();
        let worker = Actor::system(self.tenant, "worker");
        // The clock may pass the deadline between reading and storing: the next round says expired.
        let mut rounds = Rounds::of("the request").anew_on(&[ErrorKind::Timeout]);
        loop {
            let Versioned { value: request, version } =
                load::<Request>(&*self.hub.0.backend, self.tenant, permit.request).await?;
            let mut facts = self.hub.facts(self.tenant, worker.signature(), &request).await?;
            facts.set_touched(touched);
            let event = Event::Claim { token: lease.token, check: &permit.check };
            let transition =
                transition(&request, event, &facts.borrow()).map_err(|refusal| refused(refusal, &request))?;
            let began = matches!(transition.request.phase, Phase::Executing { .. });
            let mut changes = ChangeSet { fence: Some(lease.clone()), ..ChangeSet::default() };
            if began {
                changes.not_after = Some(request.execute_by);
                changes.steps.push(Step::Begun(begun.clone()));
            }
            let details = json!({ "grant": permit.grant, "token": lease.token, "job": lease.job });
            let circumstances = Circumstances {
                running: Some(self.job.job()),
                ..Circumstances::new(self.tenant, worker.signature(), details)
            };
            let after = self.hub.carry_out(&mut changes, &circumstances, version, transition).await?;
            match rounds.store(self.hub, self.tenant, changes).await? {
                None => {}
                Some(_) if began => return Ok(()),
                Some(_) => {
                    return Err(Error::new(
                        ErrorKind::Refused,
                        format!("the request may not begin any more: it is {}", after.phase.as_str()),
                    ));
                }
            }
        }
    }

    /// An entry for a write that took effect a second time: its worker slept through its lease and the time after
    /// which the first sending counted as lost.
    pub(super) async fn alarm(&self, begun: &StepBegun, ended: &StepEnded) -> Result<Option<NewAudit>> {
        let (Some(permit), Repeat::Once) = (&self.permit, begun.repeat) else { return Ok(None) };
        let mut steps = match self.hub.steps_under(self.tenant, permit.grant).await {
            Ok(steps) => steps,
            // The answer is worth more than the alarm.
            Err(error) => {
                tracing::warn!(%error, "whether a write took effect twice was not looked at");
                return Ok(None);
            }
        };
        if is_doubled(&steps) {
            return Ok(None);
        }
        steps.push(Step::Ended(ended.clone()));
        if !is_doubled(&steps) {
            return Ok(None);
        }
        tracing::error!(request = %permit.request, step = begun.name, "a write took effect twice");
        let worker = Actor::system(self.tenant, "worker");
        let subject = Subject::new(SubjectKind::Request, permit.request);
        NewAudit::new(worker.signature().clone(), Action::DoubleEffect, subject, ended.at)
            .with_details(json!({ "step": begun.name, "key": begun.key }))
            .map(Some)
    }
}
