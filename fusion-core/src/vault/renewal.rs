//! Renewal: one at a time for each connection, across processes, and never lost.

use super::{
    StoredCredentials, seal_credentials,
    stored::{Opened, no_access},
};
use crate::{
    audit::{Action, NewAudit, Subject, SubjectKind},
    clock::Cancel,
    error::{Error, ErrorKind, Result, Retry},
    model::{ConnectionId, SecretRecord},
    plugin::{Call, ConnectionContext, Credentials, Net, NoCredentials, NoJournal, NoProgress},
    storage::{ChangeSet, Version, Versioned},
    tenant::Actor,
};
use futures_util::lock::Mutex as AsyncMutex;
use secrecy::ExposeSecret;
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long the call that renews may take.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(30);

/// How often somebody looks who waits for another process to renew.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long a renewal is waited for, storing what it brought included: one of a process that died is repeated.
const FLIGHT: Duration = Duration::from_secs(45);

/// Writes of a rotated secret that one caller tries: with pauses up to [`MAX_PAUSE`] about four minutes, less than a
/// job may take. What isn't stored by then stays in memory for the next caller.
const MAX_STORES: u32 = 60;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// What the platform gave for `exchanged`, until it is stored.
#[derive(Clone)]
struct Rotated {
    exchanged: Arc<Credentials>,
    fresh: Arc<Credentials>,
}

type Flight = Arc<AsyncMutex<Option<Rotated>>>;

/// One renewal at a time for each connection of this process.
#[derive(Default)]
pub struct Flights(Mutex<HashMap<ConnectionId, Flight>>);

impl Flights {
    fn of(&self, connection: ConnectionId) -> Flight {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(connection).or_default().clone()
    }
}

/// Why credentials have to be renewed.
#[derive(Clone, Copy)]
pub(super) enum Stale<'a> {
    /// They end soon, and serve until then.
    Due,
    /// The platform didn't accept these.
    Refused(&'a Credentials),
}

impl StoredCredentials {
    /// Renews what is stale, unless somebody else has done so meanwhile.
    pub(super) async fn renew(&self, stale: Stale<'_>) -> Result<Arc<Credentials>> {
        let flight = self.flights.of(self.connection.id);
        let mut flying = flight.lock().await;
        if let Some(rotated) = flying.clone() {
            self.keep(&rotated).await?;
            *flying = None;
        }
        let waits_until = self.clock.elapsed() + FLIGHT;
        loop {
            let opened = self.open().await?;
            let is_stale = match stale {
                Stale::Due => self.is_due(&opened.credentials),
                Stale::Refused(used) => opened.credentials.is_same_access(used),
            };
            if !is_stale {
                return Ok(opened.credentials);
            }
            let Some(sign_in) = self.renewal(&opened.credentials) else {
                return Err(no_access(
                    "the platform doesn't accept the credentials; authorise the connection again",
                ));
            };
            let serves = self.serves(&opened.credentials, stale);
            let is_awaited = opened.record.value.renewing_until.is_some_and(|until| self.clock.now() < until);
            if is_awaited && self.clock.elapsed() < waits_until {
                if serves {
                    return Ok(opened.credentials);
                }
                self.clock.sleep(LOOK_EVERY).await;
                continue;
            }
            let until = Some(self.clock.now() + FLIGHT);
            let taken = match self.mark(&opened.record, until).await {
                Ok(taken) => taken,
                Err(error) if error.kind() == ErrorKind::Conflict => continue,
                Err(_) if serves => return Ok(opened.credentials),
                Err(error) => return Err(error.with_retry(Retry::Backoff)),
            };
            match self.setup.plugin.authenticate(&self.context(&Cancel::default()), sign_in).await {
                Ok(fresh) => {
                    let rotated = Rotated { exchanged: opened.credentials.clone(), fresh: Arc::new(fresh) };
                    // Whoever drops this future leaves it here for the next caller.
                    *flying = Some(rotated.clone());
                    let kept = self.keep(&rotated).await?;
                    *flying = None;
                    return Ok(kept);
                }
                Err(error) => return self.not_renewed(&opened, taken, serves, error).await,
            }
        }
    }

    /// Whether they may be used although they are stale.
    fn serves(&self, credentials: &Credentials, stale: Stale<'_>) -> bool {
        matches!(stale, Stale::Due) && credentials.until.is_some_and(|until| self.clock.now() < until)
    }

    async fn not_renewed(
        &self,
        opened: &Opened,
        taken: Version,
        serves: bool,
        error: Error,
    ) -> Result<Arc<Credentials>> {
        let ours = Versioned { value: opened.record.value.clone(), version: taken };
        if let Err(error) = self.mark(&ours, None).await {
            // Others wait a little in vain, or somebody has stored newer ones.
            tracing::debug!(kind = ?error.kind(), "the end of a renewal was not noted");
        }
        if error.kind() == ErrorKind::Unauthenticated {
            // A person or another process may have stored newer ones: the refresh token was theirs to use up.
            let newer = self.open().await?;
            if newer.record.value.version != opened.record.value.version {
                return Ok(newer.credentials);
            }
            return Err(error.with_retry(Retry::AfterReauth));
        }
        if serves {
            return Ok(opened.credentials.clone());
        }
        Err(error)
    }

    /// Notes until when others wait for our renewal.
    async fn mark(
        &self,
        record: &Versioned<SecretRecord>,
        until: Option<crate::clock::Timestamp>,
    ) -> Result<Version> {
        let mut changes = ChangeSet::default();
        changes.update(record.version, SecretRecord { renewing_until: until, ..record.value.clone() });
        self.backend.commit(&self.tenant, changes).await.map(|_| record.version.next())
    }

    /// Stores what the platform gave: until it is stored, a crash would lose the account.
    async fn keep(&self, rotated: &Rotated) -> Result<Arc<Credentials>> {
        let mut pause = FIRST_PAUSE;
        for _ in 0..MAX_STORES {
            match self.store(rotated).await {
                Ok(credentials) => return Ok(credentials),
                Err(error) if error.kind() == ErrorKind::Conflict => continue,
                // Whatever it says of itself: the old one may be dead already, so giving up loses the account.
                Err(error) => {
                    tracing::warn!(kind = ?error.kind(), "renewed credentials could not be stored yet");
                }
            }
            self.clock.sleep(pause).await;
            pause = (pause * 2).min(MAX_PAUSE);
        }
        Err(Error::new(ErrorKind::Unavailable, "renewed credentials could not be stored")
            .with_retry(Retry::Backoff))
    }

    async fn store(&self, rotated: &Rotated) -> Result<Arc<Credentials>> {
        let Opened { record, credentials } = self.open().await?;
        // Somebody signed in again: theirs count.
        if !is_same_refresh(&credentials, &rotated.exchanged) {
            return Ok(credentials);
        }
        let rotation = record.value.version + 1;
        let (keys, clock) = (&*self.keys, &*self.clock);
        let sealed =
            seal_credentials(keys, clock, &self.tenant, &self.connection, rotation, &rotated.fresh).await?;
        let mut changes = ChangeSet::default();
        let hub = Actor::system(&self.tenant, "hub").signature().clone();
        let subject = Subject::new(SubjectKind::Connection, self.connection.id);
        let entry = NewAudit::new(hub, Action::SecretRotated, subject, self.clock.now());
        changes.audit.push(entry.with_details(json!({ "rotation": rotation }))?);
        changes.update(record.version, sealed);
        self.backend.commit(&self.tenant, changes).await.map(|_| rotated.fresh.clone())
    }

    fn context<'a>(&'a self, cancel: &'a Cancel) -> ConnectionContext<'a> {
        ConnectionContext {
            tenant: &self.tenant,
            connection: &self.connection,
            store: None,
            net: Net {
                app: self.setup.app.as_ref(),
                transport: &*self.transport,
                credentials: &NoCredentials,
                budget: &*self.backend,
            },
            call: Call {
                deadline: self.clock.elapsed() + RENEWAL_TIMEOUT,
                patience: RENEWAL_TIMEOUT,
                cancel,
                journal: &NoJournal,
                progress: &NoProgress,
            },
            clock: &*self.clock,
            cache: &*self.cache,
        }
    }
}

fn is_same_refresh(one: &Credentials, other: &Credentials) -> bool {
    match (&one.refresh, &other.refresh) {
        (Some(one), Some(other)) => one.expose_secret() == other.expose_secret(),
        (None, None) => one.is_same_access(other),
        _ => false,
    }
}
