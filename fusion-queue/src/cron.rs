//! Jobs that come again by the calendar.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use fusion_core::{
    clock::{Clock, Timestamp},
    error::{Error, ErrorKind, Result, When},
    job::{NewJob, Slot},
    model::JobId,
};
use std::{fmt, str::FromStr, time::Duration};

/// Slots that one look steps through: those of a day of minutes, and some.
const STEPS: usize = 1_500;

/// Of a schedule with more slots than that since the last one, the newest is looked for in this length.
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A job that comes again: a pattern in the local time of a zone, such as `30 2 * * *` in `Europe/Berlin`.
///
/// Every worker of a queue may have the schedule; each slot is taken once, in one commit with its job. A time of day
/// that a change of clocks leaves out comes at the next moment that there is; one that comes twice is taken once,
/// the first time. A pattern that comes every hour or oftener goes by what passes, not by what clocks show. Slots
/// that no worker was there for are made up for by one run. The first slot is the first one after some worker has
/// seen the schedule.
///
/// ```
/// # use fusion_core::{job::{Handlers, JobKind, NewJob}, storage::Storage, tenant::Tenant};
/// # use fusion_queue::{Memory, Worker, cron::Schedule};
/// # fn main() -> fusion_core::Result<()> {
/// let db = Memory::new();
/// let report = NewJob::new(&*db.clock(), &Tenant::new("acme")?, JobKind::custom("report")?, "last week".into());
/// let weekly = Schedule::new("weekly report", "0 7 * * MON", "Europe/Berlin", report)?;
/// let worker = Worker::new(db, Handlers::default()).with_schedule(weekly);
/// # drop(worker); Ok(()) }
/// ```
#[derive(Clone)]
pub struct Schedule {
    name: String,
    pattern: Cron,
    zone: Tz,
    job: NewJob,
}

impl Schedule {
    /// The schedule `name` of the job's tenant. `pattern` has five fields, from minutes to days of the week; `zone`
    /// is a name of the time zone database. Each run is `job` with an id of its own, due at its slot, in the
    /// background.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`]: the pattern can't be read or never comes, or there is no such zone.
    pub fn new(name: impl Into<String>, pattern: &str, zone: &str, job: NewJob) -> Result<Self> {
        let refused = |why: &'static str| Error::new(ErrorKind::InvalidInput, why);
        if pattern.split_whitespace().count() != 5 {
            return Err(refused("a pattern has five fields: minute, hour, day, month, day of the week"));
        }
        let cron = Cron::from_str(pattern)
            .map_err(|source| refused("the pattern can't be read").with_source(source))?;
        let zone = Tz::from_str(zone).map_err(|_| refused("the time zone database has no such zone"))?;
        let schedule = Self { name: name.into(), pattern: cron, zone, job };
        match schedule.after(Timestamp::EPOCH) {
            Some(_) => Ok(schedule),
            None => Err(refused("the pattern never comes")),
        }
    }

    /// The first slot after `moment`.
    pub fn after(&self, moment: Timestamp) -> Option<Timestamp> {
        let moment: DateTime<Utc> = DateTime::from_timestamp_micros(moment.as_micros())?;
        let next = self.pattern.find_next_occurrence(&moment.with_timezone(&self.zone), false).ok()?;
        Some(Timestamp::from_micros(next.timestamp_micros()))
    }

    /// The newest slot after `last` that has come by `now`.
    pub(crate) fn newest(&self, last: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let day_ago = Timestamp::from_micros(now.as_micros() - i64::try_from(DAY.as_micros()).unwrap_or(0));
        match self.step(last, now) {
            (found, true) => self.step(last.max(day_ago), now).0.or(found),
            (found, false) => found,
        }
    }

    /// The newest slot within [`STEPS`] after `from` that has come by `now`, and whether there may be more.
    fn step(&self, from: Timestamp, now: Timestamp) -> (Option<Timestamp>, bool) {
        let mut newest = None;
        for _ in 0..STEPS {
            match self.after(newest.unwrap_or(from)).filter(|next| *next <= now) {
                Some(next) => newest = Some(next),
                None => return (newest, false),
            }
        }
        (newest, true)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn job(&self) -> &NewJob {
        &self.job
    }

    /// The slot at `at` with its job.
    pub(crate) fn run(&self, last: Timestamp, at: Timestamp, clock: &dyn Clock) -> (Slot, NewJob) {
        let job = NewJob { id: JobId::new(clock), due: When::At(at), background: true, ..self.job.clone() };
        (self.slot(Some(last), at), job)
    }

    pub(crate) fn slot(&self, last: Option<Timestamp>, at: Timestamp) -> Slot {
        Slot { tenant: self.job.tenant.clone(), schedule: self.name.clone(), last, at }
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schedule").field("name", &self.name).field("zone", &self.zone).finish_non_exhaustive()
    }
}
