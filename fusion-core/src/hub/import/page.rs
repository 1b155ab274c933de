//! One page of a store's products, with the cursor and the watermark: one commit.

use super::{
    super::{Hub, commit::Rounds},
    Intaking,
    alone::read_whole,
    convert::unheld,
    decide::{Outcome, Staged},
    overtaken,
};
use crate::{
    audit::{Action, SubjectKind},
    clock::Timestamp,
    error::{Error, ErrorKind, Problem, Result},
    model::{
        Choice, Converted, Doubt, DoubtId, Import, ImportCounts, LossTally, ProductId, Ref, RemoteProduct,
        Unread, UnreadId, Walk, Watermark,
    },
    plugin::{Page, Unreadable},
    storage::{ChangeSet, Query, Versioned, list_all, load},
};
use serde_json::json;

/// Repeated SKUs that are named: enough to find out what is wrong with a catalogue.
const MAX_REPEATED: usize = 1_000;

/// What one commit takes in.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) items: Vec<Converted<RemoteProduct>>,
    pub(super) unreadable: Vec<Unreadable>,
    /// The page of the walk that it is; `None`: the walk stays where it is.
    passes: Option<Passed>,
    /// The doubt about its one item, to which a person says that it is none of ours.
    denied: Option<DoubtId>,
}

/// A page of the walk, and how far the walk is behind it.
struct Passed {
    from: Option<String>,
    next: Option<String>,
    covered: Option<Timestamp>,
}

impl Batch {
    pub(super) fn of(item: Converted<RemoteProduct>) -> Self {
        Self { items: vec![item], ..Self::default() }
    }

    pub(super) fn failed(unreadable: Unreadable) -> Self {
        Self { unreadable: vec![unreadable], ..Self::default() }
    }

    /// With the answer that it is none of ours.
    pub(super) fn denied(self, doubt: DoubtId) -> Self {
        Self { denied: Some(doubt), ..self }
    }
}

impl Hub {
    /// Stores the page that was asked for by `from`, unless the walk is elsewhere by now.
    pub(super) async fn store_page(
        &self,
        at: &Intaking<'_>,
        from: Option<String>,
        page: Page<Converted<RemoteProduct>>,
    ) -> Result<()> {
        let mut batch = Batch {
            passes: Some(Passed { from, next: page.next, covered: page.watermark }),
            unreadable: page.unreadable,
            ..Batch::default()
        };
        for shown in page.items {
            let is_new = self.listing_of(at, &shown.value).await?.is_none();
            match read_whole(at, shown, is_new).await? {
                Ok(whole) => batch.items.push(whole),
                Err(unreadable) => batch.unreadable.push(unreadable),
            }
        }
        match self.store_batch(at, &batch).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            stored => return stored,
        }
        // Something of the page has ids that another listing has: one by one, and then past the page.
        for item in batch.items.drain(..) {
            self.store_one(at, item).await?;
        }
        self.store_batch(at, &batch).await
    }

    /// Stores one product; one that can't stand beside what is there is kept with its problem.
    pub(super) async fn store_one(&self, at: &Intaking<'_>, item: Converted<RemoteProduct>) -> Result<()> {
        let record = item.value.refs.current().first().cloned();
        match self.store_batch(at, &Batch::of(item)).await {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let problem = Problem::error("refs", "taken", error.message().to_owned());
                self.store_batch(at, &Batch::failed(Unreadable { record, problem })).await
            }
            stored => stored,
        }
    }

    /// Takes a batch in, in one commit that a lost lease refuses.
    pub(super) async fn store_batch(&self, at: &Intaking<'_>, batch: &Batch) -> Result<()> {
        let (backend, tenant) = (&*self.0.backend, at.by.tenant());
        let mut rounds = Rounds::of("the catalogue");
        loop {
            let mut changes = ChangeSet { fence: at.fence(), ..ChangeSet::default() };
            let mut import = load::<Import>(backend, tenant, at.store.id).await?;
            at.check_import(&import.value)?;
            let query = Query::UnreadIn(at.store.id, Walk::Products);
            let known = list_all::<Unread>(backend, tenant, &query).await?;
            let mut shelf = Shelf { at, is_alone: batch.passes.is_none(), known };
            let mut staged = Staged::new(self.first_location(tenant, &mut changes).await?);
            let mut created: Vec<ProductId> = Vec::new();
            let (mut counts, mut lossy) = (ImportCounts::default(), 0);
            for item in &batch.items {
                let outcome =
                    self.take_in(at, item, batch.denied.is_some(), &mut staged, &mut changes).await?;
                let record = item.value.refs.current().first();
                match outcome {
                    Outcome::Created { product, repeated } => {
                        counts.created += 1;
                        created.push(product);
                        import.value.repeated_skus.extend(repeated);
                    }
                    Outcome::Adopted => counts.adopted += 1,
                    Outcome::Known => counts.known += 1,
                    Outcome::Doubtful => counts.doubtful += 1,
                    Outcome::Left => counts.left += 1,
                    // Whoever asks for it hears of it, and the doubt stays.
                    Outcome::Unfit(problem) if batch.denied.is_some() => {
                        let why = "the platform's product can't be brought in";
                        return Err(Error::new(ErrorKind::PlatformRefused, why).with_problems([problem]));
                    }
                    Outcome::Unfit(problem) => {
                        self.keep_unread(&mut shelf, record, problem, &mut changes);
                        continue;
                    }
                }
                let lost = unheld(item);
                lossy += u64::from(!lost.is_empty());
                LossTally::add(&mut import.value.losses, &lost);
                shelf.forget(record, &mut changes);
            }
            if let Some(doubt) = batch.denied {
                let doubt = load::<Doubt>(backend, tenant, doubt).await?;
                self.put_answer(at.by.signature(), doubt, Choice::Nothing, &mut changes)?;
                self.reread_doubtful(tenant, at.store.id, &mut changes).await?;
            }
            for unreadable in &batch.unreadable {
                let problem = unreadable.problem.clone();
                self.keep_unread(&mut shelf, unreadable.record.as_ref(), problem, &mut changes);
            }
            if let Some(Passed { from, next, covered }) = &batch.passes {
                let id = (at.store.id, Walk::Products);
                let mut mark = load::<Watermark>(backend, tenant, id).await?;
                if mark.value.cursor.as_ref().is_none_or(|cursor| cursor.page != *from) {
                    return Err(overtaken());
                }
                mark.value.pass(next.clone(), *covered)?;
                changes.update(mark.version, mark.value);
            }
            import.value.counts.add(&counts);
            import.value.repeated_skus.sort();
            import.value.repeated_skus.dedup();
            import.value.repeated_skus.truncate(MAX_REPEATED);
            let done = import.value.counts.all();
            if counts != ImportCounts::default() {
                let entry = self.note(&at.by, Action::ProductsImported, SubjectKind::Store, at.store.id);
                changes.audit.push(
                    entry.with_details(json!({ "counts": counts, "created": created, "lossy": lossy }))?,
                );
            }
            changes.update(import.version, import.value);
            if rounds.store(self, tenant, changes).await?.is_some() {
                if let Some(job) = at.job {
                    job.progress().report(done, None);
                }
                return Ok(());
            }
        }
    }

    /// Keeps what could not be read, once.
    fn keep_unread(
        &self,
        shelf: &mut Shelf<'_>,
        record: Option<&Ref>,
        problem: Problem,
        changes: &mut ChangeSet,
    ) {
        let is_it = |known: &Versioned<Unread>| match record {
            Some(_) => known.value.record.as_ref() == record,
            None => known.value.record.is_none() && known.value.problem == problem,
        };
        let now = self.0.clock.now();
        if let Some(nth) = shelf.known.iter().position(is_it) {
            let Versioned { mut value, version } = shelf.known.swap_remove(nth);
            value.problem = problem;
            if shelf.is_alone {
                (value.tries, value.at) = (value.tries.saturating_add(1), now);
            }
            changes.update(version, value);
            return;
        }
        changes.create(Unread {
            id: UnreadId::new(&*self.0.clock),
            store: shelf.at.store.id,
            walk: Walk::Products,
            record: record.cloned(),
            problem,
            tries: 0,
            at: now,
        });
    }
}

/// The records of the store that could not be read so far.
struct Shelf<'a> {
    at: &'a Intaking<'a>,
    /// Whether what is taken in was read for itself, and not with its page.
    is_alone: bool,
    known: Vec<Versioned<Unread>>,
}

impl Shelf<'_> {
    /// It could be read by now.
    fn forget(&mut self, record: Option<&Ref>, changes: &mut ChangeSet) {
        let is_it = |known: &Versioned<Unread>| record.is_some() && known.value.record.as_ref() == record;
        if let Some(nth) = self.known.iter().position(is_it) {
            let known = self.known.swap_remove(nth);
            changes.delete::<Unread>(known.version, known.value.id);
        }
    }
}
