//! Budgets in the file, shared by every process that has it open.

use super::{Sqlite, backend::Tells, columns::from_columns, writer::Desk};
use async_trait::async_trait;
use fusion_core::{
    clock::{Clock as _, Timestamp},
    error::Result,
    plugin::{Booking, BucketLevel, BudgetLedger, Correction, Draw, Ticket},
};
use std::{collections::BTreeMap, sync::LazyLock, time::Duration};

#[async_trait]
impl BudgetLedger for Sqlite {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        let draws = draws.to_vec();
        self.ask(Tells::Nobody, move |desk| Box::pin(async move { reserve(desk, &draws, patience).await }))
            .await
    }

    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        let corrections = corrections.to_vec();
        self.ask(Tells::Nobody, move |desk| {
            Box::pin(async move { correct(desk, ticket, &corrections).await })
        })
        .await
    }
}

/// By the wall clock, which processes share; a moment that it was set back to counts as no time passed.
fn moment(now: Timestamp) -> Duration {
    now.since(Timestamp::EPOCH)
}

fn nanos(span: Duration) -> i64 {
    i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)
}

fn span(nanos: i64) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or_default())
}

fn number(ticket: Ticket) -> i64 {
    i64::try_from(ticket.0).unwrap_or(i64::MAX)
}

/// The buckets of a list as they are stored, with what the call of a ticket has drawn and what others have.
const LOAD: &str = "
    SELECT bucket, capacity, refill, per, missing, at,
        (SELECT amount FROM bookings WHERE ticket = $2 AND bookings.bucket = budgets.bucket) AS drawn,
        (SELECT coalesce(sum(amount), 0) FROM bookings
            WHERE bookings.bucket = budgets.bucket AND ticket IS NOT $2) AS pending
    FROM budgets WHERE bucket IN (SELECT value FROM json_each($1))";

/// Forgets the bookings whose calls were dropped: each would count as pending in every later statement.
const FORGET_DROPPED: &str = "DELETE FROM bookings WHERE booked_at < $3";

const SAVE: &str = "
    INSERT INTO budgets (bucket, capacity, refill, per, missing, at)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
    FROM jsonb_each($1) WHERE true
    ON CONFLICT DO UPDATE SET capacity = excluded.capacity, refill = excluded.refill, per = excluded.per,
        missing = excluded.missing, at = excluded.at";

/// Books the draws of a list under the next ticket, and tells it. No number is used twice: a late correction must not
/// meet another's booking.
const BOOK: &str = "
    INSERT INTO tickets DEFAULT VALUES;
    DELETE FROM tickets WHERE number < (SELECT max(number) FROM tickets);
    INSERT INTO bookings (ticket, bucket, amount, booked_at)
    SELECT (SELECT max(number) FROM tickets), value ->> 0, value ->> 1, $4 FROM jsonb_each($2);
    SELECT max(number) FROM tickets";

static SAVE_AND_BOOK: LazyLock<String> = LazyLock::new(|| [SAVE, FORGET_DROPPED, BOOK].join(";"));
static FORGET_AND_LOAD: LazyLock<String> = LazyLock::new(|| [FORGET_DROPPED, LOAD].join(";"));
static UNBOOK_AND_SAVE: LazyLock<String> =
    LazyLock::new(|| ["DELETE FROM bookings WHERE ticket = $2", SAVE].join(";"));

/// What was booked at this moment or earlier and hasn't been answered belongs to a call that was dropped.
fn dropped_before(now: Duration) -> i64 {
    nanos(now.saturating_sub(BucketLevel::LONGEST_CALL))
}

async fn reserve(desk: &mut Desk<'_>, draws: &[Draw], patience: Duration) -> Result<Booking> {
    let now = moment(desk.clock.now());
    let keys: Vec<String> = draws.iter().map(|draw| desk.place.text(&draw.key)).collect::<Result<_>>()?;
    let stored: Vec<Stored> = sqlx::query_as(LOAD)
        .bind(desk.place.text(&keys)?)
        .bind(None::<i64>)
        .fetch_all(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    let mut levels: BTreeMap<&str, BucketLevel> =
        stored.iter().map(|stored| (stored.bucket.as_str(), stored.level(now))).collect();
    let mut ready_in = Duration::ZERO;
    let mut booked: BTreeMap<&str, u32> = BTreeMap::new();
    for (draw, key) in draws.iter().zip(&keys) {
        let level = levels.entry(key).or_insert_with(|| BucketLevel::new(&draw.bucket));
        let (full_at, wait) = level.draw(draw.amount, now);
        level.full_at = full_at;
        ready_in = ready_in.max(wait);
        let drawn = booked.entry(key).or_default();
        *drawn = drawn.saturating_add(draw.amount.min(level.capacity));
    }
    if ready_in > patience {
        return Ok(Booking::Full { ready_in });
    }
    let levels: Vec<Saved<'_>> = levels.iter().map(|(key, level)| saved(key, level, now)).collect();
    let booked: Vec<(&str, u32)> = booked.into_iter().collect();
    let ticket: i64 = sqlx::query_scalar(SAVE_AND_BOOK.as_str())
        .bind(desk.place.text(&levels)?)
        .bind(desk.place.text(&booked)?)
        .bind(dropped_before(now))
        .bind(nanos(now))
        .fetch_one(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    Ok(Booking::Booked { ticket: Ticket(u64::try_from(ticket).unwrap_or_default()), ready_in })
}

async fn correct(desk: &mut Desk<'_>, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
    let now = moment(desk.clock.now());
    let keys = corrections.iter().map(|correction| desk.place.text(&correction.key));
    let keys: Vec<String> = keys.collect::<Result<_>>()?;
    let stored: Vec<Stored> = sqlx::query_as(FORGET_AND_LOAD.as_str())
        .bind(desk.place.text(&keys)?)
        .bind(number(ticket))
        .bind(dropped_before(now))
        .fetch_all(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    let mut levels: BTreeMap<&str, BucketLevel> = BTreeMap::new();
    for (correction, key) in corrections.iter().zip(&keys) {
        let Some(stored) = stored.iter().find(|stored| stored.bucket == *key) else { continue };
        let level = levels.entry(key).or_insert_with(|| stored.level(now));
        // Calls that were booked and haven't been answered yet are not in the platform's statement.
        level.correct(correction, stored.drawn.map(small), small(stored.pending), now);
    }
    let levels: Vec<Saved<'_>> = levels.iter().map(|(key, level)| saved(key, level, now)).collect();
    sqlx::query(UNBOOK_AND_SAVE.as_str())
        .bind(desk.place.text(&levels)?)
        .bind(number(ticket))
        .execute(&mut *desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}

struct Stored {
    bucket: String,
    capacity: i64,
    refill: i64,
    per: i64,
    missing: i64,
    at: i64,
    drawn: Option<i64>,
    pending: i64,
}

from_columns!(Stored { bucket, capacity, refill, per, missing, at, drawn, pending });

impl Stored {
    fn level(&self, now: Duration) -> BucketLevel {
        BucketLevel {
            capacity: small(self.capacity).max(1),
            refill: small(self.refill).max(1),
            per: span(self.per),
            full_at: span(self.at).min(now) + span(self.missing),
        }
    }
}

/// A bucket with its capacity, refill, span of the refill, what is missing, and when that was so.
type Saved<'a> = (&'a str, u32, u32, i64, i64, i64);

fn saved<'a>(key: &'a str, level: &BucketLevel, now: Duration) -> Saved<'a> {
    let missing = nanos(level.full_at.saturating_sub(now));
    (key, level.capacity, level.refill, nanos(level.per), missing, nanos(now))
}

fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
