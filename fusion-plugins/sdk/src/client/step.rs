//! A writing call with its row in the journal before it and its row after it.

use super::{Client, Cost, prepare::Ready, wire};
use crate::retry::{Effect, Missed, Next};
use fusion_core::{
    canonical::Hash,
    error::{Error, ErrorKind, Fate, Result, Retry},
    model::{Repeat, StepId, StepKey},
    plugin::{Ending, Opened, WireRequest, WireResponse},
};
use std::{
    future::{Future, ready},
    sync::{Mutex, PoisonError},
};

impl Client<'_> {
    /// Performs the writing call `name` once, across retries, restarts and workers: what is recorded is returned
    /// without calling, and what was sent and not answered is sent again only as `repeat` allows, exactly as it
    /// was.
    ///
    /// `name` is unique within the work and the same in a repeated run. `request` is given the idempotency key
    /// to send, a blank one when only the fingerprint is computed; it must not depend on anything else that
    /// changes.
    ///
    /// The answer holds the headers that the profile keeps, and no others.
    ///
    /// # Errors
    /// As [`read`](Self::read), with the fate of the write;
    /// [`Conflict`](fusion_core::error::ErrorKind::Conflict) with the fate unknown: a [`Repeat::Once`] step was
    /// sent earlier, and has to be looked up first.
    ///
    /// # Cancellation
    /// Dropping the future may leave the step unanswered in the journal.
    pub async fn step(
        &self,
        name: &str,
        repeat: Repeat,
        cost: &[Cost],
        request: impl Fn(&StepKey) -> WireRequest,
    ) -> Result<WireResponse> {
        let content = request(&StepKey(String::new())).fingerprint();
        self.planned_step(name, repeat, cost, content, |key| ready(Ok(request(&key)))).await
    }

    /// Performs a writing call as [`step`](Self::step) does, where what is sent follows from a read: `plan` is asked
    /// only when the step has to be sent, so that a run that goes on after a kill isn't planned anew on what it
    /// has changed itself.
    ///
    /// `content` stands for what is wanted and is the same in a repeated run, whatever `plan` makes of it.
    ///
    /// # Errors
    /// As [`step`](Self::step); those of `plan`, with nothing sent.
    ///
    /// # Cancellation
    /// Dropping the future may leave the step unanswered in the journal.
    pub async fn planned_step<P: Future<Output = Result<WireRequest>>>(
        &self,
        name: &str,
        repeat: Repeat,
        cost: &[Cost],
        content: Hash,
        plan: impl Fn(StepKey) -> P,
    ) -> Result<WireResponse> {
        let step = Step { client: self, name, repeat, cost, plan, content, unanswered: Mutex::default() };
        let step = &step;
        self.retrying(|attempt| async move {
            match step.once(attempt).await {
                Err(Missed { next: Next::Renewed, .. }) => step.once(attempt).await,
                other => other,
            }
        })
        .await
    }
}

struct Step<'s, 'a, F> {
    client: &'s Client<'a>,
    name: &'s str,
    repeat: Repeat,
    cost: &'s [Cost],
    plan: F,
    content: Hash,
    /// What this very call has sent without learning what became of it, for journals that remember nothing.
    unanswered: Mutex<Option<Sending>>,
}

#[derive(Clone)]
struct Sending {
    key: StepKey,
    n: u32,
    request: WireRequest,
    /// Whether the same was sent before and nobody knows what became of that.
    doubtful: bool,
}

impl<P: Future<Output = Result<WireRequest>>, F: Fn(StepKey) -> P> Step<'_, '_, F> {
    fn effect(&self) -> Effect {
        Effect::Write(self.repeat)
    }

    async fn once(&self, attempt: u32) -> Result<WireResponse, Missed> {
        let client = self.client;
        let earlier = self.unanswered.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let doubtful = earlier.is_some();
        let early = |error| Missed::stop(self.weighed(error, doubtful));
        client.check_time().map_err(early)?;
        let sending = match client.cx.call.journal.open(self.name, self.content).await.map_err(early)? {
            Opened::Recorded(answer) => {
                client.judge(&answer, self.effect()).map_err(Missed::stop)?;
                return Ok(answer);
            }
            Opened::Failed(failure) => return Err(Missed::stop(failure.into())),
            Opened::New { key, n } => match earlier {
                Some(earlier) => earlier,
                None => {
                    let planned = (self.plan)(key.clone()).await;
                    let request = planned.map_err(|error| early(error.with_fate(Fate::NotSent)))?;
                    Sending { key, n, request, doubtful: false }
                }
            },
            Opened::Unanswered { key, n, request } => match self.repeat {
                Repeat::Idempotent | Repeat::Conditional => Sending { key, n, request, doubtful: true },
                Repeat::Once => return Err(Missed::stop(look_up())),
            },
        };
        self.send(sending, attempt).await
    }

    async fn send(&self, sending: Sending, attempt: u32) -> Result<WireResponse, Missed> {
        let client = self.client;
        let prepared = client.prepare(self.cost, &sending.request, self.effect()).await;
        let ready = prepared.map_err(|missed| Missed {
            error: self.weighed(missed.error, sending.doubtful),
            next: missed.next,
        })?;
        let step = self.begin(&sending, &ready).await?;
        match client.deliver(&ready, &sending.request, self.effect(), attempt).await {
            Ok(answer) => {
                let answer = wire::kept(answer, client.profile.keep_headers);
                let ending = Ending { fate: Fate::Applied, answer: Some(answer.clone()), failure: None };
                client.cx.call.journal.end(step, ending).await.map_err(|error| {
                    // It stays unanswered in the journal: a later run asks what became of it.
                    Missed::stop(error.with_fate(Fate::Unknown).with_retry(Retry::Backoff))
                })?;
                Ok(answer)
            }
            Err(failed) => {
                let error = self.weighed(failed.error, sending.doubtful);
                let answer = failed.answer.map(|answer| wire::kept(answer, client.profile.keep_headers));
                let ending = Ending { fate: error.fate(), answer, failure: Some(error.to_failure()) };
                if error.fate() == Fate::Unknown {
                    let earlier = Sending { doubtful: true, ..sending };
                    *self.unanswered.lock().unwrap_or_else(PoisonError::into_inner) = Some(earlier);
                }
                if let Err(unstored) = client.cx.call.journal.end(step, ending).await {
                    tracing::warn!(kind = ?unstored.kind(), "the end of a step was not stored");
                    return Err(Missed::stop(error.with_fate(Fate::Unknown)));
                }
                Err(client.next(error, ready.credentials.as_deref(), self.effect()).await)
            }
        }
    }

    async fn begin(&self, sending: &Sending, ready: &Ready) -> Result<StepId, Missed> {
        let Sending { key, n, request, doubtful } = sending;
        let begun = self.client.cx.call.journal.begin(self.name, *n, key, self.repeat, request).await;
        match begun {
            Ok(step) => Ok(step),
            Err(error) => {
                self.client.give_back(ready.booked.as_ref()).await;
                Err(Missed::stop(self.weighed(error, *doubtful)))
            }
        }
    }

    /// A second sending that failed says nothing about the first one, unless the platform refused the thing
    /// itself. A condition that no longer holds may have been changed by the first.
    fn weighed(&self, error: Error, doubtful: bool) -> Error {
        let by_the_first = self.repeat == Repeat::Conditional
            && matches!(error.kind(), ErrorKind::Conflict | ErrorKind::AlreadyExists | ErrorKind::NotFound);
        match error.fate() {
            _ if !doubtful => error,
            Fate::Rejected if error.retry() == Retry::Never && !by_the_first => error,
            Fate::NotSent | Fate::Rejected => error.with_fate(Fate::Unknown),
            Fate::Applied | Fate::Partial | Fate::Unknown => error,
        }
    }
}

fn look_up() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "the step was sent earlier and nobody knows what became of it; look it up before anything is sent again",
    )
    .with_fate(Fate::Unknown)
}
