//! What commits ask of the queue: jobs and settlements, done by the statement that stores the rest.

use super::{
    coming::{Coming, bind_all},
    enqueue::{answers, coming, due_lanes, hear},
    lease::{self, Settlements},
    row::column,
};
use crate::postgres::{Postgres, connect::Statement};
use fusion_core::{
    error::Result,
    job::{NewJob, Settled, Settlement},
    storage::Committed,
    tenant::Tenant,
};
use sqlx::postgres::PgRow;
use uuid::Uuid;

/// Jobs that a commit puts in, and the settlement that it makes.
pub(in crate::postgres) struct Asked {
    tenant: Tenant,
    jobs: Vec<Coming>,
    settlement: Settlements,
}

impl Asked {
    /// Makes the lanes of `jobs` that aren't there, which stays whatever becomes of the commit.
    pub(in crate::postgres) async fn of(
        db: &Postgres,
        tenant: &Tenant,
        jobs: Vec<NewJob>,
        settle: Option<Settlement>,
    ) -> Result<Self> {
        let jobs = coming(db, jobs).await?;
        let settlement = Settlements::new(settle.into_iter().collect())?;
        Ok(Self { tenant: tenant.clone(), jobs, settlement })
    }

    pub(in crate::postgres) fn jobs(&self) -> usize {
        self.jobs.len()
    }

    pub(in crate::postgres) fn has_jobs(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// Whether one of its jobs may join another.
    pub(in crate::postgres) fn joins(&self) -> bool {
        self.jobs.iter().any(|one| one.job.unique.is_some())
    }

    pub(in crate::postgres) fn settles(&self) -> bool {
        !self.settlement.is_empty()
    }

    /// The jobs that are there already and that it is about.
    pub(in crate::postgres) fn about(&self) -> &[Uuid] {
        &self.settlement.job
    }

    pub(in crate::postgres) fn bytes(&self) -> usize {
        let said = self.settlement.said.iter().flatten().map(String::len);
        self.jobs.iter().map(Coming::bytes).chain(said).sum()
    }
}

/// Gives a statement the arguments of `settle_own` behind the time, then those of `enqueue`, if there are jobs.
pub(in crate::postgres) fn bind<'a>(
    statement: Statement,
    asked: impl Iterator<Item = &'a Asked> + Clone,
) -> Statement {
    let settling = || asked.clone().filter(|one| one.settles());
    macro_rules! column {
        ($name:ident) => {
            settling().flat_map(|one| one.settlement.$name.iter().cloned()).collect::<Vec<_>>()
        };
    }
    let of: Vec<&str> = settling().map(|one| one.tenant.as_str()).collect();
    let statement = statement.bind(of).bind(column!(job)).bind(column!(token)).bind(column!(end));
    let statement = statement.bind(column!(due)).bind(column!(is_length)).bind(column!(closes));
    let statement = statement.bind(column!(said));
    let jobs: Vec<&Coming> = asked.flat_map(|one| &one.jobs).collect();
    if jobs.is_empty() { statement } else { bind_all(statement, &jobs) }
}

/// What each commit brought; the workers of this process know of their jobs from then on.
pub(in crate::postgres) fn committed<'a>(
    db: &Postgres,
    row: &PgRow,
    asked: impl Iterator<Item = &'a Asked> + Clone,
) -> Result<Vec<Committed>> {
    let jobs = if asked.clone().any(Asked::has_jobs) { answers(db, row)? } else { Vec::new() };
    let verdicts: Option<Vec<i16>> = match asked.clone().any(Asked::settles) {
        true => column(db.place(), row, "verdicts")?,
        false => None,
    };
    let (mut jobs, mut verdicts) = (jobs.into_iter(), verdicts.into_iter().flatten());
    let each = |one: &Asked| {
        hear(db, due_lanes(&one.jobs));
        let verdict: Vec<i16> = verdicts.by_ref().take(one.settlement.job.len()).collect();
        let settled = lease::verdicts(db.place(), &verdict, &one.settlement.repeats())?;
        Ok(Committed {
            jobs: jobs.by_ref().take(one.jobs.len()).collect(),
            settled: settled.into_iter().next().map(Settled::by_commit),
        })
    };
    asked.map(each).collect()
}
