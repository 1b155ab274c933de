//! Budgets in the file, shared by every process that has it open.

use super::{Sqlite, backend::Tells, columns::from_columns, writer::Desk};
use async_trait::async_trait;
use fusion_core::{
    clock::{Clock as _, Timestamp},
    error::Result,
    plugin::{Booking, BucketLevel, BudgetLedger, Correction, Draw, Ticket},
};
use std::{collections::BTreeMap, time::Duration};

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

async fn reserve(desk: &mut Desk<'_>, draws: &[Draw], patience: Duration) -> Result<Booking> {
    let now = moment(desk.clock.now());
    let mut ready_in = Duration::ZERO;
    let mut booked: BTreeMap<String, (BucketLevel, u32)> = BTreeMap::new();
    for draw in draws {
        let key = desk.place.text(&draw.key)?;
        let (mut level, drawn) = match booked.remove(&key) {
            Some(earlier) => earlier,
            None => (load(desk, &key, now).await?.unwrap_or_else(|| BucketLevel::new(&draw.bucket)), 0),
        };
        let (full_at, wait) = level.draw(draw.amount, now);
        level.full_at = full_at;
        ready_in = ready_in.max(wait);
        let amount = draw.amount.min(level.capacity);
        booked.insert(key, (level, drawn.saturating_add(amount)));
    }
    if ready_in > patience {
        return Ok(Booking::Full { ready_in });
    }
    let ticket = next_ticket(desk).await?;
    forget_dropped(desk, now).await?;
    for (key, (level, amount)) in &booked {
        save(desk, key, level, now).await?;
        sqlx::query("INSERT INTO bookings (ticket, bucket, amount, booked_at) VALUES (?, ?, ?, ?)")
            .bind(ticket)
            .bind(key)
            .bind(i64::from(*amount))
            .bind(nanos(now))
            .execute(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    }
    Ok(Booking::Booked { ticket: Ticket(u64::try_from(ticket).unwrap_or_default()), ready_in })
}

async fn correct(desk: &mut Desk<'_>, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
    let now = moment(desk.clock.now());
    forget_dropped(desk, now).await?;
    let mine: Vec<(String, i64)> =
        sqlx::query_as("DELETE FROM bookings WHERE ticket = ? RETURNING bucket, amount")
            .bind(number(ticket))
            .fetch_all(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    let small = |amount: i64| u32::try_from(amount).unwrap_or(u32::MAX);
    for correction in corrections {
        let key = desk.place.text(&correction.key)?;
        let Some(mut level) = load(desk, &key, now).await? else { continue };
        // Calls that were booked and haven't been answered yet are not in the platform's statement.
        let pending: i64 =
            sqlx::query_scalar("SELECT coalesce(sum(amount), 0) FROM bookings WHERE bucket = ?")
                .bind(&key)
                .fetch_one(&mut *desk.connection)
                .await
                .map_err(|source| desk.place.fault(source))?;
        let drawn = mine.iter().find(|(bucket, _)| *bucket == key).map(|(_, amount)| small(*amount));
        level.correct(correction, drawn, small(pending), now);
        save(desk, &key, &level, now).await?;
    }
    Ok(())
}

struct Stored {
    capacity: i64,
    refill: i64,
    per: i64,
    missing: i64,
    at: i64,
}

from_columns!(Stored { capacity, refill, per, missing, at });

async fn load(desk: &mut Desk<'_>, key: &str, now: Duration) -> Result<Option<BucketLevel>> {
    let stored: Option<Stored> =
        sqlx::query_as("SELECT capacity, refill, per, missing, at FROM budgets WHERE bucket = ?")
            .bind(key)
            .fetch_optional(&mut *desk.connection)
            .await
            .map_err(|source| desk.place.fault(source))?;
    let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX).max(1);
    Ok(stored.map(|stored| BucketLevel {
        capacity: small(stored.capacity),
        refill: small(stored.refill),
        per: span(stored.per),
        full_at: span(stored.at).min(now) + span(stored.missing),
    }))
}

async fn save(desk: &mut Desk<'_>, key: &str, level: &BucketLevel, now: Duration) -> Result<()> {
    sqlx::query(
        "INSERT INTO budgets (bucket, capacity, refill, per, missing, at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET capacity = excluded.capacity, refill = excluded.refill, per = excluded.per,
             missing = excluded.missing, at = excluded.at",
    )
    .bind(key)
    .bind(i64::from(level.capacity))
    .bind(i64::from(level.refill))
    .bind(nanos(level.per))
    .bind(nanos(level.full_at.saturating_sub(now)))
    .bind(nanos(now))
    .execute(&mut *desk.connection)
    .await
    .map(drop)
    .map_err(|source| desk.place.fault(source))
}

/// Numbers are never used twice: a late correction must not meet another's booking.
async fn next_ticket(desk: &mut Desk<'_>) -> Result<i64> {
    let ticket: i64 = sqlx::query_scalar("INSERT INTO tickets DEFAULT VALUES RETURNING number")
        .fetch_one(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    sqlx::query("DELETE FROM tickets WHERE number < ?")
        .bind(ticket)
        .execute(&mut *desk.connection)
        .await
        .map_err(|source| desk.place.fault(source))?;
    Ok(ticket)
}

/// Forgets the bookings whose calls were dropped: each would count as pending in every later statement.
async fn forget_dropped(desk: &mut Desk<'_>, now: Duration) -> Result<()> {
    sqlx::query("DELETE FROM bookings WHERE booked_at < ?")
        .bind(nanos(now.saturating_sub(BucketLevel::LONGEST_CALL)))
        .execute(&mut *desk.connection)
        .await
        .map(drop)
        .map_err(|source| desk.place.fault(source))
}
