//! Products that are read alone: cut off on their page, or asked about.

use super::{
    super::{
        Hub,
        walk::{Read, Walker, is_about_record, unreadable},
    },
    Intaking, Purpose,
};
use crate::{
    error::{Error, ErrorKind, Result},
    model::{Converted, Doubt, DoubtId, Intake, Question, RemoteProduct},
    plugin::Unreadable,
    storage::load,
    tenant::Actor,
};

/// The product with its variants and texts, and with its stock where it `comes_in`: what a page has cut off is asked
/// for, because what wasn't read isn't empty.
///
/// # Errors
/// As any read that isn't about the record itself; one that is, is an [`Unreadable`].
pub(super) async fn read_whole(
    at: &Intaking<'_>,
    shown: Converted<RemoteProduct>,
    comes_in: bool,
) -> Result<Result<Converted<RemoteProduct>, Unreadable>> {
    let product = &shown.value;
    let shows_stock = || product.variants.value().into_iter().flatten().all(|row| row.levels.is_read());
    let is_whole = product.title.is_read()
        && product.description.is_read()
        && product.variants.is_read()
        && (!comes_in || shows_stock());
    let first = product.refs.current().first().cloned();
    let Some(first) = first.filter(|_| !is_whole) else { return Ok(Ok(shown)) };
    match at.walker.session.plugin().get_product(&at.walker.session.context(at.store), &first).await {
        Ok(whole) => Ok(Ok(whole)),
        Err(error) if is_about_record(&error) => {
            Ok(Err(Unreadable { problem: unreadable(&error), record: Some(first) }))
        }
        Err(error) => Err(error),
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
            walker: Walker { job: None, store: &store.value, session: &session },
            store: &store.value,
            intake: Intake::Everything,
            purpose: Purpose::Answer(doubt),
            by: by.clone(),
        };
        let began = self.0.clock.now();
        let read = match session.plugin().get_product(&session.context(&store.value), product).await {
            Ok(shown) => Read::alone(vec![shown], began),
            // It's gone by now: the answer is all that is left of it.
            Err(error) if error.kind() == ErrorKind::NotFound => Read::alone(Vec::new(), began),
            Err(error) => return Err(error),
        };
        self.store_batch(&at, &read).await
    }
}
