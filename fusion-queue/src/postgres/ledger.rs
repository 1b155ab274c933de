//! Budgets in the schema, shared by every process.

use super::Postgres;
use async_trait::async_trait;
use fusion_core::{
    error::{Error, ErrorKind, Result},
    plugin::{Booking, BucketKey, BucketLevel, BudgetLedger, Correction, Draw, Ticket},
};
use sqlx::Row as _;
use std::time::Duration;

#[async_trait]
impl BudgetLedger for Postgres {
    async fn reserve(&self, draws: &[Draw], patience: Duration) -> Result<Booking> {
        let bucket = draws.iter().map(|draw| name(&draw.key)).collect::<Result<Vec<_>>>()?;
        let column = |of: fn(&Draw) -> i64| draws.iter().map(of).collect::<Vec<_>>();
        let capacity = column(|draw| draw.bucket.capacity.max(1).into());
        let refill = column(|draw| draw.bucket.refill.max(1).into());
        let per = column(|draw| nanos(draw.bucket.per));
        let amount = column(|draw| draw.amount.into());
        let (given, patience) = (self.given(), nanos(patience));
        let row = self
            .row("SELECT * FROM fusion.reserve($1, $2, $3, $4, $5, $6, $7, $8)", move |statement| {
                let statement = statement.bind(given).bind(bucket).bind(capacity).bind(refill).bind(per);
                statement.bind(amount).bind(patience).bind(nanos(BucketLevel::LONGEST_CALL))
            })
            .await?;
        let told = row.try_get("ticket").and_then(|ticket| Ok((ticket, row.try_get("ready_in")?)));
        let (ticket, ready_in): (Option<i64>, i64) =
            told.map_err(|source| self.place().damaged("a booking").with_source(source))?;
        let ready_in = Duration::from_nanos(u64::try_from(ready_in).unwrap_or_default());
        Ok(match ticket {
            Some(ticket) => {
                Booking::Booked { ticket: Ticket(u64::try_from(ticket).unwrap_or_default()), ready_in }
            }
            None => Booking::Full { ready_in },
        })
    }

    async fn correct(&self, ticket: Ticket, corrections: &[Correction]) -> Result<()> {
        let bucket = corrections.iter().map(|one| name(&one.key)).collect::<Result<Vec<_>>>()?;
        let column = |of: fn(&Correction) -> Option<u32>| {
            corrections.iter().map(|one| of(one).map(i64::from)).collect::<Vec<_>>()
        };
        let (actual, available) = (column(|one| one.actual), column(|one| one.available));
        let (capacity, refill) = (column(|one| one.capacity), column(|one| one.refill));
        let age: Vec<i64> = corrections.iter().map(|one| nanos(one.age)).collect();
        let (given, ticket) = (self.given(), i64::try_from(ticket.0).unwrap_or(i64::MAX));
        self.rows("SELECT fusion.correct($1, $2, $3, $4, $5, $6, $7, $8, $9)", move |statement| {
            let statement = statement.bind(given).bind(ticket).bind(bucket).bind(actual).bind(available);
            statement.bind(capacity).bind(refill).bind(age).bind(nanos(BucketLevel::LONGEST_CALL))
        })
        .await
        .map(drop)
    }
}

fn name(key: &BucketKey) -> Result<String> {
    let unfit = |source| Error::new(ErrorKind::InvalidInput, "the bucket has no name").with_source(source);
    serde_json::to_string(key).map_err(unfit)
}

fn nanos(span: Duration) -> i64 {
    i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)
}
