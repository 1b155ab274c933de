//! All that has to stand before a call may leave: an allowed host, credentials, budget.

use super::{Client, Cost, Draws, wire};
use crate::retry::{Effect, Missed};
use fusion_core::{
    error::{Error, ErrorKind, Retry, When},
    plugin::{Booking, Bucket, BucketKey, Correction, Credentials, Draw, Scope, Ticket, WireRequest},
};
use std::{sync::Arc, time::Duration};

/// A call that may leave.
pub(super) struct Ready {
    pub(super) host: String,
    pub(super) credentials: Option<Arc<Credentials>>,
    pub(super) booked: Option<Booked>,
}

/// What was booked for it.
pub(super) struct Booked {
    pub(super) ticket: Ticket,
    pub(super) draws: Draws,
}

impl Client<'_> {
    /// Checks the host, gets credentials, books, and waits until the booking is due.
    pub(super) async fn prepare(
        &self,
        cost: &[Cost],
        request: &WireRequest,
        effect: Effect,
    ) -> Result<Ready, Missed> {
        let classify = |error| Missed::classify(error, effect);
        let host = match effect {
            Effect::Upload => wire::asset_host(self.manifest, request),
            Effect::Read | Effect::Write(_) | Effect::SignIn => wire::checked_host(self.manifest, request),
        }
        .map_err(Missed::stop)?;
        let credentials = match effect {
            Effect::SignIn | Effect::Upload => None,
            Effect::Read | Effect::Write(_) => {
                Some(self.cx.net.credentials.current().await.map_err(classify)?)
            }
        };
        let booked = self.book(cost, effect).await?;
        Ok(Ready { host, credentials, booked })
    }

    async fn book(&self, cost: &[Cost], effect: Effect) -> Result<Option<Booked>, Missed> {
        if cost.is_empty() {
            return Ok(None);
        }
        let draws = cost.iter().map(|cost| self.draw(*cost)).collect::<Result<Vec<_>, _>>();
        let draws = draws.map_err(Missed::stop)?;
        let left = self.left();
        let booking = self.cx.net.budget.reserve(&draws, self.cx.call.patience.min(left)).await;
        match booking.map_err(|error| Missed::classify(error, effect))? {
            Booking::Full { ready_in } => Err(Missed::stop(no_budget(ready_in))),
            Booking::Booked { ticket, ready_in } => {
                let booked = Booked { ticket, draws: Draws(cost.to_vec()) };
                let waited =
                    if ready_in < left { self.wait(ready_in).await } else { Err(no_budget(ready_in)) };
                match waited {
                    Ok(()) => Ok(Some(booked)),
                    Err(error) => {
                        self.give_back(Some(&booked)).await;
                        Err(Missed::stop(error))
                    }
                }
            }
        }
    }

    fn draw(&self, cost: Cost) -> Result<Draw, Error> {
        let bucket = self.bucket(cost.bucket).ok_or_else(|| {
            Error::new(ErrorKind::Internal, "a cost names a bucket that the manifest doesn't have")
        })?;
        Ok(Draw { key: self.key(&bucket), bucket, amount: cost.amount })
    }

    pub(super) fn bucket(&self, name: &str) -> Option<Bucket> {
        self.manifest.buckets.iter().find(|bucket| bucket.name == name).cloned()
    }

    pub(super) fn key(&self, bucket: &Bucket) -> BucketKey {
        // A tenant's name may hold a slash; an id at the end has one length, so the two can't run together.
        let connection = || format!("{}/{}", self.cx.tenant, self.cx.connection.id);
        let subject = match bucket.scope {
            Scope::App => self.cx.net.app.map(|app| app.id.clone()).unwrap_or_else(connection),
            Scope::Connection => connection(),
            Scope::Store => match self.cx.store {
                Some(store) => format!("{}/{}", self.cx.tenant, store.id),
                None => connection(),
            },
        };
        BucketKey { platform: self.manifest.slug.clone(), bucket: bucket.name.clone().into_owned(), subject }
    }

    /// Returns what was booked for a call that didn't leave.
    pub(super) async fn give_back(&self, booked: Option<&Booked>) {
        let Some(booked) = booked else { return };
        let unused = |cost: &Cost| {
            Some(Correction {
                key: self.key(&self.bucket(cost.bucket)?),
                actual: Some(0),
                available: None,
                capacity: None,
                refill: None,
                age: Duration::ZERO,
            })
        };
        let corrections: Vec<_> = booked.draws.0.iter().filter_map(unused).collect();
        self.correct(booked.ticket, &corrections).await;
    }

    /// A ledger that can't be reached never spoils a call that is over; the buckets refill with time.
    pub(super) async fn correct(&self, ticket: Ticket, corrections: &[Correction]) {
        if let Err(error) = self.cx.net.budget.correct(ticket, corrections).await {
            tracing::warn!(kind = ?error.kind(), "the budget ledger was not corrected");
        }
    }
}

fn no_budget(ready_in: Duration) -> Error {
    Error::new(ErrorKind::RateLimited, "the platform's allowance is used up for now")
        .with_retry(Retry::When(When::In(ready_in)))
}
