//! Webhook deliveries: verified, remembered, and turned into pulls.

use super::demands::Told;
use crate::{
    canonical::Hash,
    error::{Error, ErrorKind, Result},
    hub::{Hub, commit::Rounds, session::Session},
    job::NewJob,
    model::{Connection, ConnectionId, Order, Store, StoreId, WebhookDelivery, WebhookDeliveryId},
    plugin::{Asks, Credentials, Delivery, Hint, Matter},
    storage::{ChangeSet, Query, list_all, load},
    tenant::Tenant,
};
use secrecy::SecretString;

/// What became of a webhook delivery.
#[must_use = "a platform that is not told that its delivery was taken sends it again and gives up in the end"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// It is stored, and the pulls that it wakes are queued: answer with success.
    Taken,
    /// The same event was taken before: answer with success.
    Duplicate,
    /// No secret of the connection fits its signature: answer with 401.
    Refused,
}

impl Hub {
    /// Takes in a webhook delivery as it came: headers, and the body byte for byte. Calls no platform, so it may
    /// be awaited before the platform is answered.
    ///
    /// The signature is checked under the secrets that the connection's credentials hold, the app's own, and
    /// those of [`with_webhook_secret`](crate::plugin::PlatformSetup::with_webhook_secret). What a delivery says
    /// is a hint: about orders, or about nothing that the plugin knows, it wakes a pull of orders, and changes nothing
    /// by itself, so that one that is late, repeated or out of order does no harm; a duplicate wakes one as well.
    /// About products, stock or the shop it is kept on record and wakes nothing: what the shop shows is compared by
    /// [`drift`](Self::drift), and brought in by [`import`](Self::import), when somebody asks for it. Records are
    /// kept for [`WebhookDelivery::KEPT`].
    ///
    /// A privacy demand is another matter. What it wants erased is erased for good: an order's buyer in the commit
    /// that takes the delivery, those of a whole store, or of very many orders, by a job that this commit queues.
    /// Orders that aren't stored yet are read later without their buyers, also those of a storefront that is registered
    /// later on the same authorisation; those of a storefront that were placed after the demand keep theirs. Every demand, met or not, leaves an entry
    /// [`PrivacyDemanded`](crate::audit::Action::PrivacyDemanded), a duplicate none, and a store's one
    /// [`PrivacyMet`](crate::audit::Action::PrivacyMet) when all of it is erased;
    /// [`unmet_erasures`](Self::unmet_erasures) lists what isn't.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: no such connection. [`ErrorKind::Unsupported`]: its platform sends no
    /// notifications. [`ErrorKind::Unavailable`]: storage was not reached; let the platform send it again.
    pub async fn deliver(
        &self,
        tenant: &Tenant,
        connection: ConnectionId,
        delivery: Delivery<'_>,
    ) -> Result<Delivered> {
        let connection = load::<Connection>(&*self.0.backend, tenant, connection).await?.value;
        let session = self.session(tenant, connection)?;
        let webhooks = session.plugin().webhooks().ok_or_else(|| {
            Error::new(ErrorKind::Unsupported, "the platform sends no notifications; pull on a schedule")
                .with_platform(session.connection.platform.clone())
        })?;
        match webhooks.verify(delivery, &secrets(&session).await?) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Unauthenticated => return Ok(Delivered::Refused),
            Err(error) => return Err(error),
        }
        // It is the platform's, whatever it says: one that can't be read wakes a pull of everything.
        let hints = webhooks.parse(delivery).unwrap_or_default();
        let stores =
            list_all::<Store>(&*self.0.backend, tenant, &Query::StoresOf(session.connection.id)).await?;
        let stores: Vec<Store> = stores.into_iter().map(|store| store.value).collect();
        let ids: Vec<StoreId> = stores.iter().map(|store| store.id).collect();
        let jobs = self.woken(tenant, &ids, &hints).await?;
        let event = webhooks.event(delivery).filter(|event| !event.is_empty()).map(Hash::of);
        let taken = self.remembered(&session.connection, &ids, &hints, (event, Hash::of(delivery.body)));
        let forgetting = self.forget_job(tenant, session.connection.id)?;
        let mut delivered = Delivered::Taken;
        let mut rounds = Rounds::of("an order that a privacy demand is about");
        loop {
            let mut changes = ChangeSet::default();
            // A duplicate's demands are those of the first: buyers who came since aren't meant.
            if delivered == Delivered::Taken {
                let (connection, at) = (&session.connection, taken.taken);
                let told = Told { connection, stores: &stores, hints: &hints, at };
                changes = self.heeded(tenant, told).await?;
                changes.jobs.push(forgetting.clone());
                changes.create(taken.clone());
            }
            changes.jobs.extend(jobs.iter().cloned());
            match rounds.store(self, tenant, changes).await {
                Ok(Some(_)) => return Ok(delivered),
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists && delivered == Delivered::Taken => {
                    delivered = Delivered::Duplicate;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The pulls that `hints` wake: of an order that is known, that one alone; else of what has changed.
    async fn woken(&self, tenant: &Tenant, stores: &[StoreId], hints: &[Hint]) -> Result<Vec<NewJob>> {
        let mut jobs = Vec::new();
        let mut is_all = hints.is_empty();
        let about_orders = |hint: &&Hint| matches!(hint.asks, Asks::Look(Matter::Orders | Matter::Unknown));
        for hint in hints.iter().filter(about_orders) {
            let mut is_known = false;
            for (store, about) in stores.iter().filter_map(|store| Some((*store, hint.about.clone()?))) {
                let query = Query::OrdersKnowing(store, about);
                for order in list_all::<Order>(&*self.0.backend, tenant, &query).await? {
                    is_known = true;
                    jobs.push(self.pull_job(tenant, store, Some(order.value.id))?);
                }
            }
            is_all |= !is_known;
        }
        if is_all {
            for store in stores {
                jobs.push(self.pull_job(tenant, *store, None)?);
            }
        }
        Ok(jobs)
    }

    fn remembered(
        &self,
        connection: &Connection,
        stores: &[StoreId],
        hints: &[Hint],
        (event, body): (Option<Hash>, Hash),
    ) -> WebhookDelivery {
        WebhookDelivery {
            id: WebhookDeliveryId::new(&*self.0.clock),
            connection: connection.id,
            store: match stores {
                [only] => Some(*only),
                _ => None,
            },
            topic: hints.first().map(|hint| hint.topic.clone()).unwrap_or_default(),
            body,
            event,
            about: hints.first().and_then(|hint| hint.about.clone()),
            taken: self.0.clock.now(),
        }
    }
}

/// Every secret that a delivery of the connection may be signed with.
async fn secrets(session: &Session<'_>) -> Result<Vec<SecretString>> {
    let mut secrets: Vec<SecretString> = session.setup.webhook_secrets.clone();
    secrets.extend(session.setup.app.as_ref().map(|app| app.secret.clone()));
    // A connection that has lost its credentials still has those of the app.
    match session.stored_credentials().await {
        Ok(credentials) => {
            let names = [Credentials::WEBHOOK_SECRET, Credentials::OLD_WEBHOOK_SECRET];
            secrets.extend(names.iter().filter_map(|name| credentials.extra.get(*name).cloned()));
        }
        Err(error) if error.kind() == ErrorKind::Unauthenticated => {}
        Err(error) => return Err(error),
    }
    Ok(secrets)
}
