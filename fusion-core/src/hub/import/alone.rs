//! Products that are read alone: cut off on their page, unreadable before, or asked about.

use super::{super::Hub, Intaking, page::Batch};
use crate::{
    error::{Error, ErrorKind, Problem, Result, When},
    job::Finish,
    model::{Converted, Doubt, DoubtId, Intake, Question, Ref, RemoteProduct, Unread, UnreadId, Walk},
    plugin::Unreadable,
    storage::{ChangeSet, Query, Version, Versioned, list_all, load},
    tenant::Actor,
};
use std::time::Duration;

/// Records that one attempt tries alone: a store's other jobs have their turn between two attempts.
const MAX_ALONE: usize = 50;

/// The product with its variants and texts, and with its stock where it is `new` to us: what a page has cut off is
/// asked for, because what wasn't read isn't empty.
///
/// # Errors
/// As any read that isn't about the record itself; one that is, is an [`Unreadable`].
pub(super) async fn read_whole(
    at: &Intaking<'_>,
    shown: Converted<RemoteProduct>,
    is_new: bool,
) -> Result<Result<Converted<RemoteProduct>, Unreadable>> {
    let product = &shown.value;
    let shows_stock = || product.variants.value().into_iter().flatten().all(|row| row.levels.is_read());
    let is_whole = product.title.is_read()
        && product.description.is_read()
        && product.variants.is_read()
        && (!is_new || shows_stock());
    let first = product.refs.current().first().cloned();
    let Some(first) = first.filter(|_| !is_whole) else { return Ok(Ok(shown)) };
    match at.session.plugin().get_product(&at.session.context(at.store), &first).await {
        Ok(whole) => Ok(Ok(whole)),
        Err(error) if is_about_record(&error) => Ok(Err(unreadable(first, &error))),
        Err(error) => Err(error),
    }
}

impl Hub {
    /// Tries what no page could give, each alone; says how the job waits if its time is over before the last.
    pub(super) async fn try_alone(&self, at: &Intaking<'_>) -> Result<Option<Finish>> {
        let query = Query::UnreadIn(at.store.id, Walk::Products);
        let unread = list_all::<Unread>(&*self.0.backend, at.by.tenant(), &query).await?;
        // What an earlier attempt has tried has had its turn: else an import may never come to its end.
        let is_left = |one: &Versioned<Unread>| {
            one.value.tries == 0 || at.began.is_none_or(|began| one.value.at < began)
        };
        for (nth, Versioned { value, version }) in unread.into_iter().filter(is_left).enumerate() {
            let Some(record) = value.record.clone() else { continue };
            if nth == MAX_ALONE {
                return Ok(Some(Finish::Snooze { after: When::In(Duration::ZERO), close_gate: false }));
            }
            if let Some(waiting) = self.pause_at(at)? {
                return Ok(Some(waiting));
            }
            let shown = at.session.plugin().get_product(&at.session.context(at.store), &record).await;
            match shown {
                Ok(shown) => {
                    let has_other_name = shown.value.refs.current().first() != Some(&record);
                    self.store_one(at, shown).await?;
                    if has_other_name {
                        self.forget(at, version, value.id).await?;
                    }
                }
                // Gone: nothing is left to be read.
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    self.forget(at, version, value.id).await?;
                }
                Err(error) if is_about_record(&error) => {
                    self.store_batch(at, &Batch::failed(unreadable(record, &error))).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    async fn forget(&self, at: &Intaking<'_>, version: Version, unread: UnreadId) -> Result<()> {
        let mut changes = ChangeSet { fence: at.fence(), ..ChangeSet::default() };
        changes.delete::<Unread>(version, unread);
        self.store_changes(at.by.tenant(), changes).await
    }
}

impl Hub {
    /// Brings in a product that a person has said to be none of ours; it answers `doubt`.
    pub(in crate::hub) async fn bring_in(&self, by: &Actor, doubt: DoubtId) -> Result<()> {
        let asked = load::<Doubt>(&*self.0.backend, by.tenant(), doubt).await?.value;
        let Question::RemoteProduct { product } = &asked.question else {
            return Err(Error::new(ErrorKind::Internal, "the doubt isn't about a product at the platform"));
        };
        let (store, session) = self.store_session(by.tenant(), asked.store).await?;
        let at = Intaking {
            job: None,
            store: &store.value,
            session: &session,
            intake: Intake::Everything,
            began: None,
            by: by.clone(),
        };
        let batch = match session.plugin().get_product(&session.context(&store.value), product).await {
            Ok(shown) => Batch::of(shown),
            // It's gone by now: the answer is all that is left of it.
            Err(error) if error.kind() == ErrorKind::NotFound => Batch::default(),
            Err(error) => return Err(error),
        };
        self.store_batch(&at, &batch.denied(doubt)).await
    }
}

fn unreadable(record: Ref, error: &Error) -> Unreadable {
    Unreadable { record: Some(record), problem: Problem::error("", "unreadable", error.message().to_owned()) }
}

/// Whether the record itself is at fault, and not the way to it.
fn is_about_record(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::Protocol | ErrorKind::PlatformRefused | ErrorKind::InvalidInput
    )
}
