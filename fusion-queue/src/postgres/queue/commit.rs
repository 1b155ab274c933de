//! What a commit asks of the queue: jobs and a settlement, done by the statement that stores the rest.

use super::{
    coming::{Coming, bind_all},
    enqueue::{answers, coming, due_lanes, hear},
    lease::{self, Settlements},
    round::Lane,
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
    jobs: Vec<Coming>,
    settlement: Settlements,
}

impl Asked {
    /// Makes the lanes of `jobs` that aren't there, which stays whatever becomes of the commit.
    pub(in crate::postgres) async fn of(
        db: &Postgres,
        jobs: Vec<NewJob>,
        settle: Option<Settlement>,
    ) -> Result<Self> {
        let jobs = coming(db, jobs).await?;
        Ok(Self { jobs, settlement: Settlements::new(settle.into_iter().collect())? })
    }

    pub(in crate::postgres) fn has_jobs(&self) -> bool {
        !self.jobs.is_empty()
    }

    pub(in crate::postgres) fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.settlement.is_empty()
    }

    /// Gives a statement the arguments of `settle_own` behind tenant and time, then those of `enqueue`, if there are
    /// jobs. What is done with the answer is returned.
    pub(in crate::postgres) fn bind(self, statement: Statement) -> (Statement, Told) {
        let Settlements { job, token, end, due, is_length, closes, said, .. } = self.settlement;
        let told =
            Told { settles: !job.is_empty(), lanes: due_lanes(&self.jobs), has_jobs: !self.jobs.is_empty() };
        let statement = statement.bind(job).bind(token).bind(end).bind(due);
        let statement = statement.bind(is_length).bind(closes).bind(said);
        let statement = match self.jobs.is_empty() {
            true => statement,
            false => bind_all(statement, &self.jobs),
        };
        (statement, told)
    }
}

/// How an answer is understood.
pub(in crate::postgres) struct Told {
    settles: bool,
    has_jobs: bool,
    lanes: Vec<(Tenant, Uuid, Lane)>,
}

impl Told {
    /// What a commit brought; the workers of this process know of its jobs from then on.
    pub(in crate::postgres) fn committed(self, db: &Postgres, row: &PgRow) -> Result<Committed> {
        let jobs = if self.has_jobs { answers(db, row)? } else { Vec::new() };
        hear(db, self.lanes);
        let mut settled = None;
        if self.settles {
            let verdicts = lease::verdicts(db.place(), &[column(db.place(), row, "verdict")?], &[0])?;
            settled = verdicts.into_iter().next().map(Settled::by_commit);
        }
        Ok(Committed { jobs, settled })
    }
}
