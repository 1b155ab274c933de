//! Sends a prepared call and judges what comes back.

use super::{Client, cancelled, deadline_over, maybe_sent, prepare::Ready, wire};
use crate::retry::{Effect, Missed, Next, retry_after};
use fusion_core::{
    error::{Error, ErrorKind, Fate, Result, Retry, When},
    http::{Limits, Sent, TransportError},
    plugin::{Correction, Credentials, WireRequest, WireResponse},
};
use futures_util::future::{Either, select};
use std::{pin::pin, time::Duration};
use tracing::Instrument;

/// A call that failed, with the answer if one came.
pub(super) struct Failed {
    pub(super) error: Error,
    pub(super) answer: Option<WireResponse>,
}

impl Client<'_> {
    /// Sends `request`, corrects the budget by the answer and judges it.
    pub(super) async fn deliver(
        &self,
        ready: &Ready,
        request: &WireRequest,
        effect: Effect,
        attempt: u32,
    ) -> Result<WireResponse, Failed> {
        let span = tracing::debug_span!(
            "platform_call",
            platform = %self.manifest.slug,
            operation = self.operation.map(|operation| operation.as_str()),
            method = %request.method,
            host = %ready.host,
            attempt,
            status = tracing::field::Empty,
        );
        let answer = self.send(ready, request, effect).instrument(span.clone()).await;
        let answered = self.cx.clock.elapsed();
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                if let Some(booked) = &ready.booked {
                    match error.fate() {
                        // For a read nobody knows whether it was counted, so it counts as sent.
                        Fate::NotSent if !matches!(effect, Effect::Read | Effect::Upload) => {
                            self.give_back(Some(booked)).await
                        }
                        _ => self.correct(booked.ticket, &[]).await,
                    }
                }
                return Err(Failed { error, answer: None });
            }
        };
        span.record("status", answer.status);
        self.read_budget(ready, &answer, answered).await;
        match self.judge(&answer, effect) {
            Ok(()) => Ok(answer),
            Err(error) => Err(Failed { error, answer: Some(answer) }),
        }
    }

    async fn send(&self, ready: &Ready, request: &WireRequest, effect: Effect) -> Result<WireResponse> {
        let mut secrets = Vec::new();
        if let Some(credentials) = &ready.credentials {
            (self.profile.authorize)(credentials, &mut secrets);
        }
        let request = wire::to_http(request, secrets)?;
        // Booking and journal took time.
        self.check_time()?;
        let timeout = self.profile.limits.timeout.min(self.left());
        let limits = Limits { timeout, ..self.profile.limits };
        let sending = pin!(self.cx.net.transport.send(request, limits));
        match select(sending, self.cx.call.cancel.cancelled()).await {
            Either::Left((Ok(answer), _)) => Ok(wire::from_http(answer)),
            Either::Left((Err(error), _)) => Err(self.not_answered(error, effect)),
            Either::Right(_) => Err(cancelled(maybe_sent(effect))),
        }
    }

    fn not_answered(&self, error: TransportError, effect: Effect) -> Error {
        let fate = match error.sent {
            Sent::No => Fate::NotSent,
            Sent::Maybe => maybe_sent(effect),
        };
        if self.left().is_zero() {
            return deadline_over(fate).with_source(error);
        }
        let message = match error.sent {
            Sent::No => "the platform was not reached",
            Sent::Maybe => "the platform was reached and gave no whole answer",
        };
        Error::new(ErrorKind::Unavailable, message)
            .with_retry(Retry::Backoff)
            .with_fate(fate)
            .with_source(error)
    }

    async fn read_budget(&self, ready: &Ready, answer: &WireResponse, answered: Duration) {
        let Some(booked) = &ready.booked else { return };
        let readings = (self.profile.readings)(answer, &booked.draws);
        let age = self.cx.clock.elapsed().saturating_sub(answered);
        let corrections: Vec<_> = readings
            .into_iter()
            .filter_map(|reading| {
                Some(Correction {
                    key: self.key(&self.bucket(reading.bucket)?),
                    actual: reading.actual,
                    available: reading.available,
                    capacity: reading.capacity,
                    refill: reading.refill,
                    age,
                })
            })
            .collect();
        self.correct(booked.ticket, &corrections).await;
    }

    /// The profile's judgement of an answer, a delay that the platform names, and no fate that can't be.
    pub(super) fn judge(&self, answer: &WireResponse, effect: Effect) -> Result<()> {
        let judged = match answer.status {
            300..=303 | 307 | 308 => Err(redirected(answer.status)),
            _ => (self.profile.judge)(answer),
        };
        judged.map_err(|error| {
            let error = match (error.retry(), retry_after(answer, self.cx.clock.now())) {
                (Retry::Backoff, Some(told)) => error.with_retry(Retry::When(When::In(told))),
                _ => error,
            };
            match (effect, error.fate()) {
                (Effect::Read | Effect::Upload, _) => error.with_fate(Fate::NotSent),
                (_, Fate::NotSent) => error.with_fate(Fate::Unknown),
                (_, Fate::Rejected | Fate::Applied | Fate::Partial | Fate::Unknown) => error,
            }
        })
    }

    /// What may follow `error`. After refused credentials: whether there are newer ones.
    pub(super) async fn next(&self, error: Error, used: Option<&Credentials>, effect: Effect) -> Missed {
        let Some(used) = used.filter(|_| error.kind() == ErrorKind::Unauthenticated) else {
            return Missed::classify(error, effect);
        };
        match self.cx.net.credentials.refused(used).await {
            Ok(()) => Missed { error, next: Next::Renewed },
            // The platform's own words tell more than ours.
            Err(none) if none.kind() == ErrorKind::Unauthenticated => {
                Missed::stop(error.with_retry(Retry::AfterReauth))
            }
            // Renewing failed for now; that is no reason to ask a person to sign in.
            Err(other) => {
                let fate = error.fate();
                Missed::stop(other.with_fate(fate))
            }
        }
    }
}

/// Followed, it would carry credentials to wherever the answer points.
fn redirected(status: u16) -> Error {
    let fate = match status {
        307 | 308 => Fate::Rejected,
        // Programs also answer so when they have done what was asked.
        _ => Fate::Unknown,
    };
    Error::new(ErrorKind::Protocol, "the platform sent the call elsewhere; check the store's address")
        .with_fate(fate)
        .with_platform_code(status.to_string())
}
